// The least that durable pushes can cost: producers hand the rows of a push to one SQLite writer
// that commits in groups.
//   bench_sqlite_loop FILE PRODUCERS FIRST COUNT tables   the rows of a push into the hub's tables
//   bench_sqlite_loop FILE PRODUCERS FIRST COUNT flat     as many bytes into one table of its own
// FILE is a copy of the database of a hub that has taken in a push: its newest rows are the pattern
// of those written here. What is unique in a push (ids, digests, refs) differs in each, and one
// delivery id is looked up, as deduplication needs. The settings are the hub's own. Prints
// {"pushes","seconds","commits","p50_ms","p99_ms"}.
#include <sqlite3.h>

#include <algorithm>
#include <atomic>
#include <charconv>
#include <chrono>
#include <condition_variable>
#include <cstdio>
#include <cstring>
#include <memory>
#include <mutex>
#include <random>
#include <semaphore>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

namespace {

using Clock = std::chrono::steady_clock;

std::size_t numberOf(const char* text) {
    std::size_t value = 0;
    const char* end = text + std::strlen(text);
    if (const auto [at, error] = std::from_chars(text, end, value);
        error != std::errc{} || at != end)
        throw std::runtime_error(std::string("not a number: ") + text);
    return value;
}

/// How a value differs from push to push.
enum class Varies {
    Never,
    RisingId,   ///< a UUIDv7
    RandomHex,  ///< a digest
    Number,     ///< the last twelve digits
    Sequence,
};

struct Cell {
    Varies varies = Varies::Never;
    int type = SQLITE_NULL;
    std::string bytes;  ///< of text and blobs
    sqlite3_int64 number = 0;
};
struct Row {
    std::size_t table = 0;  ///< index into the statements
    std::vector<Cell> cells;
};

/// A table that a push writes, and how many rows of it.
struct Table {
    const char* name;
    const char* newest;  ///< ORDER BY of the newest rows
    int rows;
    std::vector<std::pair<const char*, Varies>> unique;
};
const std::vector<Table> kTables{
    {"webhook_deliveries",
     "id DESC",
     1,
     {{"id", Varies::RisingId},
      {"delivery_id", Varies::Number},
      {"body_digest", Varies::RandomHex},
      {"scan_id", Varies::RisingId}}},
    {"scans",
     "id DESC",
     1,
     {{"id", Varies::RisingId},
      {"ref", Varies::Number},
      {"git_ref", Varies::Number},
      {"commit_id", Varies::RandomHex}}},
    {"events", "id DESC", 1, {{"id", Varies::RisingId}}},
    {"audit_log",
     "seq DESC",
     2,
     {{"seq", Varies::Sequence},
      {"id", Varies::RisingId},
      {"target_id", Varies::RisingId},
      {"request_id", Varies::RisingId},
      {"prev_hash", Varies::RandomHex},
      {"hash", Varies::RandomHex}}},
};

const std::string kDelivery = "72d3162e-cc78-11e3-81ab-000000000000";

/// [one thread at a time]
class Database {
public:
    Database(const char* file, bool flat) {
        check(sqlite3_open_v2(file, &db_, SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX, nullptr));
        // The log goes on from sample to sample, as in a program that keeps running.
        check(sqlite3_db_config(db_, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1, nullptr));
        run("PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA temp_store=MEMORY;"
            "PRAGMA foreign_keys=ON; PRAGMA wal_autocheckpoint=10000; PRAGMA cache_size=-8192;");
        begin_ = prepare("BEGIN IMMEDIATE");
        commit_ = prepare("COMMIT");
        for (const Table& table : kTables) readNewest(table);
        if (flat) {
            flatten();
        } else {
            find_ = prepare(
                "SELECT id FROM webhook_deliveries WHERE project_id = $1 AND provider = $2"
                " AND delivery_id = $3");
            project_ = pattern_.front().cells[2].bytes;
        }
    }
    ~Database() {
        for (sqlite3_stmt* statement : inserts_) sqlite3_finalize(statement);
        for (sqlite3_stmt* statement : {begin_, commit_, find_}) sqlite3_finalize(statement);
        sqlite3_close_v2(db_);
    }
    Database(const Database&) = delete;
    Database& operator=(const Database&) = delete;

    const std::vector<Row>& pattern() const { return pattern_; }
    void begin() { step(begin_, SQLITE_DONE); }
    void commit() { step(commit_, SQLITE_DONE); }

    void add(const std::string& deliveryId, const std::vector<Row>& rows) {
        if (sqlite3_bind_parameter_count(find_) == 3) {
            bindText(find_, 1, project_);
            bindText(find_, 2, "github");
        }
        bindText(find_, sqlite3_bind_parameter_count(find_), deliveryId);
        step(find_, SQLITE_DONE);
        for (const Row& row : rows) {
            sqlite3_stmt* insert = inserts_[row.table];
            int index = 0;
            for (const Cell& cell : row.cells) bind(insert, ++index, cell);
            step(insert, SQLITE_DONE);
        }
    }

private:
    void check(int code) const {
        if (code != SQLITE_OK) throw std::runtime_error(sqlite3_errmsg(db_));
    }
    void run(const char* sql) const { check(sqlite3_exec(db_, sql, nullptr, nullptr, nullptr)); }
    sqlite3_stmt* prepare(const std::string& sql) const {
        sqlite3_stmt* statement = nullptr;
        check(sqlite3_prepare_v3(db_, sql.c_str(), -1, SQLITE_PREPARE_PERSISTENT, &statement,
                                 nullptr));
        return statement;
    }
    static void bindText(sqlite3_stmt* statement, int index, std::string_view value) {
        sqlite3_bind_text64(statement, index, value.data(), value.size(), SQLITE_STATIC,
                            SQLITE_UTF8);
    }
    void bind(sqlite3_stmt* insert, int index, const Cell& cell) const {
        switch (cell.type) {
            case SQLITE_INTEGER:
                check(sqlite3_bind_int64(insert, index, cell.number));
                break;
            case SQLITE_TEXT:
                bindText(insert, index, cell.bytes);
                break;
            case SQLITE_BLOB:
                check(sqlite3_bind_blob64(insert, index, cell.bytes.data(), cell.bytes.size(),
                                          SQLITE_STATIC));
                break;
            default:
                check(sqlite3_bind_null(insert, index));
        }
    }
    void step(sqlite3_stmt* statement, int wanted) const {
        const int code = sqlite3_step(statement);
        if (code != wanted) throw std::runtime_error(sqlite3_errmsg(db_));
        sqlite3_reset(statement);
    }

    void readNewest(const Table& table) {
        const std::string from = std::string(" FROM ") + table.name + " ORDER BY " + table.newest +
                                 " LIMIT " + std::to_string(table.rows);
        sqlite3_stmt* select = prepare("SELECT *" + from);
        const int columns = sqlite3_column_count(select);
        int found = 0;
        for (; sqlite3_step(select) == SQLITE_ROW; ++found) {
            Row row{inserts_.size(), {}};
            for (int i = 0; i < columns; ++i) {
                Cell cell;
                cell.type = sqlite3_column_type(select, i);
                cell.number = sqlite3_column_int64(select, i);
                if (const void* data = sqlite3_column_blob(select, i))
                    cell.bytes.assign(static_cast<const char*>(data),
                                      static_cast<std::size_t>(sqlite3_column_bytes(select, i)));
                for (const auto& [name, varies] : table.unique)
                    if (std::strcmp(name, sqlite3_column_name(select, i)) == 0)
                        cell.varies = varies;
                row.cells.push_back(std::move(cell));
            }
            pattern_.push_back(std::move(row));
        }
        sqlite3_finalize(select);
        if (found != table.rows)
            throw std::runtime_error(std::string("no push is stored in ") + table.name);
        std::string values = "$1";
        for (int i = 2; i <= columns; ++i) values += ", $" + std::to_string(i);
        inserts_.push_back(
            prepare(std::string("INSERT INTO ") + table.name + " VALUES (" + values + ")"));
    }

    /// The same number of rows with the same number of bytes, in one table with one index.
    void flatten() {
        run("CREATE TABLE IF NOT EXISTS pushes (id INTEGER PRIMARY KEY, delivery_id TEXT UNIQUE,"
            " data BLOB NOT NULL);");
        for (sqlite3_stmt* statement : inserts_) sqlite3_finalize(statement);
        inserts_ = {prepare("INSERT INTO pushes (delivery_id, data) VALUES ($1, $2)")};
        find_ = prepare("SELECT id FROM pushes WHERE delivery_id = $1");
        for (Row& row : pattern_) {
            std::size_t size = 0;
            for (const Cell& cell : row.cells)
                size += cell.type == SQLITE_INTEGER ? 8 : cell.bytes.size();
            Cell key;
            if (&row == &pattern_.front()) key = {Varies::Number, SQLITE_TEXT, kDelivery, 0};
            row = {0, {key, {Varies::Never, SQLITE_BLOB, std::string(size, 'x'), 0}}};
        }
    }

    sqlite3* db_ = nullptr;
    sqlite3_stmt* begin_ = nullptr;
    sqlite3_stmt* commit_ = nullptr;
    sqlite3_stmt* find_ = nullptr;
    std::vector<sqlite3_stmt*> inserts_;
    std::vector<Row> pattern_;
    std::string project_;
};

/// Rows of one push after the other, each unlike those before it.
class Pusher {
public:
    explicit Pusher(const std::vector<Row>& pattern)
        : rows(pattern), random_(std::random_device{}()) {}

    void make(std::size_t number) {
        digits_ = std::to_string(100'000'000'000 + number);
        auto sequence = static_cast<sqlite3_int64>(1'000'000'000 + 2 * number);
        for (Row& row : rows)
            for (Cell& cell : row.cells) vary(cell, number, sequence);
    }
    const std::string& deliveryId() const {
        for (const Cell& cell : rows.front().cells)
            if (cell.varies == Varies::Number) return cell.bytes;
        throw std::runtime_error("no delivery id");
    }

    std::vector<Row> rows;
    std::binary_semaphore committed{0};
    std::vector<double> took;  ///< ms

private:
    void hex(std::string& text, std::size_t from) {
        constexpr std::string_view kHex = "0123456789abcdef";
        for (std::size_t i = from; i < text.size(); ++i)
            if (text[i] != '-') text[i] = kHex[random_() & 15U];
    }
    void vary(Cell& cell, std::size_t number, sqlite3_int64& sequence) {
        switch (cell.varies) {
            case Varies::Never:
                return;
            case Varies::Sequence:
                cell.number = ++sequence;
                return;
            case Varies::RandomHex:
                hex(cell.bytes, 0);
                return;
            case Varies::RisingId: {  // UUIDv7: time, then chance
                char head[14];
                std::snprintf(head, sizeof head, "%08zx-%04x", 0xF0000000U + number, 0U);
                cell.bytes.replace(0, 13, head);
                hex(cell.bytes, 14);
                return;
            }
            case Varies::Number:
                cell.bytes.replace(cell.bytes.size() - 12, 12, digits_);
                return;
        }
    }
    std::mt19937 random_;
    std::string digits_;  ///< twelve
};

class Loop {
public:
    Loop(const char* file, bool flat, std::size_t producers, std::size_t first, std::size_t count)
        : database_(file, flat), next_(first), end_(first + count) {
        for (std::size_t i = 0; i < producers; ++i)
            pushers_.push_back(std::make_unique<Pusher>(database_.pattern()));
    }

    void run() {
        const std::size_t count = end_ - next_;
        const auto began = Clock::now();
        {
            std::vector<std::jthread> threads;
            for (const auto& pusher : pushers_) threads.emplace_back([&] { produce(*pusher); });
            try {
                write(count);
            } catch (...) {
                next_ = end_;
                for (const auto& pusher : pushers_) pusher->committed.release();
                throw;
            }
        }
        const std::chrono::duration<double> seconds = Clock::now() - began;
        std::vector<double> took;
        for (const auto& pusher : pushers_)
            took.insert(took.end(), pusher->took.begin(), pusher->took.end());
        std::sort(took.begin(), took.end());
        std::printf(
            "{\"pushes\":%zu,\"seconds\":%.6f,\"commits\":%zu,\"p50_ms\":%.3f,\"p99_ms\":%.3f}\n",
            count, seconds.count(), commits_, took[count / 2], took[count * 99 / 100]);
    }

private:
    void produce(Pusher& pusher) {
        for (;;) {
            const std::size_t number = next_.fetch_add(1);
            if (number >= end_) return;
            const auto began = Clock::now();
            pusher.make(number);
            {
                const std::lock_guard lock(mutex_);
                queue_.push_back(&pusher);
            }
            filled_.notify_one();
            pusher.committed.acquire();
            const std::chrono::duration<double, std::milli> took = Clock::now() - began;
            pusher.took.push_back(took.count());
        }
    }

    void write(std::size_t left) {
        std::vector<Pusher*> group;
        while (left > 0) {
            {
                std::unique_lock lock(mutex_);
                filled_.wait(lock, [&] { return !queue_.empty(); });
                group.swap(queue_);
            }
            database_.begin();
            for (const Pusher* pusher : group) database_.add(pusher->deliveryId(), pusher->rows);
            database_.commit();
            ++commits_;
            left -= group.size();
            for (Pusher* pusher : group) pusher->committed.release();
            group.clear();
        }
    }

    Database database_;
    std::vector<std::unique_ptr<Pusher>> pushers_;
    std::atomic<std::size_t> next_;
    const std::size_t end_;
    std::size_t commits_ = 0;
    std::mutex mutex_;
    std::condition_variable filled_;
    std::vector<Pusher*> queue_;
};

}  // namespace

int main(int argc, char** argv) {
    try {
        const std::string mode = argc == 6 ? argv[5] : "";
        if (mode != "tables" && mode != "flat")
            throw std::runtime_error("wants FILE PRODUCERS FIRST COUNT tables|flat");
        Loop loop(argv[1], mode == "flat", numberOf(argv[2]), numberOf(argv[3]), numberOf(argv[4]));
        loop.run();
        return 0;
    } catch (const std::exception& error) {
        std::fprintf(stderr, "bench_sqlite_loop: %s\n", error.what());
        return 1;
    }
}
