#include "health/alert_people.h"

#include "access/api_keys.h"
#include "people/role_holders.h"

#include <algorithm>

namespace trusthub::health {
namespace {

using people::Role;

/// Whoever has no role left has nothing to do with it any more.
bool reachable(const people::User& user) {
    return user.status == "active" && user.kind == people::kPerson && !user.roles.empty() &&
           !user.email.empty();
}

bool administers(const people::User& user, const Alert& alert) {
    return std::ranges::any_of(user.roles, [&](const people::RoleGrant& grant) {
        return grant.role == Role::SuperAdmin ||
               (grant.role == Role::TeamAdmin && grant.teamId == alert.teamId);
    });
}

}  // namespace

std::string responsibleFor(store::ReadTx& tx, const Alert& alert) {
    if (alert.targetTable != "api_keys") return {};
    const auto key = access::ApiKeys::find(tx, ApiKeyId(alert.targetId));
    return key ? access::responsibleFor(*key) : std::string{};
}

std::vector<people::User> peopleToMail(store::ReadTx& tx, const Alert& alert,
                                       const std::string& responsibleId, TimePoint now,
                                       std::size_t most) {
    std::vector<people::User> people;
    const auto add = [&](people::User user) {
        const bool known = std::ranges::any_of(
            people, [&](const people::User& other) { return other.id == user.id; });
        if (!known && reachable(user) && people.size() < most) people.push_back(std::move(user));
    };
    const auto addHolders = [&](Role role, const std::string& teamId) {
        for (auto& user : people::roleHolders(tx, role, teamId, now, most)) add(std::move(user));
    };
    if (!responsibleId.empty())
        if (auto user = people::Users::find(tx, UserId(responsibleId), now)) add(*std::move(user));
    if (people.empty() || alert.severity == base::Severity::Critical) {
        if (alert.teamId.empty())
            addHolders(Role::SuperAdmin, "");
        else
            addHolders(Role::TeamAdmin, alert.teamId);
    }
    if (people.empty()) addHolders(Role::SuperAdmin, "");
    return people;
}

bool stillConcerns(store::ReadTx& tx, const Alert& alert, const std::string& userId,
                   TimePoint now) {
    const auto user = people::Users::find(tx, UserId(userId), now);
    return user && reachable(*user) &&
           (administers(*user, alert) || responsibleFor(tx, alert) == userId);
}

}  // namespace trusthub::health
