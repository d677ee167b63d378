// Idempotency-Key (draft-ietf-httpapi-idempotency-key-header-07): one effect however often a POST
// is repeated.
#pragma once

#include "http/message.h"
#include "sdk/result.h"
#include "sdk/time.h"
#include "store/tx.h"

#include <optional>
#include <string>
#include <vector>

namespace trusthub::api {

/// One keyed request. The stored answer lives in the unit of its change, for 24 hours.
struct Idempotency {
    std::string owner;  ///< credential, method and path
    std::string key;
    std::string fingerprint;                 ///< SHA-256 of the body
    std::vector<std::string> secretMembers;  ///< left out of the stored answer
    TimePoint now;

    /// The stored answer, marked as a replay; null when there is none yet. InvalidInput
    /// `idempotency_mismatch` when the key was used with another body.
    Result<std::optional<http::Response>> find(store::ReadTx& tx) const;
    void save(store::WriteTx& tx, const http::Response& response) const;
    /// Removes answers older than 24 hours.
    static std::size_t expire(store::WriteTx& tx, TimePoint now, std::size_t limit);
};

}  // namespace trusthub::api
