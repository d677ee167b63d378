// The least that durable pushes can cost: producers hand rows to one SQLite writer that commits in
// groups.
//   bench_sqlite_loop FILE PRODUCERS FIRST COUNT BYTES…
// Each push is one row for each BYTES; the first row has a delivery id that is looked up and
// unique, as deduplication needs. The database is opened with the hub's own settings. Prints
// {"pushes","seconds","commits","p50_ms","p99_ms"}.
#include <sqlite3.h>

#include <algorithm>
#include <atomic>
#include <charconv>
#include <chrono>
#include <condition_variable>
#include <cstdio>
#include <cstring>
#include <mutex>
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

/// [one thread at a time]
class Database {
public:
    explicit Database(const char* file) {
        check(sqlite3_open_v2(
            file, &db_, SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_NOMUTEX, nullptr));
        // The log goes on from sample to sample, as in a program that keeps running.
        check(sqlite3_db_config(db_, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1, nullptr));
        run("PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA temp_store=MEMORY;"
            "PRAGMA wal_autocheckpoint=10000; PRAGMA cache_size=-4096;"
            "CREATE TABLE IF NOT EXISTS pushes (id INTEGER PRIMARY KEY, delivery_id TEXT UNIQUE,"
            " data BLOB NOT NULL);");
        begin_ = prepare("BEGIN IMMEDIATE");
        commit_ = prepare("COMMIT");
        find_ = prepare("SELECT id FROM pushes WHERE delivery_id = $1");
        insert_ = prepare("INSERT INTO pushes (delivery_id, data) VALUES ($1, $2)");
    }
    ~Database() {
        for (sqlite3_stmt* statement : {begin_, commit_, find_, insert_})
            sqlite3_finalize(statement);
        sqlite3_close_v2(db_);
    }
    Database(const Database&) = delete;
    Database& operator=(const Database&) = delete;

    void begin() { step(begin_, SQLITE_DONE); }
    void commit() { step(commit_, SQLITE_DONE); }

    void add(const std::string& deliveryId, const std::vector<std::string>& rows) {
        text(find_, deliveryId);
        step(find_, SQLITE_DONE);
        for (std::size_t i = 0; i < rows.size(); ++i) {
            if (i == 0)
                text(insert_, deliveryId);
            else
                sqlite3_bind_null(insert_, 1);
            sqlite3_bind_blob64(insert_, 2, rows[i].data(), rows[i].size(), SQLITE_STATIC);
            step(insert_, SQLITE_DONE);
        }
    }

private:
    void check(int code) const {
        if (code != SQLITE_OK) throw std::runtime_error(sqlite3_errmsg(db_));
    }
    void run(const char* sql) const { check(sqlite3_exec(db_, sql, nullptr, nullptr, nullptr)); }
    sqlite3_stmt* prepare(const char* sql) const {
        sqlite3_stmt* statement = nullptr;
        check(sqlite3_prepare_v3(db_, sql, -1, SQLITE_PREPARE_PERSISTENT, &statement, nullptr));
        return statement;
    }
    static void text(sqlite3_stmt* statement, const std::string& value) {
        sqlite3_bind_text64(statement, 1, value.data(), value.size(), SQLITE_STATIC, SQLITE_UTF8);
    }
    void step(sqlite3_stmt* statement, int wanted) const {
        const int code = sqlite3_step(statement);
        if (code != wanted) throw std::runtime_error(sqlite3_errmsg(db_));
        sqlite3_reset(statement);
    }

    sqlite3* db_ = nullptr;
    sqlite3_stmt* begin_ = nullptr;
    sqlite3_stmt* commit_ = nullptr;
    sqlite3_stmt* find_ = nullptr;
    sqlite3_stmt* insert_ = nullptr;
};

struct Producer {
    std::string deliveryId;
    std::vector<std::string> rows;
    std::binary_semaphore committed{0};
    std::vector<double> took;  ///< ms
};

class Loop {
public:
    Loop(const char* file, std::size_t producers, std::size_t first, std::size_t count,
         const std::vector<std::size_t>& sizes)
        : database_(file), producers_(producers), next_(first), end_(first + count) {
        for (Producer& producer : producers_)
            for (const std::size_t size : sizes) producer.rows.push_back(std::string(size, 'x'));
    }

    void run() {
        const std::size_t count = end_ - next_;
        const auto began = Clock::now();
        {
            std::vector<std::jthread> threads;
            for (Producer& producer : producers_) threads.emplace_back([&] { produce(producer); });
            write(count);
        }
        const std::chrono::duration<double> seconds = Clock::now() - began;
        std::vector<double> took;
        for (const Producer& producer : producers_)
            took.insert(took.end(), producer.took.begin(), producer.took.end());
        std::sort(took.begin(), took.end());
        std::printf(
            "{\"pushes\":%zu,\"seconds\":%.6f,\"commits\":%zu,\"p50_ms\":%.3f,\"p99_ms\":%.3f}\n",
            count, seconds.count(), commits_, took[count / 2], took[count * 99 / 100]);
    }

private:
    void produce(Producer& producer) {
        for (;;) {
            const std::size_t number = next_.fetch_add(1);
            if (number >= end_) return;
            const auto began = Clock::now();
            producer.deliveryId =
                "72d3162e-cc78-11e3-81ab-" + std::to_string(100'000'000'000 + number);
            {
                const std::lock_guard lock(mutex_);
                queue_.push_back(&producer);
            }
            filled_.notify_one();
            producer.committed.acquire();
            const std::chrono::duration<double, std::milli> took = Clock::now() - began;
            producer.took.push_back(took.count());
        }
    }

    void write(std::size_t left) {
        std::vector<Producer*> group;
        while (left > 0) {
            {
                std::unique_lock lock(mutex_);
                filled_.wait(lock, [&] { return !queue_.empty(); });
                group.swap(queue_);
            }
            database_.begin();
            for (const Producer* producer : group)
                database_.add(producer->deliveryId, producer->rows);
            database_.commit();
            ++commits_;
            left -= group.size();
            for (Producer* producer : group) producer->committed.release();
            group.clear();
        }
    }

    Database database_;
    std::vector<Producer> producers_;
    std::atomic<std::size_t> next_;
    const std::size_t end_;
    std::size_t commits_ = 0;
    std::mutex mutex_;
    std::condition_variable filled_;
    std::vector<Producer*> queue_;
};

}  // namespace

int main(int argc, char** argv) {
    try {
        if (argc < 6) throw std::runtime_error("wants FILE PRODUCERS FIRST COUNT BYTES…");
        std::vector<std::size_t> sizes;
        for (int i = 5; i < argc; ++i) sizes.push_back(numberOf(argv[i]));
        Loop loop(argv[1], numberOf(argv[2]), numberOf(argv[3]), numberOf(argv[4]), sizes);
        loop.run();
        return 0;
    } catch (const std::exception& error) {
        std::fprintf(stderr, "bench_sqlite_loop: %s\n", error.what());
        return 1;
    }
}
