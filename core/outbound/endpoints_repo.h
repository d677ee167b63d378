// SQL of endpoints and endpoint_secrets.
#pragma once

#include "outbound/endpoint.h"
#include "store/sealer.h"
#include "store/tx.h"

#include <optional>
#include <string>
#include <vector>

namespace trusthub::outbound::endpoints_repo {

struct Row {
    Endpoint endpoint;          ///< without headerNames
    std::string headersSealed;  ///< empty: none
};

struct SecretRow {
    std::string id;
    std::string sealed;
    std::optional<TimePoint> validUntil;  ///< null: the current one
};

/// What fanout needs of an endpoint.
struct Subscriber {
    EndpointId id;
    std::vector<std::string> eventTypes;
    bool paused = false;
    std::optional<base::BackoffSchedule> retry;
};

void insert(store::WriteTx& tx, const Endpoint& endpoint);
/// Writes all but the headers, if nobody has changed the row since `seen`. False otherwise.
bool save(store::WriteTx& tx, const Endpoint& endpoint, TimePoint seen);
void setHeaders(store::WriteTx& tx, const EndpointId& id,
                const std::optional<store::Sealed>& sealed);

std::optional<Row> find(store::ReadTx& tx, const EndpointId& id);  ///< deleted ones too
/// Without deleted ones, ordered by id; `teams` null: all, "" among them stands for the
/// organization.
std::vector<Row> list(store::ReadTx& tx, const std::optional<std::vector<std::string>>& teams,
                      std::string_view after, std::size_t limit);
std::int64_t count(store::ReadTx& tx, const std::optional<std::vector<std::string>>& teams);
std::vector<Subscriber> subscribers(store::ReadTx& tx, std::string_view teamId);

void insertSecret(store::WriteTx& tx, std::string_view id, const EndpointId& endpoint,
                  const store::Sealed& sealed, TimePoint now);
/// Those valid at `now`, newest first.
std::vector<SecretRow> secrets(store::ReadTx& tx, const EndpointId& endpoint, TimePoint now);
/// No secret of the endpoint stays valid past `until`; removes those that have ended at `now`.
void endSecrets(store::WriteTx& tx, const EndpointId& endpoint, TimePoint until, TimePoint now);
/// All but the current one end. Answers how many.
int endPrevious(store::WriteTx& tx, const EndpointId& endpoint);

}  // namespace trusthub::outbound::endpoints_repo
