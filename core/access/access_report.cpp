#include "access/access_review.h"
#include "access/api_keys.h"
#include "access/key_record.h"
#include "json/or_null.h"
#include "people/roles_json.h"
#include "people/totp.h"

#include <boost/json.hpp>

#include <algorithm>
#include <map>

namespace trusthub::access {
namespace {

constexpr std::chrono::days kUnused{90};
constexpr std::chrono::days kEndsSoon{30};
constexpr std::size_t kSlice = 500;

using People = std::map<std::string, people::User, std::less<>>;

People everybody(store::ReadTx& tx, TimePoint now) {
    People all;
    for (const auto kind : {people::kPerson, people::kService}) {
        std::string after;
        for (;;) {
            auto users = people::Users::list(tx, kind, after, kSlice, now);
            if (users.empty()) break;
            after = users.back().id.text;
            for (auto& user : users) all.emplace(user.id.text, std::move(user));
        }
    }
    return all;
}

const people::User* findIn(const People& all, std::string_view id) {
    const auto found = all.find(id);
    return found == all.end() ? nullptr : &found->second;
}

bool active(const people::User* user) {
    return user && user->status == "active";
}

/// Nobody answers for it any more.
bool orphaned(const People& all, const people::User* owner) {
    if (!active(owner)) return true;
    return owner->kind == people::kService && !active(findIn(all, owner->stewardId));
}

json::Value ownerJson(const people::User* owner) {
    if (!owner) return nullptr;
    json::Object shown{{"id", owner->id.text},
                       {"kind", owner->kind},
                       {"name", owner->name},
                       {"status", owner->status}};
    if (owner->kind == people::kPerson) shown["email"] = owner->email;
    return shown;
}

class Report {
public:
    Report(store::ReadTx& tx, TimePoint now, const std::set<std::string>& leaked)
        : tx_(tx), now_(now), leaked_(leaked), all_(everybody(tx, now)) {}

    json::Object make() {
        for (const auto& [id, user] : all_) {
            if (user.kind == people::kPerson)
                person(user);
            else
                service(user);
        }
        std::map<std::string, ApiKey, std::less<>> keys;
        ApiKeys::eachUnrevoked(tx_,
                               [&](const ApiKey& one) { keys.emplace(one.view.id.text, one); });
        const FindKey find = [&](const ApiKeyId& id) {
            const auto found = keys.find(id.text);
            return found == keys.end() ? std::nullopt : std::optional(found->second);
        };
        for (const auto& [id, one] : keys) key(one, find);
        return {{"generated_at", formatTime(now_)},
                {"summary",
                 {{"people", people_.size()},
                  {"active_people", activePeople_},
                  {"admins_without_totp", adminsWithoutTotp_},
                  {"roles_ending_within_30_days", rolesEnding_},
                  {"service_accounts", services_.size()},
                  {"service_accounts_without_steward", withoutSteward_},
                  {"keys", keys_.size()},
                  {"keys_never_expiring", neverExpiring_},
                  {"keys_orphaned", orphaned_},
                  {"keys_unused_90_days", unused_},
                  {"keys_with_open_leak", withLeak_},
                  {"keys_without_rights", withoutRights_},
                  {"keys_limited_by_owner", limited_}}},
                {"people", std::move(people_)},
                {"service_accounts", std::move(services_)},
                {"keys", std::move(keys_)}};
    }

private:
    void person(const people::User& user) {
        const bool totp = people::Totp::enabled(tx_, user.id);
        const bool admin = std::ranges::any_of(user.roles, [](const people::RoleGrant& grant) {
            return grant.role == people::Role::SuperAdmin || grant.role == people::Role::TeamAdmin;
        });
        if (active(&user)) {
            ++activePeople_;
            if (admin && !totp) ++adminsWithoutTotp_;
        }
        countEnding(user);
        people_.push_back(json::Object{{"id", user.id.text},
                                       {"email", user.email},
                                       {"name", user.name},
                                       {"status", user.status},
                                       {"roles", toJson(user.roles)},
                                       {"totp", totp},
                                       {"last_sign_in_at", json::timeOrNull(user.lastSignInAt)},
                                       {"created_at", formatTime(user.createdAt)}});
    }

    void service(const people::User& user) {
        const auto* steward = findIn(all_, user.stewardId);
        if (!active(steward)) ++withoutSteward_;
        countEnding(user);
        services_.push_back(json::Object{{"id", user.id.text},
                                         {"name", user.name},
                                         {"status", user.status},
                                         {"steward", ownerJson(steward)},
                                         {"roles", toJson(user.roles)},
                                         {"created_at", formatTime(user.createdAt)}});
    }

    void countEnding(const people::User& user) {
        rolesEnding_ += static_cast<std::int64_t>(
            std::ranges::count_if(user.roles, [&](const people::RoleGrant& grant) {
                return grant.expiresAt && *grant.expiresAt <= now_ + kEndsSoon;
            }));
    }

    void key(const ApiKey& key, const FindKey& find) {
        const KeyView& view = key.view;
        if (view.expiresAt && *view.expiresAt <= now_) return;
        const auto* owner = findIn(all_, key.ownedBy);
        json::Array findings;
        const auto note = [&](bool found, std::string_view word, std::int64_t& count) {
            if (!found) return;
            ++count;
            findings.emplace_back(word);
        };
        note(!view.expiresAt, "never_expires", neverExpiring_);
        note(orphaned(all_, owner), "orphaned", orphaned_);
        note(key.lastUsedAt.value_or(key.createdAt) < now_ - kUnused, "unused_90_days", unused_);
        const bool leaked = leaked_.contains(view.id.text);
        note(leaked, "open_leak", withLeak_);
        const auto own = ownPermissions(view) & withinReach(view.scope);
        const auto effective = effectivePermissions(
            tx_, key, find,
            [this](store::ReadTx&, const UserId& id) {
                return std::shared_ptr<const people::User>(std::shared_ptr<void>(),
                                                           findIn(all_, id.text));
            },
            now_);
        note(own.any() && effective.none(), "without_rights", withoutRights_);
        note(effective.any() && effective != own, "limited_by_owner", limited_);
        const auto permissions = names(view.permissions);
        const auto left = names(effective);
        keys_.push_back(
            json::Object{{"id", view.id.text},
                         {"key_prefix", view.prefix},
                         {"name", view.name},
                         {"type", text(view.type)},
                         {"scope", text(view.scope)},
                         {"team_id", json::textOrNull(view.teamId)},
                         {"project_id", json::textOrNull(view.projectId)},
                         {"permissions", json::Array(permissions.begin(), permissions.end())},
                         {"effective_permissions", json::Array(left.begin(), left.end())},
                         {"owner", ownerJson(owner)},
                         {"created_at", formatTime(key.createdAt)},
                         {"expires_at", json::timeOrNull(view.expiresAt)},
                         {"last_used_at", json::timeOrNull(key.lastUsedAt)},
                         {"open_leak", leaked},
                         {"findings", std::move(findings)}});
    }

    store::ReadTx& tx_;
    const TimePoint now_;
    const std::set<std::string>& leaked_;
    const People all_;
    json::Array people_, services_, keys_;
    std::int64_t activePeople_ = 0, adminsWithoutTotp_ = 0, rolesEnding_ = 0, withoutSteward_ = 0;
    std::int64_t neverExpiring_ = 0, orphaned_ = 0, unused_ = 0, withLeak_ = 0;
    std::int64_t withoutRights_ = 0, limited_ = 0;
};

}  // namespace

json::Object accessReport(store::ReadTx& tx, TimePoint now, const std::set<std::string>& leaked) {
    return Report(tx, now, leaked).make();
}

}  // namespace trusthub::access
