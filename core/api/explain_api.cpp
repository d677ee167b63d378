// Why a call with an API key is or would be allowed or refused, check by check.
#include "access/key_record.h"
#include "api/admission.h"
#include "api/handlers.h"
#include "api/places.h"
#include "http/egress_guard.h"

#include <algorithm>

namespace trusthub::api {
namespace {

using access::KeyRefusal;

struct Question {
    std::string method, path, ip;
    std::optional<TimePoint> at;
    json::Object body;
    bool bodyGiven = false;
};

Result<Question> questionOf(const Call& call) {
    auto body = call.json();
    if (!body) return body.error();
    json::ObjectReader reader(*body);
    Question question;
    question.method = reader.string("method", 1, 10);
    const bool upper =
        std::ranges::all_of(question.method, [](char c) { return c >= 'A' && c <= 'Z'; });
    if (!upper) reader.refuse("method", "in upper case: GET, POST …");
    question.path = reader.string("path", 1, 2'000);
    if (!question.path.empty() && !question.path.starts_with('/'))
        reader.refuse("path", "begins with /, without scheme and host");
    if (const auto ip = reader.optionalString("ip", 2, 45)) {
        const auto address = http::IpAddress::parse(*ip);
        if (!address) reader.refuse("ip", "an IPv4 or IPv6 address");
        question.ip = address ? address->text() : "";
    }
    if (const auto at = reader.optionalString("at", 20, 40)) {
        question.at = parseTime(*at);
        if (!question.at) reader.refuse("at", "an RFC 3339 time");
    }
    if (const auto* given = reader.optionalObject("body")) {
        question.body = *given;
        question.bodyGiven = true;
    }
    if (auto fits = reader.finish(); !fits) return fits.error();
    return question;
}

/// Gathers the checks in the order in which a request meets them; the first that fails gives the
/// status.
class Verdict {
public:
    void add(std::string_view name, bool ok, std::string detail, int status) {
        checks_.push_back(json::Object{{"check", name}, {"ok", ok}, {"detail", std::move(detail)}});
        if (!ok && status_ == 0) status_ = status;
    }
    void pass(std::string_view name, std::string detail) { add(name, true, std::move(detail), 0); }
    /// It may hold or not; `detail` says what to give.
    void leaveOpen(std::string_view name, std::string detail) {
        checks_.push_back(
            json::Object{{"check", name}, {"ok", nullptr}, {"detail", std::move(detail)}});
        open_ = true;
    }
    void refuse(std::string_view name, const Error& error) {
        add(name, false, std::string(error.text()), sdk::info(error.kind).httpStatus);
    }
    http::Response answer(int success) {
        json::Value allowed = status_ == 0;
        json::Value status = status_ == 0 ? success : status_;
        if (status_ == 0 && open_) allowed = status = nullptr;
        return jsonResponse(
            200, {{"allowed", allowed}, {"status", status}, {"checks", std::move(checks_)}});
    }

private:
    json::Array checks_;
    int status_ = 0;
    bool open_ = false;
};

/// The word of the check for the reason that would refuse.
std::string_view checkOf(KeyRefusal reason) {
    switch (reason) {
        case KeyRefusal::Revoked:
            return "revoked";
        case KeyRefusal::Canary:
            return "canary";
        case KeyRefusal::Expired:
            return "expired";
        case KeyRefusal::IssuingKeyEnded:
            return "ancestor";
        case KeyRefusal::IssuerDisabled:
            return "issuer";
        case KeyRefusal::AddressNotAllowed:
            return "address";
        default:
            return "checksum";
    }
}

bool fromEverywhere(const access::KeyRecord& record) {
    return record.view.allowedIps.empty() && record.ancestorsAllowedIps.empty();
}

std::string sentence(KeyRefusal reason, bool ok, const access::ApiKey& key,
                     const access::KeyRecord& record) {
    switch (reason) {
        case KeyRefusal::Revoked:
            if (key.revokedAt) return "It was revoked at " + formatTime(*key.revokedAt) + ".";
            return "It was not revoked.";
        case KeyRefusal::Canary:
            return "It is a decoy: it grants nothing, and its use is an alarm.";
        case KeyRefusal::Expired:
            if (!key.view.expiresAt) return "It never expires.";
            return (ok ? "It expires at " : "It expired at ") + formatTime(*key.view.expiresAt) +
                   ".";
        case KeyRefusal::IssuingKeyEnded:
            if (key.issuedByKey.empty()) return "No key stands above it.";
            return ok ? "The key that issued it is in force."
                      : "A key that it descends from was revoked or has expired.";
        case KeyRefusal::IssuerDisabled:
            return ok ? "Its issuer is active."
                      : "Its issuer, or that of a key before it, was disabled or is gone.";
        case KeyRefusal::AddressNotAllowed:
            if (fromEverywhere(record)) return "It works from every address.";
            return ok ? "The address is in a network that is allowed."
                      : "The address is in no network that is allowed.";
        default:
            return {};
    }
}

/// What the verifier judges.
void explainStanding(Verdict& verdict, const access::KeyRecord& record, const access::ApiKey& key,
                     const Question& question, TimePoint at) {
    verdict.pass("checksum", key.imported
                                 ? "It was made elsewhere: its prefix is known, its text has no "
                                   "checksum."
                                 : "The key as it was issued has a checksum that holds; one that "
                                   "was mistyped or cut is 401.");
    for (const KeyRefusal reason : access::kKeyChecks) {
        if (reason == KeyRefusal::AddressNotAllowed && question.ip.empty() &&
            !fromEverywhere(record)) {
            verdict.leaveOpen(checkOf(reason),
                              "It works from some networks only: give `ip`, the address of who"
                              " calls, to learn whether this call comes from one; else it is 401.");
            continue;
        }
        const bool ok = !access::refuses(reason, record, at, question.ip);
        if (reason == KeyRefusal::Canary && ok) continue;
        verdict.add(checkOf(reason), ok, sentence(reason, ok, key, record), 401);
    }
}

void explainRate(Verdict& verdict, const access::LimitState& state) {
    const auto& row = state.tightest();
    const std::string policy(text(row.policy));
    if (state.allowed)
        verdict.pass("rate_limit", std::to_string(row.rate.remaining) +
                                       " more pass right now; the tightest policy is " + policy +
                                       ".");
    else
        verdict.add("rate_limit", false,
                    "The policy " + policy + " lets the next one through in " +
                        std::to_string(state.retryAfter().count()) + " ms.",
                    429);
}

void explainPermission(Verdict& verdict, const access::Principal& principal,
                       std::optional<access::Permission> permission) {
    if (!permission) return verdict.pass("permission", "The path asks for no permission.");
    const std::string name(access::text(*permission));
    const auto& key = *principal.key();
    if (principal.names(*permission))
        return verdict.pass("permission", "The key has " + name + ".");
    const bool listed = key.permissions.test(access::bit(*permission));
    verdict.add("permission", false,
                listed ? "A key of type " + std::string(access::text(key.type)) + " cannot use " +
                             name + "."
                       : "The key's permissions do not name " + name + ".",
                403);
}

/// A list of things of teams.
void explainList(Verdict& verdict, const access::Principal& principal,
                 std::optional<access::Permission> permission) {
    const auto teams = permission ? principal.teams(*permission) : std::nullopt;
    const bool any = !teams || !teams->empty();
    verdict.add("scope", any,
                any ? "The list holds what the key's scope covers."
                    : std::string(principal.listDenial(*permission).text()),
                403);
}

/// A delivery that a `webhook` key proves; whose it is, its body and its signature tell.
void explainDelivery(Verdict& verdict, const access::Principal& principal,
                     const std::optional<connectors::Connection>& connection) {
    const access::KeyView& key = *principal.key();
    const bool open = connection && connection->status == connectors::ConnectionStatus::Active;
    const bool covers = open && (key.scope == access::Scope::Org || connection->teamId.empty() ||
                                 connection->teamId == key.teamId);
    // Which connections other teams have is told to nobody.
    verdict.add("scope", covers,
                covers ? "The connection may deliver where the key's scope reaches."
                       : "There is no such connection within the key's scope, or it is paused.",
                401);
    const bool has =
        principal.personMay(access::Permission::WebhooksReceive, {key.teamId, key.projectId});
    verdict.add("issuer_rights", has,
                has ? "Its issuer has webhooks:receive there."
                    : "Its issuer does not have webhooks:receive there, so the key has not either.",
                401);
}

/// `thing`: the path names one.
void explainReach(Verdict& verdict, const access::Principal& principal, const NamedPlace& named,
                  std::optional<access::Permission> permission, bool thing) {
    using Kind = NamedPlace::Kind;
    const std::string scope(access::text(principal.key()->scope));
    const bool sees = named.kind == Kind::Known && named.permission &&
                      principal.may(*named.permission, named.place());
    const int status =
        permission ? sdk::info(principal.denial(*permission, thing && !sees).kind).httpStatus : 403;
    if (named.kind == Kind::None)
        verdict.pass("scope", "The path names no single thing: the key gets what its scope, " +
                                  scope + ", covers.");
    else if (named.kind == Kind::List)
        explainList(verdict, principal, permission);
    else if (named.kind == Kind::Unknown)
        verdict.add("scope", false,
                    status == 404
                        ? "The path names nothing that you can see; for a key of scope org what is "
                          "not there is 404."
                        : "The path names nothing that you can see; a key gets 403 for what is not "
                          "there as for what is outside its scope.",
                    status);
    else if (principal.reaches(named.place()))
        verdict.pass("scope", "It lies within the key's scope, " + scope + ".");
    else
        verdict.add("scope", false, "It lies outside the key's scope, " + scope + ".", 403);

    if (!permission) return verdict.pass("issuer_rights", "The path asks for no right.");
    const bool has = named.kind == Kind::Known ? principal.personMay(*permission, named.place())
                                               : principal.personHolds(*permission);
    const std::string name(access::text(*permission));
    verdict.add("issuer_rights", has,
                has ? "Its issuer has " + name + " there."
                    : "Its issuer does not have " + name + " there, so the key has not either.",
                status);
}

}  // namespace

Outcome explainApiKey(Call& call) {
    const ApiKeyId id(call.param("id"));
    const auto key =
        call.hub.store.read([&](store::ReadTx& tx) { return access::ApiKeys::find(tx, id); });
    if (!key || !access::ApiKeys::maySee(call.who(), *key))
        return call.who().denial(access::Permission::KeysRead, true);
    const auto question = questionOf(call);
    if (!question) return question.error();
    const std::size_t mark = question->path.find('?');
    const auto query = mark == std::string::npos
                           ? Result<decltype(call.query)>(decltype(call.query){})
                           : http::parseQuery(std::string_view(question->path).substr(mark + 1));
    if (!query) return invalid("/path", "its query cannot be read");

    Verdict verdict;
    const auto found = routeIndex().find(question->method, question->path.substr(0, mark));
    const auto* match = std::get_if<http::RouteMatch>(&found);
    const Route* route = match ? &routes()[match->index] : nullptr;
    if (const auto* other = std::get_if<http::OtherMethods>(&found))
        verdict.add("route", false, "The path takes " + other->allow + ".", 405);
    else if (!route)
        verdict.add("route", false, "There is no such path; see /openapi.json.", 404);
    else
        verdict.pass("route", std::string(route->summary) + ".");
    // The one public route that looks at a key, where the sender cannot sign.
    const bool delivery = route && route->pattern == "/v1/webhooks/{id}";
    const bool keyed = delivery && key->view.type == access::KeyType::Webhook;
    if (delivery && !keyed)
        verdict.add("type", false,
                    "Only a key of type webhook counts here; without one the delivery's signature "
                    "must hold.",
                    401);
    if (route && route->who == Who::Public && !keyed) return verdict.answer(route->success);
    const std::string named = match && !match->params.empty() ? match->params.front().second : "";

    return call.hub.store.read([&](store::ReadTx& tx) -> Outcome {
        const TimePoint at = question->at.value_or(call.hub.clock.now());
        auto read = access::readRecord(tx, key->view.prefix,
                                       [&](store::ReadTx& inner, const UserId& owner) {
                                           return access::findOwner(inner, owner, at);
                                       });
        if (!read) return call.who().denial(access::Permission::KeysRead, true);
        access::KeyRecord& record = *read;
        if (question->at && record.revokedAt && *record.revokedAt > at) record.revokedAt.reset();
        explainStanding(verdict, record, *key, *question, at);
        const bool webhook = record.view.type == access::KeyType::Webhook;
        const auto principal = access::principalOf(
            std::make_shared<const access::KeyRecord>(record), at, Actor(call.actor()));
        if (keyed) {
            verdict.pass("type", "A key of type webhook may deliver where its scope reaches.");
            explainDelivery(verdict, principal,
                            connectors::Connections::find(tx, ConnectionId(named)));
            return verdict.answer(route->success);
        }
        if (webhook)
            verdict.add("type", false,
                        "Keys of type webhook authenticate inbound webhooks and nothing else.",
                        401);
        explainRate(verdict, call.hub.limits.peek(record.view));
        if (!route) return verdict.answer(200);
        if (const auto refused = refusedByType(*route, principal); refused && !webhook)
            verdict.refuse("type", *refused);
        else if (!webhook)
            verdict.pass("type", "Keys of type " + std::string(access::text(record.view.type)) +
                                     " are taken here.");
        const NamedPlace place =
            placeOf({call, principal, *route, named, question->body, question->bodyGiven}, tx);
        const auto permission = route->permission ? route->permission : place.permission;
        explainPermission(verdict, principal, permission);
        explainReach(verdict, principal, place, permission, !named.empty());
        if (place.refused) verdict.refuse("thing", *place.refused);
        return verdict.answer(route->success);
    });
}

}  // namespace trusthub::api
