// ApiKeys: issuing, narrowing, listing and revoking machine credentials.
#pragma once

#include "access/api_key.h"
#include "audit/audit_log.h"
#include "base/clock.h"
#include "base/ids.h"
#include "events/events.h"
#include "people/projects.h"
#include "people/rights.h"
#include "sdk/secret.h"
#include "store/hub_secrets.h"
#include "store/store.h"

#include <functional>
#include <optional>
#include <string>
#include <vector>

namespace trusthub::access {

/// What its issuer may not have meant.
struct KeyWarning {
    /// `limited_by_issuer`, `limited_by_owner`: a type's own list was cut to what they have;
    /// `no_permissions`: nothing is left; `expires_with_issuer`: it was to end later than the key
    /// that issues it; `issuer_role_ends`: no role of its owner's carries it to its end.
    std::string_view code;
    std::string text;
};
json::Array toJson(const std::vector<KeyWarning>& warnings);

struct IssuedKey {
    ApiKey key;
    SecretString raw;  ///< shown this once
    std::vector<KeyWarning> warnings;
};

/// A row with what the secret is compared with.
struct StoredKey {
    ApiKey key;
    std::string hmac;  ///< hex
};

/// What the organization asks of every key.
struct KeyPolicy {
    std::optional<int> maxExpiryDays;
};

struct NewKey {
    std::string name;
    KeyType type = KeyType::ReadWrite;
    Scope scope = Scope::Project;
    std::string teamId, projectId;
    PermissionSet permissions;
    bool cutToIssuer = false;  ///< leave out what issuer or owner lack there, not refuse it
    PermissionSet lackedByIssuer, lackedByOwner;  ///< what was left out so
    bool cutToIssuingKey = false;                 ///< it was to end later, or never
    std::optional<TimePoint> expiresAt;
    AddressList allowedIps;
    std::optional<RateLimit> rateLimit;
    std::string serviceAccountId;  ///< who is to own it; empty: the issuer
    bool canary = false;
};

/// What is absent stays.
struct KeyChange {
    /// Members that are to have no bound any more: `expires_at`, `allowed_ips`, `rate_limit`,
    /// `permissions`. Fits a key only that has none there.
    std::vector<std::string> lifted;
    std::optional<std::string> name;
    std::optional<KeyType> type;
    std::optional<PermissionSet> permissions;
    std::optional<TimePoint> expiresAt;
    std::optional<AddressList> allowedIps;
    std::optional<RateLimit> rateLimit;
};

struct KeyFilter {
    bool includeRevoked = false;
    std::string scope, teamId, projectId, type;  ///< empty: any
    std::optional<bool> neverExpires, imported;
    std::optional<TimePoint> unusedSince;  ///< neither used nor issued since then
};

class ApiKeys {
public:
    struct Parts {
        audit::AuditLog& audit;
        events::Events& events;
        const store::HubSecrets& secrets;
        people::Rights& rights;
        const base::Clock& clock;
        base::Random& random;
        base::IdSource& ids;
    };
    ApiKeys(std::string brand, KeyPolicy policy, Parts parts);

    using New = NewKey;
    /// Forbidden when `issuer` may not issue at that scope or would give away more than it has;
    /// InvalidInput for a team, project or service account that does not exist, or an end later
    /// than the policy allows. The key is never wider than the one that issues it.
    store::Unit<IssuedKey> issue(const Principal& issuer, New wanted);
    /// The same for a key that was made elsewhere: of its text the HMAC is kept, no more.
    /// InvalidInput for a text of another shape, Conflict `key_exists` for one that is there.
    Result<store::Unit<IssuedKey>> import(const Principal& issuer, New wanted, SecretString text);
    /// Renames, and narrows; anything wider is InvalidInput `would_widen`. By whoever may revoke.
    store::Unit<ApiKey> change(const Principal& by, const ApiKey& seen, KeyChange change);
    /// By its issuer, the steward of its owner, a team_admin of its team or a super_admin. From
    /// the moment this unit is durable no request passes with the key.
    store::Unit<void> revoke(const Principal& by, const ApiKey& seen);

    /// What revoking is, nobody's right is asked for; `why` goes into the audit row. False when it
    /// was revoked already. [in a unit]
    bool revokeIn(store::WriteTx& tx, const Actor& actor, const ApiKey& key,
                  json::Object why = {}) const;
    /// The key that this text is or was, in force or not.
    std::optional<ApiKey> recognise(store::ReadTx& tx, std::string_view text) const;
    /// How much of the text's beginning is such a key; 0: nothing. Where an imported key ends is
    /// told by its HMAC alone, so at most 181 lengths are tried.
    std::size_t recogniseStart(store::ReadTx& tx, std::string_view text) const;

    static std::optional<ApiKey> find(store::ReadTx& tx, const ApiKeyId& id);
    static std::optional<ApiKey> findByPrefix(store::ReadTx& tx, std::string_view prefix);
    static std::optional<StoredKey> findStored(store::ReadTx& tx, std::string_view prefix);
    /// Keys that `by` may see, newest first.
    static std::vector<ApiKey> list(store::ReadTx& tx, const Principal& by, const KeyFilter& filter,
                                    std::string_view after, std::size_t limit);
    /// Those of the project that are not revoked.
    static std::vector<ApiKey> ofProject(store::ReadTx& tx, const people::Project& project);
    /// Every key that is not revoked, oldest first. `use` makes no query.
    static void eachUnrevoked(store::ReadTx& tx, const std::function<void(const ApiKey&)>& use);
    static bool maySee(const Principal& by, const ApiKey& key);
    /// Narrow, rotate, revoke.
    static bool mayManage(const Principal& by, const ApiKey& key);
    /// What one who sees the key and may not manage it is told.
    static Error notManaged(const Principal& by, const ApiKey& key);
    /// ok when `by` could issue a key like this one. Its issuer is not held to permissions that
    /// roles have lost since: they bound the key as well. [in a unit]
    Result<void> couldIssue(store::ReadTx& tx, const Principal& by, const ApiKey& like) const;
    static std::vector<std::string> importedPrefixes(store::ReadTx& tx);
    /// Last use; telemetry, batched by the caller.
    static void recordUse(store::WriteTx& tx, const ApiKeyId& id, TimePoint at, std::string_view ip,
                          std::string_view userAgent);

    const std::string& brand() const { return brand_; }
    const KeyPolicy& policy() const { return policy_; }

private:
    store::Unit<IssuedKey> insert(const Principal& issuer, New wanted, SecretString whole,
                                  std::string prefix, bool imported);

    const std::string brand_;
    const KeyPolicy policy_;
    Parts p_;
};

}  // namespace trusthub::access
