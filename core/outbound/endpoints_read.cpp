// The half of Endpoints that reads, and test sends.
#include "outbound/endpoints.h"

#include <boost/json.hpp>

namespace trusthub::outbound {
namespace {

/// The type that a test send shows: the first that the endpoint wants.
const events::EventType* exampleType(const events::Catalogue& catalogue, const Endpoint& endpoint,
                                     std::string_view wanted) {
    if (!wanted.empty()) return catalogue.find(wanted);
    for (const auto& pattern : endpoint.eventTypes)
        for (const auto& type : catalogue.all())
            if (events::matches({pattern}, type.name)) return &type;
    return nullptr;
}

}  // namespace

store::Unit<Endpoints::TestSend> Endpoints::test(const Actor& actor, const Endpoint& endpoint,
                                                 std::string_view type) {
    const auto* example = exampleType(p_.events.catalogue(), endpoint, type);
    if (!example || !example->example.is_object()) {
        return [](store::WriteTx&) -> Result<TestSend> {
            return invalid("/type", "no such event type; GET /v1/event-types lists them");
        };
    }
    auto draft = p_.events.draft(example->name, endpoint.teamId, example->example.as_object());
    return [this, actor, id = endpoint.id,
            draft = std::move(draft)](store::WriteTx& tx) -> Result<TestSend> {
        const auto row = endpoints_repo::find(tx, id);
        if (!row || row->endpoint.deletedAt) return fail(ErrorKind::NotFound);
        const EndpointFanout::OnlyScope onlyThis(p_.fanout, id, "test");
        const auto emitted = p_.events.emit(tx, actor, draft);
        p_.audit.append(tx, actor,
                        {"test",
                         "endpoints",
                         id.text,
                         draft.teamId,
                         {{"type", draft.type}, {"event_id", emitted.id.text}}});
        return TestSend{emitted.id, emitted.deliveries.front().id};
    };
}

Result<CustomHeaders> Endpoints::openHeaders(store::ReadTx& tx, const EndpointId& id,
                                             std::string_view sealed) {
    CustomHeaders headers;
    if (sealed.empty()) return headers;
    auto plain = p_.sealer.open(tx, {"endpoints", "headers_sealed", id.text}, sealed);
    if (!plain) return plain.error();
    auto value = json::parse(*plain);
    if (!value) return fail(ErrorKind::Internal, "stored headers cannot be read");
    for (const auto& member : value->as_object())
        headers.emplace(member.key(), std::string(member.value().as_string()));
    return headers;
}

Result<Target> Endpoints::target(store::ReadTx& tx, const EndpointId& id) {
    auto row = endpoints_repo::find(tx, id);
    if (!row || row->endpoint.deletedAt) return fail(ErrorKind::NotFound);
    Target target;
    auto headers = openHeaders(tx, id, row->headersSealed);
    if (!headers) return headers.error();
    target.endpoint = std::move(row->endpoint);
    target.headers = *std::move(headers);
    for (const auto& [name, value] : target.headers) target.endpoint.headerNames.push_back(name);
    for (const auto& secret : endpoints_repo::secrets(tx, id, p_.clock.now())) {
        auto opened = p_.sealer.openSecret(tx, {"endpoint_secrets", "secret_sealed", secret.id},
                                           secret.sealed);
        if (!opened) return opened.error();
        target.secrets.push_back(*std::move(opened));
    }
    if (target.secrets.empty()) return fail(ErrorKind::Internal, "an endpoint has no secret");
    return target;
}

Result<Endpoint> Endpoints::find(store::ReadTx& tx, const EndpointId& id) {
    auto row = endpoints_repo::find(tx, id);
    if (!row || row->endpoint.deletedAt) return fail(ErrorKind::NotFound);
    auto headers = openHeaders(tx, id, row->headersSealed);
    if (!headers) return headers.error();
    for (const auto& [name, value] : *headers) row->endpoint.headerNames.push_back(name);
    return std::move(row->endpoint);
}

Result<std::vector<Endpoint>> Endpoints::list(store::ReadTx& tx,
                                              const std::optional<std::vector<std::string>>& teams,
                                              std::string_view after, std::size_t limit) {
    std::vector<Endpoint> found;
    for (auto& row : endpoints_repo::list(tx, teams, after, limit)) {
        auto headers = openHeaders(tx, row.endpoint.id, row.headersSealed);
        if (!headers) return headers.error();
        for (const auto& [name, value] : *headers) row.endpoint.headerNames.push_back(name);
        found.push_back(std::move(row.endpoint));
    }
    return found;
}

std::int64_t Endpoints::count(store::ReadTx& tx,
                              const std::optional<std::vector<std::string>>& teams) {
    return endpoints_repo::count(tx, teams);
}

std::optional<TimePoint> Endpoints::previousValidUntil(store::ReadTx& tx, const EndpointId& id) {
    std::optional<TimePoint> until;
    for (const auto& secret : endpoints_repo::secrets(tx, id, p_.clock.now()))
        if (secret.validUntil)
            until = std::max(until.value_or(*secret.validUntil), *secret.validUntil);
    return until;
}

}  // namespace trusthub::outbound
