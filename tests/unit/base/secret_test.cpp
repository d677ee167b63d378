#include "sdk/secret.h"

#include <catch2/catch.hpp>

#include <cstdlib>
#include <sstream>

using namespace trusthub;

namespace {

template <class T>
concept Printable = requires(std::ostream& out, const T& value) {
    out << value;
};

}  // namespace

TEST_CASE("a secret moves, copies and assigns its text") {
    SecretString first(std::string("a secret that is long enough for the heap"));
    SecretString copy = first;
    CHECK(copy.reveal() == first.reveal());
    SecretString moved = std::move(first);
    CHECK(moved.size() == copy.size());
    CHECK(first.empty());  // NOLINT(bugprone-use-after-move): that it is empty is the contract
    moved = copy;
    moved = *&moved;
    CHECK(moved.reveal() == copy.reveal());
    copy = SecretString();
    CHECK(copy.empty());
}

TEST_CASE("a secret cannot be printed or become a string by accident") {
    STATIC_REQUIRE_FALSE(Printable<SecretString>);
    STATIC_REQUIRE_FALSE(std::is_convertible_v<SecretString, std::string>);
    STATIC_REQUIRE_FALSE(std::is_convertible_v<SecretString, std::string_view>);
    STATIC_REQUIRE_FALSE(std::is_convertible_v<std::string, SecretString>);
}
