// Principal: who calls, and what that caller may do right now.
#pragma once

#include "access/address_list.h"
#include "access/permissions.h"
#include "access/rate_limit.h"
#include "base/actor.h"
#include "people/sessions.h"
#include "people/users.h"

#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace trusthub::access {

/// A key as far as deciding needs it; first what every decision looks at.
struct KeyView {
    KeyType type = KeyType::ReadOnly;
    Scope scope = Scope::Project;
    PermissionSet permissions;
    std::optional<TimePoint> expiresAt;
    AddressList allowedIps;  ///< empty: from everywhere
    ApiKeyId id;
    std::string prefix;
    std::string name;
    std::string teamId;                  ///< of Team and Project scope
    std::string projectId;               ///< of Project scope
    std::optional<RateLimit> rateLimit;  ///< null: the policy of the hub
};

/// Where something lies: a project of a team, a team's own things (project empty), the organization
/// (both empty).
struct Place {
    std::string_view teamId;
    std::string_view projectId;
};

/// Owners of the keys that a key descends from, where they are others than its own.
using Issuers = std::vector<std::shared_ptr<const people::User>>;

/// Immutable for one request.
class Principal {
public:
    /// A person who signed in.
    Principal(people::User user, people::Session session, Actor actor);
    /// A key; `owner` is the person or service account whose rights now bound the key's, and so do
    /// those of the issuers.
    Principal(std::shared_ptr<const KeyView> key, std::shared_ptr<const people::User> owner,
              Actor actor, Issuers issuers = {});
    /// The command line on the host, with the rights of a user; whose command it was, where known.
    static Principal onHost(people::User user, std::optional<base::HostAccount> account = {});

    const Actor& actor() const { return actor_; }
    const people::User& user() const { return *user_; }  ///< for a key, its owner
    const Issuers& issuers() const { return issuers_; }
    const KeyView* key() const { return key_.get(); }
    const people::Session* session() const { return session_ ? &*session_ : nullptr; }
    bool isPerson() const { return !key_; }
    /// Has it, and every issuer has it or is a super_admin.
    bool hasRole(people::Role role, std::string_view teamId = {}) const;

    /// may(), in its three parts. A person's credential names and reaches everything.
    bool names(Permission permission) const;  ///< the key's type and permissions let it through
    bool reaches(const Place& place) const;   ///< the key's scope covers it
    /// So do the roles, of every issuer too.
    bool personMay(Permission permission, const Place& place) const;

    /// Whether the credential has the permission at all, wherever.
    bool holds(Permission permission) const;
    bool personHolds(Permission permission) const;  ///< all of them in one place
    bool may(Permission permission, const Place& place) const;
    /// Teams in which it may; null: all of them and the organization.
    std::optional<std::vector<std::string>> teams(Permission permission) const;
    /// What it may do somewhere: each has a place within reach where may() holds.
    PermissionSet effective() const;

    /// The denial that the API owes: for a person NotFound when reading what is not theirs,
    /// Forbidden when changing it. For a key insufficient_scope, whose text depends on key and
    /// permission alone, never on what is there; but a key of the organization, outside which
    /// nothing lies, gets NotFound like a person.
    Error denial(Permission permission, bool reading) const;
    /// The same where a list holds nothing that the caller could reach. [teams() is empty]
    Error listDenial(Permission permission) const;
    /// ok when may(), else denial().
    Result<void> require(Permission permission, const Place& place, bool reading) const;

private:
    Principal(std::shared_ptr<const people::User> user, Actor actor);
    template <class Test>
    bool everybody(Test test) const;
    /// Whether it holds where one of them has a role; elsewhere all have what they have for the
    /// organization.
    template <class Test>
    bool anyPlace(Test test) const;

    std::shared_ptr<const people::User> user_;
    Issuers issuers_;
    std::optional<people::Session> session_;
    std::shared_ptr<const KeyView> key_;  ///< null: a person
    Actor actor_;
};

}  // namespace trusthub::access
