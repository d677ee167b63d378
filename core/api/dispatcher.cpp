#include "api/dispatcher.h"

#include "access/client_address.h"
#include "base/text.h"
#include "crypto/hash.h"

namespace trusthub::api {
namespace {

constexpr std::size_t kMaxIdempotencyKey = 200;

/// Text from outside, as the audit log and the log may hold it.
std::string cleanText(std::string_view text, std::size_t maxBytes) {
    return base::isUtf8(text) ? std::string(base::clipUtf8(text, maxBytes))
                              : std::string("(not UTF-8)");
}

bool permitted(const access::Principal& principal, const Route& route) {
    if (route.who == Who::PersonOrAdmin && principal.key() &&
        principal.key()->type != access::KeyType::Admin)
        return false;
    // A person without the right in any team still gets a list (an empty one) or a 404 of the
    // handler.
    return !route.permission || !principal.key() || principal.holds(*route.permission);
}

}  // namespace

Dispatcher::Dispatcher(const Services& services) : hub_(services) {
    for (const Route& route : routes()) router_.add(route.method, route.pattern);
}

http::Verdict Dispatcher::onHead(const http::RequestHead& head) {
    const auto found = router_.find(head.method, head.path);
    if (const auto* other = std::get_if<http::OtherMethods>(&found)) {
        if (head.method == "OPTIONS") {
            auto response = http::Response::empty(204);
            response.headers.add("Allow", other->allow);
            return response;
        }
        auto response = http::problem(fail(ErrorKind::MethodNotAllowed), head.requestId);
        response.headers.add("Allow", other->allow);
        return response;
    }
    if (std::holds_alternative<http::NoRoute>(found))
        return http::problem(fail(ErrorKind::NotFound, "There is no such path; see /openapi.json."),
                             head.requestId);
    const Route& route = routes()[std::get<http::RouteMatch>(found).index];
    http::Admit admit;
    admit.maxBody = route.maxBody;
    if (route.who == Who::Public) admit.bodyClass = http::BodyClass::Stranger;
    return admit;
}

Result<void> Dispatcher::admit(Call& call, const Route& route) const {
    auto query = http::parseQuery(call.request.query);
    if (!query) return query.error();
    call.query = *std::move(query);
    if (route.who == Who::Public) return {};

    auto principal = hub_.authenticator.authenticate(call.request, call.actor);
    if (!principal) return principal.error();
    if (route.who == Who::Person && principal->key()) return fail(ErrorKind::Unauthenticated);
    call.actor = principal->actor();
    call.principal = *std::move(principal);
    if (!permitted(*call.principal, route)) {
        if (route.permission) return call.principal->denial(*route.permission, false);
        return fail(ErrorKind::Forbidden, "Only people and keys of type admin may do that.",
                    "insufficient_scope");
    }
    if (const auto* session = call.principal->session();
        session && hub_.sessions.needsTouch(*session))
        hub_.store.write<void>(hub_.sessions.touch(session->id), [](Result<void>) {});

    if (route.method == "POST") {
        if (const auto key = call.request.headers.find("Idempotency-Key")) {
            if (key->empty() || key->size() > kMaxIdempotencyKey)
                return fail(ErrorKind::BadRequest, "Idempotency-Key holds 1 to 200 characters.");
            call.idempotency =
                Idempotency{call.actor.id + " " + call.request.method + " " + call.request.path,
                            std::string(*key), base::toHex(crypto::sha256(call.request.body)),
                            route.secretMembers, hub_.clock.now()};
        }
    }
    return {};
}

void Dispatcher::answer(const std::shared_ptr<Call>& call, Outcome outcome,
                        http::Responder responder) const {
    if (auto* response = std::get_if<http::Response>(&outcome))
        return responder.send(std::move(*response));
    if (const auto* error = std::get_if<Error>(&outcome))
        return responder.send(http::problem(*error, call->request.requestId));
    auto& deferred = std::get<Deferred>(outcome);
    deferred.start([call, responder = std::move(responder)](
                       base::MoveFunction<Result<http::Response>()> make) mutable {
        responder.sendFrom([call, make = std::move(make)]() mutable {
            auto result = make();
            return result ? *std::move(result)
                          : http::problem(result.error(), call->request.requestId);
        });
    });
}

void Dispatcher::onRequest(http::Request request, http::Responder responder) {
    const auto found = router_.find(request.method, request.path);
    const auto* match = std::get_if<http::RouteMatch>(&found);
    if (!match) return responder.send(http::problem(fail(ErrorKind::NotFound), request.requestId));
    const Route& route = routes()[match->index];
    Actor actor;
    actor.ip = access::clientAddress(request, hub_.trustedProxies);
    actor.userAgent = cleanText(request.headers.get("User-Agent"), 256);
    actor.requestId = request.requestId;
    auto call = std::shared_ptr<Call>(
        new Call{hub_, std::move(request), match->params, {}, std::move(actor), {}, {}});

    // Held apart, so that whoever is first to know the answer can give it: handler, fence or full
    // pool.
    auto held = std::make_shared<http::Responder>(std::move(responder));
    auto run = [this, call, &route, held] {
        try {
            if (auto admitted = admit(*call, route); !admitted)
                return answer(call, admitted.error(), std::move(*held));
            auto outcome = route.handler(*call);
            answer(call, std::move(outcome), std::move(*held));
        } catch (const std::exception& exception) {
            hub_.log.error("a handler threw")
                .with("request_id", call->request.requestId)
                .with("error", exception.what());
            held->send(http::problem(store::errorOf(exception), call->request.requestId));
        }
    };
    if (route.run == Run::Inline) return run();
    if (!hub_.pool.trySubmit(run)) {
        Error error = fail(ErrorKind::Overloaded);
        error.retryAfter = Milliseconds{1'000};
        held->send(http::problem(error, call->request.requestId));
    }
}

void Dispatcher::watchUrl(const http::RequestHead& head) noexcept try {
    for (const auto* part : {&head.path, &head.query})
        if (hub_.leaks.suspects(*part))
            hub_.leaks.watch(*part,
                             {access::LeakPlace::RequestUrl, head.peer, head.requestId, {}, {}});
} catch (const std::exception& exception) {
    hub_.log.error("a URL could not be looked through").with("error", exception.what());
}

void Dispatcher::onDone(const http::RequestHead& head, int status, Milliseconds took) noexcept {
    const auto found = router_.find(head.method, head.path);
    const auto* match = std::get_if<http::RouteMatch>(&found);
    const std::size_t row = match ? match->index + 1 : 0;
    hub_.requestStats.record(row, status, took);
    watchUrl(head);
    // Probes come every few seconds from everywhere: they are logged where somebody asked for it.
    const bool probe = match && routes()[match->index].quiet;
    const auto level = probe && status < 400 ? base::LogLevel::Debug : base::LogLevel::Info;
    if (!hub_.log.enabled(level)) return;
    hub_.log.line(level, "request")
        .with("request_id", head.requestId)
        .with("method", head.method)
        .with("route", match ? routes()[match->index].pattern : std::string_view("(none)"))
        .with("status", status)
        .with("ms", static_cast<std::int64_t>(took.count()))
        .with("peer", head.peer);
}

}  // namespace trusthub::api
