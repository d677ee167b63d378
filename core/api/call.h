// Call: one request on its way through a handler, and what a handler may answer.
#pragma once

#include "access/confirm.h"
#include "access/limits.h"
#include "access/principal.h"
#include "api/idempotency.h"
#include "api/preconditions.h"
#include "api/resources.h"
#include "api/services.h"
#include "base/move_function.h"
#include "http/server.h"
#include "json/json.h"

#include <map>
#include <memory>
#include <string>
#include <type_traits>
#include <variant>

namespace trusthub::api {

/// Gives the answer later. `make` runs on a server worker, off the thread that finishes.
using Finish = base::MoveFunction<void(base::MoveFunction<Result<http::Response>()>)>;
struct Deferred {
    base::MoveFunction<void(Finish)> start;
};
using Outcome = std::variant<http::Response, Error, Deferred>;

/// Shared by the steps of one request; never by two threads at once.
struct Route;

struct Call {
    const Services& hub;
    http::Request request;
    /// Whoever is first to know the answer gives it: handler, fence or full pool.
    http::Responder responder;
    std::map<std::string, std::string, std::less<>> query = {};
    Actor stranger = {};  ///< who calls as far as the head tells; until there is a principal
    std::optional<access::Principal> principal = {};
    std::optional<Idempotency> idempotency = {};
    const Resource* resource = nullptr;  ///< what the route reads or changes, if that has an ETag
    Preconditions preconditions = {};
    const Route* route = nullptr;
    /// How the request stands with the limits that concern it; null where none do.
    std::optional<access::LimitState> limits = {};

    /// Only in handlers of routes that want a credential.
    const access::Principal& who() const { return *principal; }
    const Actor& actor() const { return principal ? principal->actor() : stranger; }
    std::string param(std::string_view name) const;
    /// The body as JSON; UnsupportedMediaType or BadRequest.
    Result<json::Value> json() const;
    /// InvalidInput for query members that are not among `known`.
    Result<void> onlyQuery(const std::vector<std::string_view>& known) const;
    std::string queryValue(std::string_view name) const;
};

http::Response jsonResponse(int status, const json::Object& body);

/// The unit with what it must find unchanged, and the tag that it leaves behind in `tagAfterwards`.
template <class T>
store::Unit<T> guarded(const Call& call, store::Unit<T> unit,
                       const std::shared_ptr<std::string>& tagAfterwards) {
    // The call outlives its unit: whoever waits for the answer holds it.
    return
        [&call, tagAfterwards, inner = std::move(unit)](store::WriteTx& tx) mutable -> Result<T> {
            if (!call.preconditions.none())
                if (auto holds = confirmPreconditions(call, tx); !holds) return holds.error();
            auto result = inner(tx);
            if (result && tagAfterwards) *tagAfterwards = tagAfter(call, tx);
            return result;
        };
}

/// Submits the unit; answers what `render` makes of its result once it is durable. With an
/// Idempotency-Key the answer is stored in the same unit, and a repetition gets the stored one.
template <class T, class Render>
Outcome commit(Call& call, store::Unit<T> unit, Render render,
               store::Urgency urgency = store::Urgency::Normal) {
    // A PATCH answers what a GET would answer now.
    const auto tag =
        call.request.method == "PATCH" && call.resource ? std::make_shared<std::string>() : nullptr;
    auto respond = [render = std::move(render), tag](Result<T> result) -> Result<http::Response> {
        if (!result) return std::move(result).error();
        http::Response response;
        if constexpr (std::is_void_v<T>)
            response = render();
        else
            response = render(*std::move(result));
        if (tag && !tag->empty()) response.headers.set("ETag", *tag);
        return response;
    };
    if (call.resource && (tag || !call.preconditions.none()))
        unit = guarded<T>(call, std::move(unit), tag);
    auto& store = call.hub.store;
    if (call.principal) {
        // What was checked when the request came in may have changed before its unit runs.
        unit = [who = *call.principal, &clock = call.hub.clock,
                inner = std::move(unit)](store::WriteTx& tx) mutable -> Result<T> {
            if (auto stands = access::confirm(tx, who, clock.now()); !stands) return stands.error();
            return inner(tx);
        };
    }
    if (call.idempotency) {
        store::Unit<http::Response> keyed =
            [idempotency = *call.idempotency, unit = std::move(unit),
             respond](store::WriteTx& tx) mutable -> Result<http::Response> {
            auto earlier = idempotency.find(tx);
            if (!earlier) return earlier.error();
            if (*earlier) return **std::move(earlier);
            auto response = respond(unit(tx));
            if (response) idempotency.save(tx, *response);
            return response;
        };
        return Deferred{[&store, urgency, keyed = std::move(keyed)](Finish finish) mutable {
            store.write<http::Response>(
                std::move(keyed),
                [finish = std::move(finish)](Result<http::Response> result) mutable {
                    finish([result = std::move(result)]() mutable { return std::move(result); });
                },
                urgency);
        }};
    }
    return Deferred{[&store, urgency, unit = std::move(unit), respond](Finish finish) mutable {
        store.write<T>(
            std::move(unit),
            [respond, finish = std::move(finish)](Result<T> result) mutable {
                finish([respond, result = std::move(result)]() mutable {
                    return respond(std::move(result));
                });
            },
            urgency);
    }};
}

}  // namespace trusthub::api
