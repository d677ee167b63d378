#include "store/session.h"

#include <sqlite3.h>

namespace trusthub::store {
namespace {

constexpr std::size_t kMaxStatements = 256;

[[noreturn]] void raise(sqlite3* db, int code) {
    const std::string text = db ? sqlite3_errmsg(db) : sqlite3_errstr(code);
    if ((code & 0xFF) == SQLITE_CONSTRAINT) throw ConstraintViolation(code, text);
    throw StoreError(code, text);
}

void bind(sqlite3* db, sqlite3_stmt* statement, int index, const Param& param) {
    struct Binder {
        sqlite3_stmt* s;
        int i;
        int operator()(Null) const { return sqlite3_bind_null(s, i); }
        int operator()(std::int64_t v) const { return sqlite3_bind_int64(s, i, v); }
        int operator()(double v) const { return sqlite3_bind_double(s, i, v); }
        // SQLITE_STATIC: the text outlives the statement's run, as value.h demands.
        int operator()(std::string_view v) const {
            return sqlite3_bind_text64(s, i, v.data() ? v.data() : "", v.size(), nullptr,
                                       SQLITE_UTF8);
        }
        int operator()(Bytes v) const {
            return sqlite3_bind_blob64(s, i, v.data.data() ? v.data.data() : "", v.data.size(),
                                       nullptr);
        }
    };
    const int code = std::visit(Binder{statement, index}, param.value());
    if (code != SQLITE_OK) raise(db, code);
}

/// SQLite's count of the memory it uses is a lock that every allocation of every thread takes.
void withoutMemoryStatistics() {
    static const int kCode = sqlite3_config(SQLITE_CONFIG_MEMSTATUS, 0);
    if (kCode != SQLITE_OK) throw StoreError(kCode, "SQLite was used before its configuration");
}

}  // namespace

Rows::Rows(Rows&& other) noexcept : db_(other.db_), statement_(other.statement_) {
    other.statement_ = nullptr;
}

Rows::~Rows() {
    if (!statement_) return;
    sqlite3_reset(statement_);
    sqlite3_clear_bindings(statement_);
}

bool Rows::next() {
    const int code = sqlite3_step(statement_);
    if (code == SQLITE_ROW) return true;
    if (code == SQLITE_DONE) return false;
    raise(db_, code);
}

bool Rows::isNull(int column) const {
    return sqlite3_column_type(statement_, column) == SQLITE_NULL;
}
std::int64_t Rows::integer(int column) const {
    return sqlite3_column_int64(statement_, column);
}
double Rows::number(int column) const {
    return sqlite3_column_double(statement_, column);
}

std::string_view Rows::view(int column) const {
    const auto* data = static_cast<const char*>(sqlite3_column_blob(statement_, column));
    const auto size = static_cast<std::size_t>(sqlite3_column_bytes(statement_, column));
    return data ? std::string_view(data, size) : std::string_view{};
}

std::optional<std::string> Rows::optionalText(int column) const {
    if (isNull(column)) return std::nullopt;
    return text(column);
}
std::optional<TimePoint> Rows::optionalTime(int column) const {
    if (isNull(column)) return std::nullopt;
    return time(column);
}

Session::Session(const std::filesystem::path& file, Mode mode) {
    withoutMemoryStatistics();
    const int flags = (mode == Mode::ReadWrite ? SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE
                                               : SQLITE_OPEN_READWRITE) |
                      SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_EXRESCODE;
    const int code = sqlite3_open_v2(file.c_str(), &db_, flags, nullptr);
    if (code != SQLITE_OK) {
        const StoreError error(code, file.filename().string() + ": " + sqlite3_errstr(code));
        sqlite3_close_v2(db_);
        throw error;
    }
    sqlite3_busy_timeout(db_, 5000);
    // Rows are often larger than a page of 4 KiB (the size counts for a new file only). A large
    // autocheckpoint keeps p99 low: measured 2 ms against 12 ms at the default of 1,000 pages.
    script(
        "PRAGMA page_size=8192; PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL;"
        "PRAGMA foreign_keys=ON; PRAGMA temp_store=MEMORY; PRAGMA wal_autocheckpoint=10000;"
        "PRAGMA cache_size=-8192; PRAGMA trusted_schema=OFF;");
    if (mode == Mode::ReadOnly) script("PRAGMA query_only=ON;");
}

Session::~Session() {
    for (const auto& [sql, statement] : statements_) sqlite3_finalize(statement);
    sqlite3_close_v2(db_);
}

sqlite3_stmt* Session::prepare(std::string_view sql, std::span<const Param> params) {
    ++statementsRun_;
    sqlite3_stmt* statement = nullptr;
    if (const auto found = statements_.find(sql); found != statements_.end()) {
        statement = found->second;
        if (sqlite3_stmt_busy(statement))
            throw StoreError(SQLITE_MISUSE,
                             "a statement was started again while its rows are read");
    } else {
        if (statements_.size() >= kMaxStatements) forgetStatements();
        const int code = sqlite3_prepare_v3(db_, sql.data(), static_cast<int>(sql.size()),
                                            SQLITE_PREPARE_PERSISTENT, &statement, nullptr);
        if (code != SQLITE_OK) raise(db_, code);
        statements_.emplace(sqlite3_sql(statement), statement);
    }
    if (sqlite3_bind_parameter_count(statement) != static_cast<int>(params.size()))
        throw StoreError(SQLITE_RANGE,
                         "a statement was given another number of parameters than it has");
    int index = 0;
    for (const Param& param : params) bind(db_, statement, ++index, param);
    return statement;
}

/// Lists with filters make texts of their own; what is not being read right now can be prepared
/// again.
void Session::forgetStatements() {
    std::erase_if(statements_, [](const auto& entry) {
        if (sqlite3_stmt_busy(entry.second)) return false;
        sqlite3_finalize(entry.second);
        return true;
    });
}

std::int64_t Session::execute(std::string_view sql, std::span<const Param> params) {
    Rows rows(db_, prepare(sql, params));
    while (rows.next()) {
    }
    return sqlite3_changes64(db_);
}

Rows Session::query(std::string_view sql, std::span<const Param> params) {
    return {db_, prepare(sql, params)};
}

void Session::script(const std::string& sql) {
    const int code = sqlite3_exec(db_, sql.c_str(), nullptr, nullptr, nullptr);
    if (code != SQLITE_OK) raise(db_, code);
}

void Session::endRead() noexcept {
    try {
        execute("COMMIT");
    } catch (const StoreError&) {
        // The store closes a session that is left inside a transaction.
    }
}

bool Session::inTransaction() const noexcept {
    return sqlite3_get_autocommit(db_) == 0;
}

}  // namespace trusthub::store
