#include "base/log.h"

#include "base/fd.h"
#include "base/text.h"
#include "base/workers.h"
#include "json/json.h"

#include <boost/json/object.hpp>
#include <catch2/catch.hpp>
#include <fcntl.h>
#include <rapidcheck.h>
#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <memory>
#include <thread>
#include <utility>

using namespace trusthub;

namespace {

/// A log into memory.
struct Captured {
    base::ManualClock clock;
    base::Fd fd{::memfd_create("log", MFD_CLOEXEC)};
    base::Log log{clock, fd.get()};

    std::vector<std::string> lines() const {
        std::string text(static_cast<std::size_t>(::lseek(fd.get(), 0, SEEK_END)), '\0');
        REQUIRE(::pread(fd.get(), text.data(), text.size(), 0) ==
                static_cast<ssize_t>(text.size()));
        std::vector<std::string> out;
        for (const auto line : base::split(text, '\n')) out.emplace_back(line);
        REQUIRE(out.back().empty());  // the last line ends, too
        out.pop_back();
        return out;
    }
};

template <class T>
concept Loggable = requires(base::Log::Line line, const T& value) {
    line.with("k", value);
};

}  // namespace

TEST_CASE("a log line is one JSON object with time, level, message and members") {
    Captured captured;
    captured.log.warn("went \"wrong\"\n")
        .with("request_id", "r1")
        .with("status", 503)
        .with("ok", false);
    const auto lines = captured.lines();
    REQUIRE(lines.size() == 1);
    CHECK(
        lines[0] ==
        R"({"time":"2026-01-15T00:00:00Z","level":"warn","message":"went \"wrong\"\n","request_id":"r1","status":503,"ok":false})");
}

TEST_CASE("lines below the level are not written, and the level can change") {
    Captured captured;
    captured.log.debug("no");
    captured.log.setLevel(base::LogLevel::Error);
    captured.log.warn("no").with("k", "v");
    captured.log.setLevel(base::LogLevel::Debug);
    captured.log.debug("yes");
    const auto lines = captured.lines();
    REQUIRE(lines.size() == 1);
    CHECK(lines[0].find("yes") != std::string::npos);
}

TEST_CASE("whatever bytes come in, a line stays one readable JSON object") {
    CHECK(rc::check("any bytes", [] {
        auto bytes = *rc::gen::container<std::string>(
            rc::gen::map(rc::gen::inRange(1, 256), [](int b) { return static_cast<char>(b); }));
        Captured captured;
        captured.log.info(bytes).with("k", bytes);
        const auto lines = captured.lines();
        RC_ASSERT(lines.size() == 1U);
        const auto parsed = json::parse(lines[0]);
        RC_ASSERT(parsed.has_value());
        RC_ASSERT(parsed->is_object());
        if (base::isUtf8(bytes)) RC_ASSERT(parsed->as_object().at("message").as_string() == bytes);
    }));
}

TEST_CASE("a redactor sees each line whole before it is written") {
    Captured captured;
    captured.log.setRedactor([](std::string& line) {
        if (const auto at = line.find("hunter2"); at != std::string::npos)
            line.replace(at, 7, "***");
    });
    captured.log.info("password hunter2").with("k", "v");
    captured.log.setRedactor(nullptr);
    captured.log.info("hunter2 again");
    CHECK(captured.lines().at(0).find("password ***") != std::string::npos);
    CHECK(captured.lines().at(1).find("hunter2 again") != std::string::npos);
}

TEST_CASE("lines of several threads do not mix") {
    Captured captured;
    {
        std::vector<base::Worker> workers;
        for (int t = 0; t < 4; ++t)
            workers.emplace_back("log", [&](std::stop_token) {
                for (int i = 0; i < 200; ++i) captured.log.info(std::string(300, 'x')).with("i", i);
            });
    }
    const auto lines = captured.lines();
    CHECK(lines.size() == 800);
    for (const auto& line : lines) REQUIRE(json::parse(line).has_value());
}

TEST_CASE("a reader that stops reading holds nobody up, and is told how many lines it missed") {
    int ends[2];
    REQUIRE(::pipe2(ends, O_CLOEXEC) == 0);
    const base::Fd in(ends[0]);
    base::Fd out(ends[1]);
    base::ManualClock clock;
    constexpr int kLines = 20'000;
    const std::string text(1'000,
                           'x');  // more than the pipe, what is being written and the rest hold
    std::string got;
    base::Worker reader;
    {
        base::Log log(clock, out.get());
        log.startBuffering();
        for (int i = 0; i < kLines; ++i) log.info(text);
        // That the loop ends is the point; now the reader comes back.
        reader = base::Worker("reader", [&](std::stop_token) {
            char bytes[65536];
            for (ssize_t n = 0; (n = ::read(in.get(), bytes, sizeof bytes)) > 0;)
                got.append(bytes, static_cast<std::size_t>(n));
        });
    }
    out.reset();
    reader.join();
    const auto lines = base::split(got, '\n');
    std::int64_t whole = 0, lost = 0;
    for (const auto line : lines) {
        if (line.empty()) continue;
        const auto parsed = json::parse(line);
        REQUIRE(parsed.has_value());
        if (const auto* missed = parsed->as_object().if_contains("lines"))
            lost += missed->to_number<std::int64_t>();
        else
            ++whole;
    }
    CHECK(lost > 0);
    CHECK(whole + lost == kLines);
}

TEST_CASE("a log whose reader never comes back can be closed") {
    int ends[2];
    REQUIRE(::pipe2(ends, O_CLOEXEC) == 0);
    const base::Fd in(ends[0]);
    const base::Fd out(ends[1]);
    base::ManualClock clock;
    base::Log log(clock, out.get());
    log.startBuffering();
    for (int i = 0; i < 1'000; ++i) log.info(std::string(1'000, 'x'));
}

TEST_CASE("a log that cannot be written does not stop the caller") {
    base::ManualClock clock;
    base::Log log(clock, -1);
    log.error("lost");
}

TEST_CASE("a secret cannot be put into a line") {
    STATIC_REQUIRE(Loggable<std::string>);
    STATIC_REQUIRE_FALSE(Loggable<SecretString>);
}

TEST_CASE("closing waits 200 ms at most for a reader who takes nothing, not once for each write") {
    int ends[2];
    REQUIRE(::pipe2(ends, O_CLOEXEC) == 0);
    const base::Fd in(ends[0]);
    const base::Fd out(ends[1]);
    base::ManualClock clock;
    auto log = std::make_unique<base::Log>(clock, out.get());
    log->startBuffering();
    for (int i = 0; i < 1'000; ++i) log->warn(std::string(1'000, 'x'));
    const auto before = std::chrono::steady_clock::now();
    log.reset();
    CHECK(std::chrono::steady_clock::now() - before < std::chrono::milliseconds{700});
}

TEST_CASE("closing loses no line for a reader who is slow") {
    int ends[2];
    REQUIRE(::pipe2(ends, O_CLOEXEC) == 0);
    const base::Fd in(ends[0]);
    base::Fd out(ends[1]);
    base::ManualClock clock;
    std::string got;
    base::Worker reader("reader", [&](std::stop_token) {
        char bytes[8'192];
        for (ssize_t n = 0; (n = ::read(in.get(), bytes, sizeof bytes)) > 0;) {
            got.append(bytes, static_cast<std::size_t>(n));
            std::this_thread::yield();
        }
    });
    {
        base::Log log(clock, out.get());
        log.startBuffering();
        for (int i = 0; i < 5'000; ++i) log.info(std::string(1'000, 'x'));
    }
    out.reset();
    reader.join();
    CHECK(std::ranges::count(got, '\n') == 5'000);
}

TEST_CASE("a JSON text that was moved from or taken is empty, and can be written again") {
    sdk::JsonText text(8);
    text.append("0123456789", 10);
    sdk::JsonText moved(std::move(text));
    CHECK(moved.view() == "0123456789");
    CHECK(text.view().empty());
    text.push_back('a');
    text.append("bc", 2);
    CHECK(text.view() == "abc");
    moved = std::move(text);
    CHECK(moved.view() == "abc");
    CHECK(text.view().empty());
    CHECK(std::move(text).take().empty());
    CHECK(std::move(moved).take() == "abc");
    CHECK(moved.view().empty());
    moved.append("again and again", 15);
    CHECK(moved.view() == "again and again");

    sdk::JsonWriter writer;
    writer.beginArray().value(1);
    sdk::JsonWriter rest(std::move(writer));
    CHECK(writer.text().empty());
    writer.beginObject().member("a", 2).endObject();
    CHECK(writer.text() == R"({"a":2})");
    CHECK(std::move(writer).text() == R"({"a":2})");
    writer.value("new");
    CHECK(writer.text() == R"("new")");
    rest.value(2).endArray();
    CHECK(std::move(rest).text() == "[1,2]");
    CHECK(rest.text().empty());
}
