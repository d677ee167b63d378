#include "base/host_account.h"

#include <catch2/catch.hpp>
#include <unistd.h>

using namespace trusthub;

TEST_CASE("this process runs for the account that started it") {
    const auto own = base::ownAccount();
    CHECK(own.uid == static_cast<std::int64_t>(::getuid()));
    CHECK(base::accountOf(own.uid).name == own.name);
    CHECK(base::accountOf(0).name == "root");
}

TEST_CASE("an account that the system does not know has its number alone") {
    const auto nobody = base::accountOf(3'999'999'999);
    CHECK(nobody.uid == 3'999'999'999);
    CHECK(nobody.name.empty());
}

TEST_CASE("the peer of a local socket is told from an address") {
    CHECK(base::peerText(1'000) == "uid:1000");
    CHECK(base::peerUid("uid:1000") == 1'000);
    for (const char* other : {"", "127.0.0.1", "uid:", "uid:x", "1000"})
        CHECK_FALSE(base::peerUid(other));
}
