// ApiKey: the record of a machine credential as its owner and administrators see it.
#pragma once

#include "access/principal.h"
#include "json/json.h"

#include <optional>
#include <string>

namespace trusthub::access {

struct ApiKey {
    KeyView view;
    std::string ownedBy;    ///< id of the user whose rights bound it: a person or a service account
    std::string ownerKind;  ///< person | service; empty when the user is gone
    std::string ownerName;
    std::string stewardId;  ///< of an owner that is a service account
    std::string createdBy;  ///< id of the user who asked for it
    ApiKeyId issuedByKey;   ///< the key that issued it and that it dies with; empty: a person
    bool imported = false;  ///< made elsewhere
    bool canary = false;    ///< a decoy: grants nothing
    TimePoint createdAt;
    std::optional<TimePoint> revokedAt, lastUsedAt;
    std::string lastUsedIp, lastUsedAgent;
    ApiKeyId supersedes, supersededBy;  ///< the keys before and after it, by rotation
};

std::string_view status(const ApiKey& key, TimePoint now);  ///< active | expired | revoked
json::Object toJson(const ApiKey& key, TimePoint now);
json::Value toJson(const std::optional<RateLimit>& limit);  ///< null for none

/// Id of who answers for it: the steward of the account that owns it, else who asked for it.
const std::string& responsibleFor(const ApiKey& key);

/// The members that each event about a key has.
json::Object eventData(const KeyView& key);

/// At no time more than `other` lets through.
bool within(const RateLimit& limit, const RateLimit& other);

}  // namespace trusthub::access
