#include "api/dispatcher.h"

#include "access/api_key_format.h"
#include "access/client_address.h"
#include "api/admission.h"
#include "api/error_codes.h"
#include "api/operations.h"
#include "api/rate_headers.h"
#include "base/text.h"

namespace trusthub::api {
namespace {

constexpr std::size_t kMaxIdempotencyKey = 200;

/// Text from outside, as the audit log and the log may hold it.
std::string cleanText(std::string_view text, std::size_t maxBytes) {
    return base::isUtf8(text) ? std::string(base::clipUtf8(text, maxBytes))
                              : std::string("(not UTF-8)");
}

/// The credential in the Authorization header, without its scheme.
std::string_view bearerOf(const http::RequestHead& head) {
    const std::string_view field = head.headers.get("Authorization");
    const std::size_t space = field.find(' ');
    return space == std::string_view::npos ? std::string_view() : base::trim(field.substr(space));
}

bool presentsCredential(const http::RequestHead& head) {
    return head.headers.find("Authorization") ||
           !access::cookieValue(head, access::kSessionCookie).empty();
}

KeyOutcome outcomeOf(int status) {
    if (status == 429) return KeyOutcome::RateLimited;
    if (status == 401) return KeyOutcome::NotForKeys;
    return status == 403 ? KeyOutcome::Forbidden : KeyOutcome::Passed;
}

/// Bodies up to this size cost so little that nobody need show a credential before they are read.
constexpr std::size_t kSmallBody = 16 * 1024;

bool large(const http::RequestHead& head) {
    const auto length = base::parseInteger(head.headers.get("Content-Length"));
    return head.headers.find("Transfer-Encoding") || (length && *length > std::int64_t{kSmallBody});
}

}  // namespace

Dispatcher::Dispatcher(const Services& services) : hub_(services), router_(routeIndex()) {
    for (const Route& route : routes())
        routeNames_.push_back(std::string(route.method) + " " + std::string(route.pattern));
}

bool Dispatcher::known(const http::RequestHead& head) const {
    return hub_.authenticator.authenticate(head, stranger(head)).has_value();
}

Actor Dispatcher::stranger(const http::RequestHead& head) const {
    Actor actor;
    actor.ip = access::clientAddress(head, hub_.trustedProxies);
    actor.userAgent = cleanText(head.headers.get("User-Agent"), 256);
    actor.requestId = head.requestId;
    return actor;
}

http::Verdict Dispatcher::onHead(const http::RequestHead& head) {
    watchUrl(head);
    auto found = router_.find(head.method, head.path);
    if (const auto* other = std::get_if<http::OtherMethods>(&found)) {
        if (head.method == "OPTIONS") {
            auto response = http::Response::empty(204);
            response.headers.add("Allow", other->allow);
            return response;
        }
        auto response = problem(fail(ErrorKind::MethodNotAllowed), head.requestId);
        response.headers.add("Allow", other->allow);
        return response;
    }
    if (std::holds_alternative<http::NoRoute>(found))
        return problem(fail(ErrorKind::NotFound, "There is no such path; see /openapi.json."),
                       head.requestId);
    http::Admit admit;
    admit.route = std::get<http::RouteMatch>(std::move(found));
    const Route& route = routes()[admit.route.index];
    admit.maxBody = route.maxBody;
    if (route.who == Who::Public || (large(head) && !known(head)))
        admit.bodyClass = http::BodyClass::Stranger;
    return admit;
}

Result<void> Dispatcher::admit(Call& call, const Route& route) const {
    auto query = http::parseQuery(call.request.query);
    if (!query) return query.error();
    call.query = *std::move(query);
    if (route.throttle == Throttle::SignIn) {
        const auto state = hub_.limits.tried(access::LimitPolicy::SignIn, call.actor().ip);
        if (!state.allowed) {
            call.limits = state;
            return rateLimited(state);
        }
    }
    if (route.who == Who::Public) return {};

    auto principal = hub_.authenticator.authenticate(call.request, std::move(call.stranger));
    if (!principal) {
        call.stranger = stranger(call.request);
        return principal.error();
    }
    call.principal = *std::move(principal);
    if (const auto* key = call.principal->key()) {
        call.limits = hub_.limits.take(*key);
        if (!call.limits->allowed) return rateLimited(*call.limits);
    }
    if (auto refused = refusedByType(route, *call.principal)) return *std::move(refused);
    if (auto refused = refusedByPermission(route, *call.principal)) return *std::move(refused);
    if (const auto* session = call.principal->session();
        session && hub_.sessions.needsTouch(*session))
        hub_.store.write<void>(
            hub_.sessions.touch(session->id), [](Result<void>) {},
            // Who could take rights away on a full disk must stay signed in.
            store::Urgency::Essential);

    // What is shown to prove who calls is proved again each time.
    if (route.method == "POST" && !route.pattern.starts_with("/v1/session")) {
        if (const auto key = call.request.headers.find("Idempotency-Key")) {
            if (key->empty() || key->size() > kMaxIdempotencyKey)
                return fail(ErrorKind::BadRequest, "Idempotency-Key holds 1 to 200 characters.");
            call.idempotency =
                Idempotency{call.actor().id + " " + call.request.method + " " + call.request.path,
                            std::string(*key),
                            // Bodies hold passwords: what is kept of them must not be guessable.
                            hub_.secrets.fingerprint("idempotency", call.request.body),
                            route.secretMembers, hub_.clock.now()};
        }
    }
    if (auto known = onlyKnownQuery(call, route); !known) return known.error();
    return readPreconditions(call, route);
}

void Dispatcher::answer(const std::shared_ptr<Call>& call, Outcome outcome) const {
    if (auto* response = std::get_if<http::Response>(&outcome))
        return call->responder.send(finished(*call, std::move(*response)));
    if (const auto* error = std::get_if<Error>(&outcome))
        return call->responder.send(finished(*call, problem(*error, call->request.requestId)));
    auto& deferred = std::get<Deferred>(outcome);
    deferred.start([this, call, responder = std::move(call->responder)](
                       base::MoveFunction<Result<http::Response>()> make) mutable {
        responder.sendFrom([this, call, make = std::move(make)]() mutable {
            auto result = make();
            return finished(*call, result ? *std::move(result)
                                          : problem(result.error(), call->request.requestId));
        });
    });
}

http::Response Dispatcher::finished(Call& call, http::Response response) const {
    if (!call.principal) throttleFailure(call, response);
    const TimePoint now = hub_.clock.now();
    if (call.limits) {
        addRateHeaders(response, *call.limits, now);
        if (!call.limits->allowed) addViolatedPolicies(response, *call.limits);
    }
    if (const auto* key = call.principal ? call.principal->key() : nullptr) {
        hub_.requestStats.recordKey(outcomeOf(response.status));
        const auto row = static_cast<std::size_t>(call.route - routes().data());
        hub_.keyUsage.record({key->id, routeNames_[row], call.actor().ip, call.actor().userAgent,
                              response.status, now});
    }
    return response;
}

void Dispatcher::throttleFailure(Call& call, http::Response& response) const {
    const bool webhook = call.route->throttle == Throttle::Webhooks;
    if (call.route->throttle == Throttle::SignIn || response.status < 400 || response.status >= 500)
        return;
    if (!webhook && (response.status != 401 || !presentsCredential(call.request))) return;
    const std::string_view token = bearerOf(call.request);
    const auto shape = access::keyShape(token, hub_.keys.brand());
    const auto prefix = shape ? shape->prefix : std::string_view();
    const auto state = webhook ? hub_.limits.tried(access::LimitPolicy::Webhooks, call.actor().ip)
                               : hub_.limits.failed(call.actor().ip, prefix);
    if (!webhook && token.starts_with(hub_.keys.brand() + "_"))
        hub_.requestStats.recordKey(state.allowed ? KeyOutcome::Refused
                                                  : KeyOutcome::FailureLimited);
    if (state.allowed) return;
    call.limits = state;
    response = problem(rateLimited(state), call.request.requestId);
}

void Dispatcher::onRequest(http::Request request, http::Responder responder) {
    const Route& route = routes()[request.route.index];
    auto call = std::make_shared<Call>(hub_, std::move(request), std::move(responder));
    call->route = &route;
    call->stranger = stranger(call->request);

    auto run = [this, call, &route] {
        try {
            if (auto admitted = admit(*call, route); !admitted)
                return answer(call, admitted.error());
            answer(call, route.handler(*call));
        } catch (const std::exception& exception) {
            hub_.log.error("a handler threw")
                .with("request_id", call->request.requestId)
                .with("error", exception.what());
            call->responder.send(
                finished(*call, problem(store::errorOf(exception), call->request.requestId)));
        }
    };
    if (route.run == Run::Inline) return run();
    if (!hub_.pool.trySubmit(run)) {
        Error error = fail(ErrorKind::Overloaded);
        error.retryAfter = Milliseconds{1'000};
        call->responder.send(finished(*call, problem(error, call->request.requestId)));
    }
}

std::string_view Dispatcher::titleOf(std::string_view code) const {
    return api::titleOf(code);
}

void Dispatcher::watchUrl(const http::RequestHead& head) noexcept try {
    for (const auto* part : {&head.path, &head.query})
        if (hub_.leaks.suspects(*part))
            hub_.leaks.watch(*part, {.place = access::LeakPlace::RequestUrl,
                                     .address = access::clientAddress(head, hub_.trustedProxies),
                                     .requestId = head.requestId});
} catch (const std::exception& exception) {
    hub_.log.error("a URL could not be looked through").with("error", exception.what());
}

void Dispatcher::onDone(const http::RequestHead& head, std::optional<std::size_t> row, int status,
                        Milliseconds took) noexcept {
    const Route* const route = row ? &routes()[*row] : nullptr;
    hub_.requestStats.record(row ? *row + 1 : 0, status, took);
    // Probes come every few seconds from everywhere: they are logged where somebody asked for it.
    const bool probe = route && route->quiet;
    const auto level = probe && status < 400 ? base::LogLevel::Debug : base::LogLevel::Info;
    if (!hub_.log.enabled(level)) return;
    hub_.log.line(level, "request")
        .with("request_id", head.requestId)
        .with("method", head.method)
        .with("route", route ? route->pattern : std::string_view("(none)"))
        .with("status", status)
        .with("ms", static_cast<std::int64_t>(took.count()))
        .with("peer", head.peer);
}

}  // namespace trusthub::api
