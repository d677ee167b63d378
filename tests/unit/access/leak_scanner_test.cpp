#include "access/leak_scanner.h"

#include "access/api_key_format.h"

#include <catch2/catch.hpp>
#include <rapidcheck.h>

#include <string>

using namespace trusthub;
using access::LeakScanner;

namespace {

const LeakScanner kScanner("tos");
const std::string kKey = "tos_a1b2c3d4_eaff8b91d36c5e0a2f1c4d7e8a9b0c2d";  // an imported one

}  // namespace

TEST_CASE("a key is found wherever it stands in a text") {
    rc::check("at any place between any bytes",
              [](const std::string& before, const std::string& after) {
                  base::SystemRandom random;
                  const std::string key(access::makeKeyText("tos", random).whole.reveal());
                  const std::string text = before + key + after;
                  const auto found = kScanner.find(text, 10);
                  RC_ASSERT(found.size() == 1);
                  RC_ASSERT(found.front() == key);
              });
    for (std::size_t before = 0; before < 200; ++before) {
        const std::string text = std::string(before, '_') + kKey;
        CHECK(kScanner.find(text, 1).size() == 1);
    }
}

TEST_CASE("what is not of the shape is left alone") {
    for (const std::string text :
         {"", "tos_", "tos_a1b2c3d4_", "tos_A1B2C3D4_eaff8b91d36c5e0a2f1c4d7e8a9b0c2d",
          "tos_a1b2c3d4-eaff8b91d36c5e0a2f1c4d7e8a9b0c2d",
          "tos_a1b2c3d4_eaff8b91d36c5e0a2f1c4d7e8a9b0c2",
          "abc_a1b2c3d4_eaff8b91d36c5e0a2f1c4d7e8a9b0c2d"}) {
        CAPTURE(text);
        CHECK(kScanner.find(text, 10).empty());
        std::string copy = text;
        CHECK(kScanner.redact(copy) == 0);
        CHECK(copy == text);
    }
}

TEST_CASE("several keys are found once each, up to the bound") {
    const std::string other = "tos_00000000_00000000000000000000000000000000";
    const std::string text = kKey + kKey + " " + other + "," + kKey;
    CHECK(kScanner.find(text, 10) == std::vector<std::string_view>{kKey, other});
    CHECK(kScanner.find(text, 1).size() == 1);
}

TEST_CASE("redaction keeps the public prefix and blanks the rest") {
    std::string line = R"({"message":"key )" + kKey + R"(","again":")" + kKey + R"("})";
    CHECK(kScanner.redact(line) == 2);
    CHECK(line == R"({"message":"key tos_a1b2c3d4_***","again":"tos_a1b2c3d4_***"})");
}

TEST_CASE("another brand has another shape") {
    const LeakScanner acme("acme");
    CHECK(acme.find("x acme_a1b2c3d4_eaff8b91d36c5e0a2f1c4d7e8a9b0c2d", 1).size() == 1);
    CHECK(acme.find(kKey, 1).empty());
}
