#include "outbound/direct_delivery.h"

namespace trusthub::outbound {
namespace {

constexpr std::string_view kState =
    "SELECT d.status, e.status FROM deliveries d JOIN endpoints e ON e.id = d.endpoint_id"
    " WHERE d.id = $1";

}  // namespace

bool DirectDelivery::known(store::ReadTx& tx, const EndpointId& endpoint,
                           std::string_view teamId) const {
    const auto row = endpoints_repo::find(tx, endpoint);
    return row && !row->endpoint.deletedAt && row->endpoint.teamId == teamId;
}

bool DirectDelivery::active(store::ReadTx& tx, const EndpointId& endpoint) const {
    const auto row = endpoints_repo::find(tx, endpoint);
    return row && !row->endpoint.deletedAt && row->endpoint.status == EndpointStatus::Active;
}

DeliveryId DirectDelivery::send(store::WriteTx& tx, const Actor& actor, const events::Draft& draft,
                                const EndpointId& endpoint) {
    const EndpointFanout::OnlyScope onlyThis(fanout_, endpoint, "schedule");
    return events_.emit(tx, actor, draft).deliveries.front().id;
}

access::KeyDelivery::State DirectDelivery::state(store::ReadTx& tx,
                                                 const DeliveryId& delivery) const {
    store::Rows rows = tx.query(kState, delivery);
    if (!rows.next()) return State::Stuck;
    if (rows.view(0) == "delivered") return State::Delivered;
    return rows.view(0) == "pending" && rows.view(1) == "active" ? State::Pending : State::Stuck;
}

}  // namespace trusthub::outbound
