#include "access/key_standing.h"

#include <catch2/catch.hpp>

using namespace trusthub;
using namespace trusthub::access;

TEST_CASE("each fact that stands against a key is found by itself") {
    const TimePoint now{Milliseconds{1'000'000}};
    const auto faultOf = [&](auto change) {
        KeyFacts facts;
        change(facts);
        return firstFault(facts, now);
    };
    CHECK(faultOf([](KeyFacts&) {}) == std::nullopt);
    CHECK(faultOf([](KeyFacts& f) { f.revoked = true; }) == KeyCheck::Revoked);
    CHECK(faultOf([&](KeyFacts& f) { f.expiresAt = now; }) == KeyCheck::Expired);
    CHECK(faultOf([&](KeyFacts& f) { f.expiresAt = now + Milliseconds{1}; }) == std::nullopt);
    CHECK(faultOf([](KeyFacts& f) { f.ancestorsStand = false; }) == KeyCheck::Ancestor);
    CHECK(faultOf([](KeyFacts& f) { f.issuerActive = false; }) == KeyCheck::Issuer);
    CHECK(faultOf([](KeyFacts& f) { f.addressAllowed = false; }) == KeyCheck::Address);
    CHECK(faultOf([](KeyFacts& f) { f.type = KeyType::Webhook; }) == KeyCheck::Type);
}

TEST_CASE("of several faults the first in order is named") {
    KeyFacts facts;
    facts.addressAllowed = false;
    facts.revoked = true;
    CHECK(firstFault(facts, TimePoint{}) == KeyCheck::Revoked);
}
