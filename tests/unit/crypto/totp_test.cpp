#include "crypto/totp.h"

#include "base/text.h"

#include <catch2/catch.hpp>

using namespace trusthub;
using crypto::hotp;
using crypto::toBase32;
using crypto::totpStep;

namespace {

const std::string kKey = "12345678901234567890";  // RFC 4226 and RFC 6238 both use it for SHA-1

TimePoint at(std::int64_t seconds) {
    return TimePoint{std::chrono::seconds{seconds}};
}

}  // namespace

TEST_CASE("HOTP gives the values of RFC 4226, appendix D") {
    const char* codes[] = {"755224", "287082", "359152", "969429", "338314",
                           "254676", "287922", "162583", "399871", "520489"};
    for (std::uint64_t counter = 0; counter < 10; ++counter)
        CHECK(hotp(kKey, counter, 6) == codes[counter]);
}

TEST_CASE("TOTP gives the values of RFC 6238, appendix B, for SHA-1") {
    const std::pair<std::int64_t, const char*> rows[] = {
        {59, "94287082"},         {1111111109, "07081804"}, {1111111111, "14050471"},
        {1234567890, "89005924"}, {2000000000, "69279037"}, {20000000000, "65353130"}};
    for (const auto& [seconds, code] : rows) {
        CAPTURE(seconds);
        CHECK(hotp(kKey, totpStep(at(seconds)), 8) == code);
    }
}

TEST_CASE("a step lasts 30 seconds") {
    CHECK(totpStep(at(0)) == 0);
    CHECK(totpStep(at(29)) == 0);
    CHECK(totpStep(at(30)) == 1);
}

TEST_CASE("base32 gives the values of RFC 4648, section 10, without padding") {
    const std::pair<const char*, const char*> rows[] = {{"", ""},
                                                        {"f", "MY"},
                                                        {"fo", "MZXQ"},
                                                        {"foo", "MZXW6"},
                                                        {"foob", "MZXW6YQ"},
                                                        {"fooba", "MZXW6YTB"},
                                                        {"foobar", "MZXW6YTBOI"}};
    for (const auto& [plain, text] : rows) CHECK(toBase32(plain) == text);
}
