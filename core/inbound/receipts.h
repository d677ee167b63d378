// Receipts: inbound webhooks as received, one for each project that verified them.
#pragma once

#include "base/clock.h"
#include "base/ids.h"
#include "json/json.h"
#include "store/blob_store.h"
#include "store/store.h"

#include <optional>
#include <string>
#include <vector>

namespace trusthub::inbound {

struct Receipt {
    ReceiptId id;
    std::string provider;
    ProjectId projectId;
    std::string teamId, deliveryId, event, bodyDigest, outcome, reason, scanId;
    std::int64_t bodySize = 0;
    TimePoint receivedAt;
    std::string verifiedBy;    ///< signature | token | webhook_key; empty: not known
    std::string connectionId;  ///< empty: it came to a provider's own path
};

json::Object toJson(const Receipt& receipt);

struct ReceiptQuery {
    std::optional<std::vector<std::string>> teams;  ///< null: all
    std::string projectId, outcome, event, provider;
    std::string after;  ///< newest first
    std::size_t limit = 50;
};

/// A row on its way in. The body is one of `body` (sealed) and `blob`.
struct NewReceipt {
    Receipt receipt;
    std::string headers;
    const store::Sealed* body = nullptr;
    const store::StagedBlob* blob = nullptr;
};

/// What a receipt keeps of its delivery.
struct StoredContent {
    std::string headers;                      ///< JSON: [[name, value], …], credentials left out
    std::optional<std::string> sealed, blob;  ///< the body, or the digest of its blob
};

class Receipts {
public:
    static void insert(store::WriteTx& tx, const NewReceipt& row);
    /// The receipt of the same delivery: same id, or same event and body.
    static std::optional<Receipt> duplicateOf(store::ReadTx& tx, const Receipt& candidate);
    static std::optional<Receipt> find(store::ReadTx& tx, const ReceiptId& id);
    static std::optional<StoredContent> content(store::ReadTx& tx, const ReceiptId& id);
    static std::vector<Receipt> list(store::ReadTx& tx, const ReceiptQuery& query);
    /// At most `cap`: what is beyond is not counted.
    static std::int64_t count(store::ReadTx& tx, const ReceiptQuery& query, std::int64_t cap);
    /// Removes up to `limit` receipts from before `before` with their bodies; answers how many.
    static std::size_t expire(store::WriteTx& tx, const store::BlobStore& blobs, TimePoint before,
                              std::size_t limit);
};

}  // namespace trusthub::inbound
