#include "access/leak_scanner.h"

#include "access/api_key_format.h"

#include <catch2/catch.hpp>
#include <rapidcheck.h>

#include <string>

using namespace trusthub;
using access::LeakScanner;

namespace {

using Texts = std::vector<std::string_view>;

const LeakScanner kScanner("tos");
const std::string kOlder = "tos_a1b2c3d4_eaff8b91d36c5e0a2f1c4d7e8a9b0c2d";  // an imported one

bool none(std::uint32_t) {
    return false;
}
bool older(std::uint32_t number) {
    return number == 0xa1b2c3d4;
}

std::string made() {
    static base::SystemRandom random;
    return std::string(access::makeKeyText("tos", random).whole.reveal());
}

}  // namespace

TEST_CASE("a key is found wherever it stands in a text") {
    rc::check("at any place between any bytes",
              [](const std::string& before, const std::string& after) {
                  const std::string key = made();
                  const std::string text = before + key + after;
                  RC_ASSERT(kScanner.find(text, 10, none).texts == Texts{key});
              });
    const std::string key = made();
    for (std::size_t before = 0; before < 200; ++before) {
        const std::string text = std::string(before, '_') + key;
        CHECK(kScanner.find(text, 1, none).texts.size() == 1);
    }
}

TEST_CASE("what is not of the shape is left alone") {
    for (const std::string text :
         {"", "tos_", "tos_a1b2c3d4_", "tos_A1B2C3D4_eaff8b91d36c5e0a2f1c4d7e8a9b0c2d",
          "tos_a1b2c3d4-eaff8b91d36c5e0a2f1c4d7e8a9b0c2d", "tos_a1b2c3d4_eaff8b91d36c5e0a2f1",
          "abc_a1b2c3d4_eaff8b91d36c5e0a2f1c4d7e8a9b0c2d"}) {
        CAPTURE(text);
        CHECK(kScanner.find(text, 10, older).texts.empty());
        CHECK_FALSE(kScanner.sees(text));
        std::string copy = text;
        CHECK(kScanner.redact(copy) == 0);
        CHECK(copy == text);
    }
}

TEST_CASE("several keys are found once each, up to the bound, which is told") {
    const std::string one = made(), two = made();
    const std::string text = one + one + " " + two + "," + one;
    CHECK(kScanner.find(text, 10, none).texts == Texts{one, two});
    CHECK(kScanner.find(text, 2, none).all);
    const auto first = kScanner.find(text, 1, none);
    CHECK(first.texts == Texts{one});
    CHECK_FALSE(first.all);
}

TEST_CASE("no number of false keys hides the real one") {
    std::string text;
    for (int i = 0; i < 1'000; ++i) text += kOlder + " tos_00000000_" + std::string(32, '0') + "\n";
    const std::string key = made();
    CHECK(kScanner.find(text + key, 1, none).texts == Texts{key});
}

TEST_CASE("a key of an older shape is found where its prefix was imported, of every length") {
    for (const std::size_t size : {20U, 31U, 32U, 33U, 100U, 200U}) {
        CAPTURE(size);
        const std::string key = "tos_a1b2c3d4_" + std::string(size - 3, 'e') + "-_Z";
        CHECK(kScanner.find("x " + key + ".", 10, older).texts == Texts{key});
        CHECK(kScanner.find("x " + key + ".", 10, none).texts.empty());
        std::string line = "x " + key + ".";
        CHECK(kScanner.redact(line) == 1);
        CHECK(line == "x tos_a1b2c3d4_***.");
    }
    // Nothing tells where it ends: all that may belong to it is one find, up to the longest key.
    const std::string longer = kOlder + std::string(500, 'x');
    CHECK(kScanner.find(longer, 10, older).texts == Texts{std::string_view(longer).substr(0, 213)});
    // Two without a gap: each is looked at.
    const std::string twice = kOlder + kOlder;
    CHECK(kScanner.find(twice, 10, older).texts == Texts{twice, kOlder});
}

TEST_CASE("a key with a checksum is one find under an imported prefix too") {
    static base::SystemRandom random;
    const std::string key = made();
    const auto all = [](std::uint32_t) { return true; };
    CHECK(kScanner.find(key + " ", 10, all).texts == Texts{key});
    const std::string longer = key + "abc";
    CHECK(kScanner.find(longer, 10, all).texts == Texts{key, longer});
}

TEST_CASE("redaction keeps the public prefix and blanks the rest") {
    std::string line = R"({"message":"key )" + kOlder + R"(","again":")" + kOlder + R"("})";
    CHECK(kScanner.redact(line) == 2);
    CHECK(line == R"({"message":"key tos_a1b2c3d4_***","again":"tos_a1b2c3d4_***"})");
    rc::check("between any bytes, until nothing of the shape is left",
              [](const std::string& before, const std::string& after) {
                  std::string text = before + made() + after + kOlder + before;
                  kScanner.redact(text);
                  RC_ASSERT(!kScanner.sees(text));
              });
}

TEST_CASE("another brand has another shape") {
    const LeakScanner acme("acme");
    const std::string text = "x acme_a1b2c3d4_eaff8b91d36c5e0a2f1c4d7e8a9b0c2d";
    CHECK(acme.find(text, 1, older).texts.size() == 1);
    CHECK(acme.find(kOlder, 1, older).texts.empty());
}
