#include "base/text.h"

#include <catch2/catch.hpp>
#include <rapidcheck.h>

using namespace trusthub;

namespace {

std::string percentEncodeAll(std::string_view bytes) {
    std::string out;
    for (const char c : bytes) out += "%" + base::toHex({&c, 1});
    return out;
}

}  // namespace

// RFC 4648, section 10.
TEST_CASE("base64 and hex give the texts of RFC 4648") {
    const std::pair<const char*, const char*> vectors[] = {{"", ""},
                                                           {"f", "Zg=="},
                                                           {"fo", "Zm8="},
                                                           {"foo", "Zm9v"},
                                                           {"foob", "Zm9vYg=="},
                                                           {"fooba", "Zm9vYmE="},
                                                           {"foobar", "Zm9vYmFy"}};
    for (const auto& [plain, encoded] : vectors) {
        CHECK(base::toBase64(plain) == encoded);
        CHECK(base::fromBase64(encoded) == plain);
        std::string bare = encoded;
        while (bare.ends_with('=')) bare.pop_back();
        CHECK(base::toBase64Url(plain) == bare);
        CHECK(base::fromBase64(bare) == plain);
    }
    CHECK(base::toBase64("\xfb\xff") == "+/8=");
    CHECK(base::toBase64Url("\xfb\xff") == "-_8");
    CHECK(base::toHex("foobar") == "666f6f626172");
    CHECK(base::fromHex("666F6f626172") == "foobar");
}

TEST_CASE("any bytes come back from hex, base64 and percent form") {
    CHECK(rc::check("round trips", [](const std::string& bytes) {
        RC_ASSERT(base::fromHex(base::toHex(bytes)) == bytes);
        RC_ASSERT(base::fromBase64(base::toBase64(bytes)) == bytes);
        RC_ASSERT(base::fromBase64Url(base::toBase64Url(bytes)) == bytes);
        RC_ASSERT(base::percentDecode(percentEncodeAll(bytes)) == bytes);
        RC_ASSERT(base::percentDecode(percentEncodeAll(bytes), true) == bytes);
    }));
}

TEST_CASE("a base64 text has one spelling only") {
    for (const char* text : {"Z", "Zg=", "Zg===", "Zh==", "Zg==Zg==", "Z g=", "Zg\n", "Zm9=", "=",
                             "====", "-_8=", "Zg=a"}) {
        INFO(text);
        CHECK_FALSE(base::fromBase64(text).has_value());
    }
    CHECK_FALSE(base::fromBase64Url("+/8").has_value());
}

TEST_CASE("what is no hex is refused") {
    CHECK_FALSE(base::fromHex("0").has_value());
    CHECK_FALSE(base::fromHex("0g").has_value());
    CHECK_FALSE(base::fromHex("0 ").has_value());
    CHECK(base::fromHex("") == "");
}

TEST_CASE("base62 is padded and most significant first") {
    CHECK(base::toBase62(0, 6) == "000000");
    CHECK(base::toBase62(61, 2) == "0z");
    CHECK(base::toBase62(62, 2) == "10");
    CHECK(base::toBase62(UINT64_MAX, 0) == "LygHa16AHYF");
}

TEST_CASE("broken escapes are refused, plus is a space in forms only") {
    CHECK(base::percentDecode("a%20b+c") == "a b+c");
    CHECK(base::percentDecode("a%20b+c", true) == "a b c");
    CHECK(base::percentDecode("%e2%82%AC") == "\xE2\x82\xAC");
    for (const char* text : {"%", "%2", "%zz", "a%2", "%%20", "% 1"}) {
        INFO(text);
        CHECK_FALSE(base::percentDecode(text).has_value());
    }
}

// Markus Kuhn's stress test, the boundary cases.
TEST_CASE("UTF-8 is told from what is not") {
    for (const char* text :
         {"", "plain", "\xC2\x80", "\xDF\xBF", "\xE0\xA0\x80", "\xED\x9F\xBF", "\xEE\x80\x80",
          "\xEF\xBF\xBF", "\xF0\x90\x80\x80", "\xF4\x8F\xBF\xBF"})
        CHECK(base::isUtf8(text));
    for (const char* text :
         {"\x80", "\xBF", "\xC0\x80", "\xC1\xBF", "\xC2", "\xE0\x80\x80", "\xE0\x9F\xBF",
          "\xED\xA0\x80", "\xED\xBF\xBF", "\xE2\x82", "\xF0\x8F\xBF\xBF", "\xF4\x90\x80\x80",
          "\xF5\x80\x80\x80", "\xFE", "\xFF", "\xE2\x28\xA1", "a\xF0\x9F\x98"})
        CHECK_FALSE(base::isUtf8(text));
}

TEST_CASE("a clipped text never ends inside a character") {
    CHECK(base::clipUtf8("abc", 5) == "abc");
    CHECK(base::clipUtf8("abc", 2) == "ab");
    CHECK(base::clipUtf8("a\xE2\x82\xAC", 3) == "a");
    CHECK(base::clipUtf8("a\xE2\x82\xAC", 4) == "a\xE2\x82\xAC");
    CHECK(base::clipUtf8("\xF0\x9F\x98\x80", 0).empty());
}

TEST_CASE("whole numbers are read whole or not at all") {
    CHECK(base::parseInteger("0") == 0);
    CHECK(base::parseInteger("-12") == -12);
    CHECK(base::parseInteger("9223372036854775807") == INT64_MAX);
    for (const char* text :
         {"", " 1", "1 ", "+1", "1.0", "0x1", "9223372036854775808", "-", "1e3"}) {
        INFO(text);
        CHECK_FALSE(base::parseInteger(text).has_value());
    }
}

TEST_CASE("splitting keeps empty parts, trimming takes blanks only") {
    using Parts = std::vector<std::string_view>;
    CHECK(base::split("a,,b,", ',') == Parts{"a", "", "b", ""});
    CHECK(base::split("", ',') == Parts{""});
    CHECK(base::trim(" \ta b\t ") == "a b");
    CHECK(base::trim(" \t ").empty());
    CHECK(base::trim("\na").size() == 2);
    CHECK(base::toLower("AbC\xC4") == "abc\xC4");
}

TEST_CASE("what is escaped comes back, and nothing else is escaped") {
    rc::check("in percent form and as a form", [](const std::string& bytes) {
        RC_ASSERT(base::percentDecode(base::percentEncode(bytes)) == bytes);
        RC_ASSERT(base::percentDecode(base::formEncode(bytes), true) == bytes);
    });
    CHECK(base::percentEncode("Az09-._~ /@+") == "Az09-._~%20%2F%40%2B");
    CHECK(base::percentEncode("a@b/c\xE2", "@/") == "a@b/c%E2");
    // https://url.spec.whatwg.org/#concept-urlencoded-serializer
    CHECK(base::formEncode("a b*-._~+=&") == "a+b*-._%7E%2B%3D%26");
}

TEST_CASE("texts are joined with the separator between them only") {
    CHECK(base::join(std::vector<std::string>{}, ", ") == "");
    CHECK(base::join(std::vector<std::string>{"a", "", "b"}, ", ") == "a, , b");
    CHECK(base::join(std::vector<std::string_view>{"", "a"}, " ") == " a");
}

TEST_CASE("a name fits one line: what moves a cursor or turns text becomes a blank") {
    using base::oneLine;
    CHECK(oneLine("a\nb\r\tc\x1B[31md\x7F") == "a b  c [31md ");
    CHECK(oneLine("a\xC2\x9B"
                  "31mb\xC2\x85"
                  "c\xC2\x80"
                  "d") == "a 31mb c d");
    CHECK(oneLine("a\u2028b\u2029c") == "a b c");
    CHECK(oneLine("a\u202Ab\u202Ec\u2066d\u2069e\u200Ef\u200Fg\u061Ch") == "a b c d e f g h");
    CHECK(oneLine("\u00A0\u2029\u202F\u2065\u206A\u2030") == "\u00A0 \u202F\u2065\u206A\u2030");
    CHECK(oneLine("Zo\u00EB \u4F60\U0001F600") == "Zo\u00EB \u4F60\U0001F600");
    CHECK(oneLine("x\xFF\xFEy\xC3") == "x??y?");
    CHECK(oneLine("\xE2\x80") == "??");
    CHECK(oneLine("\xED\xA0\x80") == "???");  // a surrogate
    rc::check("whatever it was given", [](const std::string& bytes) {
        RC_ASSERT(base::isUtf8(oneLine(bytes)));
        RC_ASSERT(oneLine(oneLine(bytes)) == oneLine(bytes));
    });
}

TEST_CASE("of a name that which is seen is compared") {
    using base::squeezed;
    CHECK(squeezed("  Pay \t ments\u00A0\u2003team ") == "Pay ments team");
    CHECK(squeezed("Pay\u200Bm\u00ADents\uFEFF") == "Payments");
    CHECK(squeezed(" \u3000\u200B\u2028\u200E\u3164") == "");
    CHECK(squeezed("Zo\u00EB") == "Zo\u00EB");
}
