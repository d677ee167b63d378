#include "api/thing_rules.h"

#include "access/key_bounds.h"
#include "api/key_body.h"
#include "api/people_input.h"

#include <boost/json.hpp>

#include <algorithm>
#include <array>

namespace trusthub::api {
namespace {

using access::Permission;

using Roles = std::vector<people::RoleGrant>;

/// Whoever gives must have it as long.
Result<void> lasts(const AskedCall& asked, const Roles& roles) {
    if (people::outlasts(roles, asked.key.user().roles)) return people::outlastsGiver();
    return {};
}

Result<void> newUser(const AskedCall& asked, const access::Place&, store::ReadTx&) {
    if (!asked.bodyGiven) return {};
    json::ObjectReader reader(asked.body, "");
    NewPerson person = readPerson(reader, false);
    person.user.roles = rolesOf(reader, asked.asker.hub.clock.now());
    if (!reader.finish()) return {};
    if (auto allowed = mayAdd(asked.key, person); !allowed) return allowed;
    return lasts(asked, person.user.roles);
}

Result<void> newServiceAccount(const AskedCall& asked, const access::Place&, store::ReadTx&) {
    if (!asked.bodyGiven) return {};
    json::ObjectReader reader(asked.body, "");
    (void)reader.name("name", 200);
    (void)reader.optionalId("steward_id", "a user");
    const Roles roles = rolesOf(reader, asked.asker.hub.clock.now());
    if (!reader.finish()) return {};
    if (auto allowed = mayGrant(asked.key, roles); !allowed) return allowed;
    return lasts(asked, roles);
}

Result<void> newInvitation(const AskedCall& asked, const access::Place&, store::ReadTx&) {
    if (!asked.bodyGiven) return {};
    json::ObjectReader reader(asked.body, "");
    (void)emailOf(reader);
    (void)reader.optionalName("name", 200);
    const Roles roles = rolesOf(reader, asked.asker.hub.clock.now());
    if (!reader.finish()) return {};
    if (auto allowed = mayInvite(asked.key, roles); !allowed) return allowed;
    return lasts(asked, roles);
}

Result<void> noSuperAdmin(const AskedCall& asked, const access::Place&, store::ReadTx& tx) {
    if (!asked.asker.who().may(Permission::UsersRead, {})) return {};
    const auto user = people::Users::find(tx, UserId(asked.id), asked.asker.hub.clock.now());
    if (user && people::isSuperAdmin(user->roles)) return sparesSuperAdmins();
    return {};
}

/// The roles that are to be given; `reader` has read the members of the kind's own.
Result<void> changedRoles(const AskedCall& asked, json::ObjectReader& reader) {
    if (!asked.bodyGiven) return {};
    const auto change = readUserChange(asked.asker, reader);
    if (!reader.finish()) return {};
    return mayGrant(asked.key, change.roles.value_or(Roles{}));
}

Result<void> changedUser(const AskedCall& asked, const access::Place& place, store::ReadTx& tx) {
    json::ObjectReader reader(asked.body, "");
    if (auto allowed = changedRoles(asked, reader); !allowed) return allowed;
    return noSuperAdmin(asked, place, tx);
}

Result<void> changedServiceAccount(const AskedCall& asked, const access::Place& place,
                                   store::ReadTx& tx) {
    json::ObjectReader reader(asked.body, "");
    (void)reader.optionalId("steward_id", "a user");
    if (auto allowed = changedRoles(asked, reader); !allowed) return allowed;
    return noSuperAdmin(asked, place, tx);
}

Result<void> invitation(const AskedCall& asked, const access::Place&, store::ReadTx& tx) {
    const auto found = people::Invitations::find(tx, asked.id);
    if (!found || !found->liesWithin(asked.asker.who().teams(Permission::UsersRead)))
        return asked.key.denial(Permission::UsersWrite, true);
    return mayInvite(asked.key, found->roles);
}

Result<void> resentInvitation(const AskedCall& asked, const access::Place& place,
                              store::ReadTx& tx) {
    if (auto allowed = invitation(asked, place, tx); !allowed) return allowed;
    const auto found = people::Invitations::find(tx, asked.id);
    // One that is closed is another matter than rights.
    if (found->acceptedAt || found->withdrawnAt) return {};
    if (auto allowed = lasts(asked, found->roles); !allowed) return allowed;
    if (people::Users::idByEmail(tx, found->email))
        return fail(ErrorKind::Forbidden, "The user exists already: a person lets them in.",
                    "insufficient_scope");
    return {};
}

/// Who sees a delivery that was refused: those who manage a project of its repository.
Result<void> refusedReceipt(const AskedCall& asked, const access::Place& place, store::ReadTx&) {
    if (!asked.asker.hub.refusals.find(ReceiptId(asked.id))) return {};
    return asked.key.require(Permission::ProjectsWrite, place, true);
}

Result<void> newKey(const AskedCall& asked, const access::Place&, store::ReadTx& tx) {
    if (!asked.bodyGiven) return {};
    const TimePoint now = asked.asker.hub.clock.now();
    json::ObjectReader reader(asked.body, "");
    auto wanted = readNewKey(reader, now);
    (void)access::readRotation(reader);
    if (!reader.finish()) return {};
    const auto owner =
        access::boundNewKey(tx, asked.key, asked.asker.hub.keys.policy(), wanted, now);
    if (!owner && owner.error().kind == ErrorKind::Forbidden) return owner.error();
    return {};
}

/// The rule of keys for keys that are there; the place has refused the others.
template <class Judge>
Result<void> keyRule(const AskedCall& asked, store::ReadTx& tx, Judge judge) {
    const auto found = access::ApiKeys::find(tx, ApiKeyId(asked.id));
    return found ? judge(*found) : Result<void>{};
}

Result<void> manageKey(const AskedCall& asked, const access::Place&, store::ReadTx& tx) {
    return keyRule(asked, tx, [&](const access::ApiKey& key) -> Result<void> {
        if (!access::ApiKeys::maySee(asked.key, key))
            return asked.key.denial(Permission::KeysWrite, true);
        if (access::ApiKeys::mayManage(asked.key, key)) return {};
        return access::ApiKeys::notManaged(asked.key, key);
    });
}

Result<void> endKey(const AskedCall& asked, const access::Place&, store::ReadTx& tx) {
    return keyRule(asked, tx, [&](const access::ApiKey& key) {
        return access::KeyRotation::mayEnd(asked.key, key);
    });
}

Result<void> rotateKey(const AskedCall& asked, const access::Place&, store::ReadTx& tx) {
    return keyRule(asked, tx, [&](const access::ApiKey& key) {
        return asked.asker.hub.keyRotation.mayRotate(tx, asked.key, key);
    });
}

using Rule = Result<void> (*)(const AskedCall& asked, const access::Place& place,
                              store::ReadTx& tx);

struct RuleRow {
    std::string_view method, pattern;
    Rule rule;
};

constexpr std::array kRules{
    RuleRow{"POST", "/v1/users", newUser},
    RuleRow{"PATCH", "/v1/users/{id}", changedUser},
    RuleRow{"POST", "/v1/service-accounts", newServiceAccount},
    RuleRow{"PATCH", "/v1/service-accounts/{id}", changedServiceAccount},
    RuleRow{"DELETE", "/v1/service-accounts/{id}", noSuperAdmin},
    RuleRow{"POST", "/v1/invitations", newInvitation},
    RuleRow{"DELETE", "/v1/invitations/{id}", invitation},
    RuleRow{"POST", "/v1/invitations/{id}/resend", resentInvitation},
    RuleRow{"GET", "/v1/receipts/{id}", refusedReceipt},
    RuleRow{"POST", "/v1/receipts/{id}/replay", refusedReceipt},
    RuleRow{"POST", "/v1/api-keys", newKey},
    RuleRow{"PATCH", "/v1/api-keys/{id}", manageKey},
    RuleRow{"DELETE", "/v1/api-keys/{id}", manageKey},
    RuleRow{"POST", "/v1/api-keys/{id}/rotate", rotateKey},
    RuleRow{"DELETE", "/v1/api-keys/{id}/overlap", endKey},
    RuleRow{"PUT", "/v1/api-keys/{id}/rotation-schedule", rotateKey},
    RuleRow{"DELETE", "/v1/api-keys/{id}/rotation-schedule", endKey},
};

}  // namespace

Result<void> checkThing(const AskedCall& asked, const access::Place& place, store::ReadTx& tx) {
    const auto row = std::ranges::find_if(kRules, [&](const RuleRow& each) {
        return each.method == asked.route.method && each.pattern == asked.route.pattern;
    });
    return row == kRules.end() ? Result<void>{} : row->rule(asked, place, tx);
}

}  // namespace trusthub::api
