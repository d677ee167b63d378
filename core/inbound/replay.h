// Replays: processes a stored delivery again, as if it arrived now.
#pragma once

#include "audit/audit_log.h"
#include "connectors/registry.h"
#include "events/events.h"
#include "inbound/receipts.h"
#include "scans/scans.h"
#include "store/blob_store.h"
#include "store/store.h"

#include <string>

namespace trusthub::inbound {

struct Replayed {
    ReceiptId receiptId;
    std::string scanId;  ///< empty: none
    std::string status;  ///< enqueued | coalesced | ignored
};

json::Object toJson(const Replayed& replayed);

class Replays {
public:
    struct Parts {
        store::Store& store;
        store::Sealer& sealer;
        store::BlobStore& blobs;
        audit::AuditLog& audit;
        events::Events& events;
        scans::ScanQueue& scans;
        const connectors::Registry& registry;
        const base::Clock& clock;
    };
    /// Bodies are kept for `kept`.
    Replays(Parts parts, std::chrono::days kept) : p_(parts), kept_(kept) {}

    /// Reads the stored body; the unit writes an audit row, queues or moves the scan, and emits the
    /// event, marked `replayed`. No second receipt. The ref is resolved at the remote when the scan
    /// starts, so that an old push scans nothing old. Gone `body_gone` past the retention, Conflict
    /// `project_gone` without its project. [any thread that may wait for the disk]
    Result<store::Unit<Replayed>> prepare(const Actor& actor, const Receipt& receipt);

private:
    Result<std::string> bodyOf(store::ReadTx& tx, const Receipt& receipt,
                               const StoredContent& content);

    Parts p_;
    const std::chrono::days kept_;
};

}  // namespace trusthub::inbound
