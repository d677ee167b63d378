// Session: one database connection with cached statements. SQL uses $1, $2 … in order of first use.
#pragma once

#include "store/value.h"

#include <filesystem>
#include <memory>
#include <span>
#include <stdexcept>
#include <string>
#include <string_view>
#include <unordered_map>

struct sqlite3;
struct sqlite3_stmt;

namespace trusthub::store {

/// The database failed: disk full, corrupt file, a statement that does not fit the schema.
class StoreError : public std::runtime_error {
public:
    StoreError(int code, const std::string& text) : std::runtime_error(text), code_(code) {}
    int code() const noexcept { return code_; }

private:
    int code_;
};
/// A UNIQUE, CHECK or FOREIGN KEY rule refused a row.
class ConstraintViolation final : public StoreError {
public:
    using StoreError::StoreError;
};

/// The rows of a query, read forward once. Views that it gives are valid until the next `next()`.
class Rows {
public:
    Rows(sqlite3* db, sqlite3_stmt* statement) : db_(db), statement_(statement) {}
    Rows(Rows&& other) noexcept;
    Rows(const Rows&) = delete;
    Rows& operator=(const Rows&) = delete;
    Rows& operator=(Rows&&) = delete;
    ~Rows();

    bool next();  ///< throws StoreError
    bool isNull(int column) const;
    std::int64_t integer(int column) const;
    double number(int column) const;
    bool boolean(int column) const { return integer(column) != 0; }
    std::string_view view(int column) const;  ///< text or bytes
    std::string text(int column) const { return std::string(view(column)); }
    std::optional<std::string> optionalText(int column) const;
    TimePoint time(int column) const { return TimePoint{Milliseconds{integer(column)}}; }
    std::optional<TimePoint> optionalTime(int column) const;
    template <class T>
    T id(int column) const {
        return T(view(column));
    }

private:
    sqlite3* db_;
    sqlite3_stmt* statement_;
};

/// [one thread at a time]
class Session {
public:
    enum class Mode { ReadWrite, ReadOnly };
    /// WAL, synchronous=FULL, foreign keys on, 5 s busy timeout. Throws StoreError.
    Session(const std::filesystem::path& file, Mode mode);
    ~Session();
    Session(const Session&) = delete;
    Session& operator=(const Session&) = delete;

    /// Runs to the end and answers how many rows changed.
    std::int64_t execute(std::string_view sql, std::span<const Param> params = {});
    Rows query(std::string_view sql, std::span<const Param> params = {});
    /// Several statements without parameters (migrations, pragmas).
    void script(const std::string& sql);
    /// Ends a read transaction; never throws.
    void endRead() noexcept;
    bool inTransaction() const noexcept;
    std::uint64_t statementsRun() const noexcept { return statementsRun_; }

private:
    void forgetStatements();
    sqlite3_stmt* prepare(std::string_view sql, std::span<const Param> params);

    sqlite3* db_ = nullptr;
    std::unordered_map<std::string_view, sqlite3_stmt*>
        statements_;  ///< keys view SQLite's own copy
    std::uint64_t statementsRun_ = 0;
};

}  // namespace trusthub::store
