#include "access/api_key_format.h"

#include <catch2/catch.hpp>

#include <string>

using namespace trusthub;

TEST_CASE("the checksum is GitHub's: CRC-32 in six digits of base62") {
    // Published vector of GitHub's token format.
    CHECK(access::checksum62("zQWBuTSOoRi4A9spHcVY5ncnsDkxkJ") == "0mLq17");
}

TEST_CASE("a made key has the documented form and gives its public prefix") {
    base::SystemRandom random;
    const auto made = access::makeKeyText("tos", random);
    const std::string whole(made.whole.reveal());
    CHECK(whole.size() == 3 + 1 + 8 + 1 + 26 + 6);
    CHECK(whole.starts_with(made.prefix + "_"));
    CHECK(access::keyPrefix(whole, "tos") == made.prefix);
    CHECK_FALSE(access::keyPrefix(whole, "acme"));
}

TEST_CASE("a key with any one character changed, cut or added is refused without a look-up") {
    base::SystemRandom random;
    const std::string whole(access::makeKeyText("tos", random).whole.reveal());
    for (std::size_t i = 0; i < whole.size(); ++i) {
        std::string changed = whole;
        changed[i] = changed[i] == 'a' ? 'b' : 'a';
        CHECK_FALSE(access::keyPrefix(changed, "tos"));
    }
    CHECK_FALSE(access::keyPrefix(whole.substr(1), "tos"));
    CHECK_FALSE(access::keyPrefix(whole + "0", "tos"));
    CHECK_FALSE(access::keyPrefix("", "tos"));
}
