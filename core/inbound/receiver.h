// Receiver: an inbound webhook from raw bytes to a stored receipt, its event and its scan.
#pragma once

#include "access/client_address.h"
#include "access/leaks.h"
#include "audit/audit_log.h"
#include "base/workers.h"
#include "connectors/registry.h"
#include "events/events.h"
#include "inbound/proof.h"
#include "inbound/receipts.h"
#include "inbound/refusals.h"
#include "people/projects.h"
#include "scans/scans.h"
#include "store/blob_store.h"
#include "store/store.h"

#include <functional>
#include <memory>
#include <string>
#include <vector>

namespace trusthub::inbound {

struct Incoming {
    std::string provider;  ///< github | gitlab; `connection` on the path of one
    sdk::Headers headers;
    std::string body;
    Actor sender;             ///< address, User-Agent and request; who it is, the secrets tell
    ConnectionId connection;  ///< of the path; empty: a provider's own path
    bool keyInUrl = false;    ///< refused: the URL holds an API key
};

/// What one project made of it.
struct ProjectOutcome {
    ProjectId projectId;
    ReceiptId receiptId;
    std::string scanId;  ///< empty: none
    std::string status;  ///< enqueued | coalesced | duplicate | ignored
};

struct Received {
    std::string deliveryId;                ///< the sender's
    std::vector<ProjectOutcome> projects;  ///< oldest first, never empty
};

json::Object toJson(const Received& received);

class Receiver {
public:
    Receiver(store::Store& store, store::Sealer& sealer, store::BlobStore& blobs,
             audit::AuditLog& audit, events::Events& events, people::Projects& projects,
             scans::ScanQueue& scans, const connectors::Registry& registry, Refusals& refusals,
             const WebhookKeys& webhookKeys, access::Leaks& leaks, const base::Clock& clock,
             base::IdSource& ids, base::Metrics& metrics);

    /// Above this a body is kept as a blob, and `receive` may wait for the disk: call it off the
    /// HTTP workers.
    static constexpr std::size_t kInlineBody = 64 * 1024;

    /// Verifies by the secrets of the projects with that repository (of the connection's team, on
    /// the path of a connection, where a `webhook` key counts too), then queues the unit. `done`
    /// runs after the commit, or at once when refused: Unauthenticated when no project's secret
    /// verifies, whatever the reason; BadRequest, UnsupportedMediaType or InvalidInput when the
    /// delivery cannot be read. [HTTP worker; a pool thread for large bodies]
    void receive(Incoming incoming, base::MoveFunction<void(Result<Received>)> done);

private:
    struct Work;
    struct Door;
    Result<Door> doorOf(const Incoming& incoming);
    void refuse(const Incoming& incoming, std::string_view provider, std::string_view reason,
                const sdk::InboundIdentity& identity = {},
                const std::vector<std::shared_ptr<const people::ProjectSecrets>>& projects = {});
    Result<std::shared_ptr<Work>> verify(const Incoming& incoming);
    Result<void> verifyAgain(store::ReadTx& tx, Work& work);
    Result<Received> record(store::WriteTx& tx, Work& work);
    std::string receiptHeaders(const sdk::Headers& headers) const;
    static access::LeakSight sightOf(const Incoming& incoming, const Work* work);

    store::Store& store_;
    store::Sealer& sealer_;
    store::BlobStore& blobs_;
    audit::AuditLog& audit_;
    events::Events& events_;
    people::Projects& projects_;
    scans::ScanQueue& scans_;
    const connectors::Registry& registry_;
    Refusals& refusals_;
    const WebhookKeys& webhookKeys_;
    access::Leaks& leaks_;
    const base::Clock& clock_;
    base::IdSource& ids_;
    base::Metrics& metrics_;
};

}  // namespace trusthub::inbound
