// A team with a lead and a developer, and keys of theirs that something is the matter with.
#pragma once

#include "health_fixture.h"

#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace trusthub::test {

struct AlertedKeys : HealthHub {
    std::string teamId = team("Payments");
    people::User lead = user("lead", {{people::Role::TeamAdmin, teamId, {}}});
    people::User dev = user("dev", {{people::Role::Developer, teamId, {}}});

    access::ApiKey teamKey(const people::User& by, std::optional<int> ends = {}) {
        auto key = wanted(access::KeyType::ReadOnly);
        key.scope = access::Scope::Team;
        key.teamId = teamId;
        key.permissions.reset();
        key.permissions.set(access::bit(access::Permission::ScansRead));
        if (ends) key.expiresAt = clock.now() + std::chrono::days(*ends);
        return issue(as(by), key).key;
    }
    base::Alarm alarm(const access::ApiKey& key, std::string stage = {}) {
        return {"api_key_leaked", base::Severity::Critical,
                key.view.teamId,  "api_keys",
                key.view.id.text, "a key",
                std::move(stage), "It leaked.",
                "Revoke it.",     key.createdBy};
    }
    void disable(const people::User& who) {
        people::Users::Change change;
        change.status = "disabled";
        run(users.update(person, who.id, people::kPerson, change));
    }
    void revoke(const access::ApiKey& key) { run(keys.revoke(as(admin), key)); }
    std::int64_t audited(const std::string& action) {
        return number(
            "SELECT COUNT(*) FROM audit_log WHERE target_table = 'alerts' AND action = '" + action +
            "'");
    }
    bool sees(const people::User& who, const health::Alert& alert) {
        const auto by = as(who);
        const bool one =
            store.read([&](store::ReadTx& tx) { return health::Alerts::maySee(tx, by, alert); });
        const auto listed = all(health::Alerts::visibleTo(by));
        CHECK(one == !listed.empty());
        return one;
    }
    health::Alert acknowledge(const people::User& who) {
        return run(alerts.acknowledge(as(who), only().id));
    }
};

}  // namespace trusthub::test
