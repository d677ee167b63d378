// The half of the dispatcher that faces the receivers: requests out, answers in.
#include "base/text.h"
#include "outbound/dispatcher_parts.h"

namespace trusthub::outbound {

using deliveries_repo::Next;

namespace {

constexpr std::size_t kKeptResponseBytes = 16 * 1024;
/// Read at most: what is longer ends the exchange.
constexpr std::size_t kLongestResponse = 64 * 1024;
constexpr Milliseconds kUnreadableWait{5'000};

sdk::HttpRequest requestOf(const Target& target, const events::Event& event, bool test,
                           TimePoint now) {
    const Message message{event.id.text, event.type, event.occurredAt, event.data};
    auto made = sign(message, target.endpoint.payload, target.secrets, now);
    sdk::HttpRequest request;
    request.method = "POST";
    request.url = target.endpoint.url;
    request.headers = std::move(made.headers);
    request.body = std::move(made.body);
    request.timeout = target.endpoint.timeout;
    request.maxResponseBytes = kLongestResponse;
    if (test) request.headers.add("X-TrustHub-Test", "true");
    for (const auto& [name, value] : target.headers) request.headers.set(name, value);
    return request;
}

}  // namespace

Dispatcher::Batch Dispatcher::prepare(store::ReadTx& tx,
                                      const std::vector<deliveries_repo::Claimed>& claimed,
                                      const std::string& owner) {
    std::map<EndpointId, Result<std::shared_ptr<const Target>>> targets;
    const auto targetOf = [&](const EndpointId& id) {
        const auto found = targets.find(id);
        if (found != targets.end()) return found->second;
        Result<std::shared_ptr<const Target>> made = fail(ErrorKind::NotFound);
        if (auto target = p_.endpoints.target(tx, id))
            made = std::make_shared<const Target>(*std::move(target));
        else
            made = target.error();
        return targets.emplace(id, made).first->second;
    };
    const TimePoint now = p_.clock.now();
    Batch batch;
    for (const auto& delivery : claimed) {
        const bool test = delivery.trigger == "test";
        const auto target = targetOf(delivery.endpointId);
        if (!target && target.error().kind == ErrorKind::NotFound) {
            batch.refused.emplace_back(&delivery, Next{"cancelled", false, std::nullopt, now});
            continue;
        }
        if (target && (*target)->endpoint.status != EndpointStatus::Active && !test) {
            batch.refused.emplace_back(&delivery, Next{"pending", false, {}, {}});  // held
            continue;
        }
        Result<events::Event> event = fail(ErrorKind::Internal);
        if (target) event = p_.events.find(tx, delivery.eventId);
        if (!event) {
            // The master key may be missing a version: an operator can mend that, so it is not
            // lost.
            p_.log.error("a delivery cannot be read")
                .with("delivery_id", delivery.id.text)
                .with("error", event.error().text());
            batch.refused.emplace_back(&delivery,
                                       Next{"pending", false, now + kUnreadableWait, {}});
            continue;
        }
        batch.outgoing.push_back(
            {{delivery, owner, *target, now}, requestOf(**target, *event, test, now)});
    }
    return batch;
}

/// Claimed, but nothing was sent.
void Dispatcher::refuse(const deliveries_repo::Claimed& delivery, const std::string& owner,
                        Next next) {
    lanes_.finished(delivery.endpointId, true);
    if (next.due) lanes_.due(delivery.endpointId, *next.due);
    unsettled_.push_back(
        {delivery.id, delivery.endpointId, owner, next, std::nullopt, std::nullopt});
}

void Dispatcher::send(const std::vector<deliveries_repo::Claimed>& claimed,
                      const std::string& owner) {
    Batch batch;
    try {
        batch = p_.store.read([&](store::ReadTx& tx) { return prepare(tx, claimed, owner); });
    } catch (const std::exception& error) {
        p_.log.error("due deliveries cannot be read").with("error", error.what());
        const Next later{"pending", false, p_.clock.now() + kUnreadableWait, {}};
        batch = {};
        for (const auto& delivery : claimed) batch.refused.emplace_back(&delivery, later);
    }
    for (const auto& [delivery, next] : batch.refused) refuse(*delivery, owner, next);
    for (auto& one : batch.outgoing) {
        p_.sender.start(std::move(one.request), [inbox = inbox_, sent = std::move(one.sent)](
                                                    http::Exchange exchange) mutable {
            inbox->finish({std::move(sent), std::move(exchange)});
        });
    }
}

Dispatcher::Settlement Dispatcher::settlementOf(Finished done) {
    const TimePoint now = p_.clock.now();
    const Sent& sent = done.sent;
    const auto& delivery = sent.delivery;
    const Endpoint& endpoint = sent.target->endpoint;
    const Outcome outcome = outcomeOf(done.exchange, now);
    lanes_.finished(delivery.endpointId, outcome.answered);  // first: what follows may throw
    Settlement settlement;
    settlement.delivery = delivery.id;
    settlement.endpoint = delivery.endpointId;
    settlement.owner = sent.owner;
    settlement.next =
        nextOf(outcome, delivery, endpoint.retry.value_or(config_.schedule), now, p_.random);
    if (settlement.next.due) lanes_.due(delivery.endpointId, *settlement.next.due);
    report(sent, outcome, settlement.next.status, done.exchange.info.took);
    if (!outcome.tried) return settlement;

    deliveries_repo::Attempt attempt;
    attempt.id = p_.ids.next();
    attempt.deliveryId = delivery.id;
    attempt.number = delivery.attempts + 1;
    attempt.trigger = delivery.trigger;
    attempt.startedAt = sent.startedAt;
    attempt.took = done.exchange.info.took;
    attempt.statusCode = outcome.statusCode;
    attempt.failure = outcome.failure;
    attempt.detail = outcome.detail;
    attempt.address = done.exchange.info.resolvedAddress;
    if (done.exchange.response && !done.exchange.response->body.empty()) {
        const auto kept = base::clipUtf8(done.exchange.response->body, kKeptResponseBytes);
        attempt.response = p_.sealer.seal({delivery.teamId, "events"},
                                          {"attempts", "response_sealed", attempt.id}, kept);
    }
    settlement.attempt = std::move(attempt);
    if (outcome.gone && delivery.trigger != "test")
        settlement.disabled = p_.endpoints.disabledDraft(endpoint, kGoneReason);
    return settlement;
}

void Dispatcher::report(const Sent& sent, const Outcome& outcome, std::string_view status,
                        Milliseconds took) {
    const auto seconds = [](Milliseconds time) {
        return std::chrono::duration<double>(time).count();
    };
    const std::string_view result = !outcome.tried        ? "untried"
                                    : status == "pending" ? "retry"
                                                          : status;
    p_.metrics.count("trusthub_webhook_attempts_total", {{"result", result}});
    p_.metrics.observeSeconds("trusthub_webhook_attempt_seconds", seconds(took));
    if (sent.delivery.attempts == 0)
        p_.metrics.observeSeconds("trusthub_webhook_first_attempt_delay_seconds",
                                  seconds(sent.startedAt - sent.delivery.createdAt));
    p_.log.info("delivery attempt")
        .with("event_id", sent.delivery.eventId.text)
        .with("endpoint_id", sent.delivery.endpointId.text)
        .with("delivery_id", sent.delivery.id.text)
        .with("attempt", sent.delivery.attempts + 1)
        .with("trigger", sent.delivery.trigger)
        .with("status", outcome.statusCode)
        .with("failure", outcome.failure)
        .with("result", result)
        .with("ms", static_cast<std::int64_t>(took.count()));
}

}  // namespace trusthub::outbound
