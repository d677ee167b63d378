// A hub with a key whose rotation to a connection is due.
#pragma once

#include "keys_fixture.h"

#include <chrono>
#include <string>
#include <utility>

namespace trusthub::test {

inline access::RotationPlan toConnection(std::string connection = "c1",
                                         std::string environment = {}) {
    access::RotationPlan plan{30, std::chrono::hours(48), {}, {}};
    plan.sink =
        access::KeySink{ConnectionId(std::move(connection)),
                        {"shop/ledger", std::move(environment), {}, {}, "TRUSTHUB_API_KEY"}};
    return plan;
}

struct DueHub : KeysFixture {
    explicit DueHub(access::RotationPlan plan = toConnection())
        : old(issue(admin(), {}, std::move(plan))), id(old.key.view.id) {
        clock.advance(std::chrono::days(30));
        schedules.runDue();
    }
    Milliseconds handOver() { return handovers.runDue({}); }

    access::IssuedKey old;
    ApiKeyId id;
};

}  // namespace trusthub::test
