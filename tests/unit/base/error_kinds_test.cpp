#include "sdk/result.h"

#include <catch2/catch.hpp>

#include <set>

using namespace trusthub;

namespace {

const std::vector<ErrorKind> kAll = {
#define TRUSTHUB_ERROR_KIND(name, code, status, retry, sentence) ErrorKind::name,
#include "sdk/error_kinds.def"
#undef TRUSTHUB_ERROR_KIND
};

}  // namespace

TEST_CASE("each kind has a code of its own, an error status and a sentence") {
    std::set<std::string_view> codes;
    for (const ErrorKind kind : kAll) {
        const auto& row = sdk::info(kind);
        INFO(row.code);
        CHECK(codes.insert(row.code).second);
        CHECK_FALSE(row.code.empty());
        CHECK(row.code.find_first_not_of("abcdefghijklmnopqrstuvwxyz_") == row.code.npos);
        CHECK(row.httpStatus >= 400);
        CHECK(row.httpStatus < 600);
        CHECK(row.sentence.ends_with('.'));
    }
    CHECK(codes.size() == kAll.size());
}

TEST_CASE("kinds have the status and retry class that clients rely on") {
    const auto row = [](ErrorKind kind) {
        return std::pair(sdk::info(kind).httpStatus, sdk::info(kind).retry);
    };
    using sdk::RetryClass;
    CHECK(row(ErrorKind::InvalidInput) == std::pair(422, RetryClass::Never));
    CHECK(row(ErrorKind::BadRequest) == std::pair(400, RetryClass::Never));
    CHECK(row(ErrorKind::Unauthenticated) == std::pair(401, RetryClass::Auth));
    CHECK(row(ErrorKind::Forbidden) == std::pair(403, RetryClass::Never));
    CHECK(row(ErrorKind::NotFound) == std::pair(404, RetryClass::Never));
    CHECK(row(ErrorKind::TooLarge) == std::pair(413, RetryClass::Never));
    CHECK(row(ErrorKind::RateLimited) == std::pair(429, RetryClass::Later));
    CHECK(row(ErrorKind::Internal) == std::pair(500, RetryClass::Never));
    CHECK(row(ErrorKind::StoreBusy) == std::pair(503, RetryClass::Later));
    CHECK(row(ErrorKind::Timeout) == std::pair(504, RetryClass::Later));
}

TEST_CASE("an error without words of its own speaks those of its kind") {
    const Error plain = fail(ErrorKind::NotFound);
    CHECK(plain.codeText() == "not_found");
    CHECK(plain.text() == sdk::info(ErrorKind::NotFound).sentence);
    const Error exact = fail(ErrorKind::Forbidden, "No scope.", "insufficient_scope");
    CHECK(exact.codeText() == "insufficient_scope");
    CHECK(exact.text() == "No scope.");
    CHECK(invalid("/a", "is wrong").fields.at(0).pointer == "/a");
}

TEST_CASE("a result is its value or its error") {
    Result<std::unique_ptr<int>> good(std::make_unique<int>(1));
    REQUIRE(good);
    CHECK(**good == 1);
    const std::unique_ptr<int> taken = *std::move(good);
    CHECK(*taken == 1);
    const Result<int> bad = fail(ErrorKind::Gone);
    REQUIRE_FALSE(bad);
    CHECK(bad.error().kind == ErrorKind::Gone);
    CHECK(Result<void>().has_value());
    CHECK_FALSE(Result<void>(fail(ErrorKind::Gone)).has_value());
}
