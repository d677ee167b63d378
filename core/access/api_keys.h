// ApiKeys: issuing, listing, revoking and verifying machine credentials.
#pragma once

#include "access/principal.h"
#include "audit/audit_log.h"
#include "base/clock.h"
#include "base/ids.h"
#include "events/events.h"
#include "sdk/secret.h"
#include "store/hub_secrets.h"
#include "store/store.h"

#include <optional>
#include <string>
#include <vector>

namespace trusthub::access {

struct ApiKey {
    KeyView view;
    std::string issuedBy;  ///< user id
    ApiKeyId issuedByKey;  ///< the key that issued it and that it dies with; empty: a person
    std::string allowedIps;
    TimePoint createdAt;
    std::optional<TimePoint> revokedAt, lastUsedAt;
    std::string lastUsedIp;
};

json::Object toJson(const ApiKey& key);

struct IssuedKey {
    ApiKey key;
    SecretString raw;  ///< shown this once
};

class ApiKeys {
public:
    ApiKeys(std::string brand, audit::AuditLog& audit, events::Events& events,
            const store::HubSecrets& secrets, const base::Clock& clock, base::Random& random,
            base::IdSource& ids);

    struct New {
        std::string name;
        KeyType type = KeyType::ReadWrite;
        Scope scope = Scope::Project;
        std::string teamId, projectId;
        PermissionSet permissions;
        bool cutToIssuer =
            false;  ///< leave out what the issuer does not have there, instead of refusing
        std::optional<TimePoint> expiresAt;
    };
    /// Forbidden when `issuer` may not issue at that scope or would give away more than it has;
    /// InvalidInput for a team or project that does not exist.
    store::Unit<IssuedKey> issue(const Principal& issuer, New wanted);
    /// By its issuer, a team_admin of its team or a super_admin. From the moment this unit is
    /// durable no request passes with the key.
    store::Unit<void> revoke(const Principal& by, const ApiKey& seen);

    /// Revokes by the tripwire's order, nobody's right is asked for. False when it was revoked
    /// already. [in a unit]
    bool revokeLeaked(store::WriteTx& tx, const Actor& actor, const ApiKey& key);

    static std::optional<ApiKey> find(store::ReadTx& tx, const ApiKeyId& id);
    /// Keys that `by` may see, newest first, without revoked ones unless asked.
    static std::vector<ApiKey> list(store::ReadTx& tx, const Principal& by, bool includeRevoked,
                                    std::string_view after, std::size_t limit);
    static bool maySee(const Principal& by, const ApiKey& key);

    /// The key that this text is, when it exists, is not revoked and has not expired. Null tells
    /// nothing more.
    std::optional<ApiKey> verify(store::ReadTx& tx, std::string_view text) const;
    /// The key that this text is or was, in force or not.
    std::optional<ApiKey> recognise(store::ReadTx& tx, std::string_view text) const;
    /// In force, and so are the keys that it descends from.
    static bool stands(store::ReadTx& tx, const ApiKeyId& id, TimePoint now);
    /// Last use; telemetry, batched by the caller.
    static void recordUse(store::WriteTx& tx, const ApiKeyId& id, TimePoint at,
                          std::string_view ip);

    const std::string& brand() const { return brand_; }

private:
    Result<void> checkIssuer(store::ReadTx& tx, const Principal& issuer, New& wanted) const;

    const std::string brand_;
    audit::AuditLog& audit_;
    events::Events& events_;
    const store::HubSecrets& secrets_;
    const base::Clock& clock_;
    base::Random& random_;
    base::IdSource& ids_;
};

}  // namespace trusthub::access
