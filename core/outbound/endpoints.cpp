#include "outbound/endpoints.h"

#include "outbound/endpoint_rules.h"
#include "people/teams.h"

#include <boost/json.hpp>

namespace trusthub::outbound {
namespace {

constexpr std::int64_t kMostPerTeam = 500;
constexpr std::size_t kMostSecrets = 5;

store::SealPlace headersPlace(const EndpointId& id) {
    return {"endpoints", "headers_sealed", id.text};
}
store::SealPlace secretPlace(std::string_view id) {
    return {"endpoint_secrets", "secret_sealed", id};
}

template <class T>
store::Unit<T> refused(Error error) {
    return [error = std::move(error)](store::WriteTx&) -> Result<T> { return error; };
}

Error changedMeanwhile() {
    return fail(ErrorKind::Conflict, "The endpoint changed meanwhile; read it again first.");
}

std::vector<std::string> namesOf(const CustomHeaders& headers) {
    std::vector<std::string> names;
    for (const auto& [name, value] : headers) names.push_back(name);
    return names;
}

}  // namespace

/// One change of an endpoint: what is written, with its audit row and its event.
struct Endpoints::Edit {
    const Actor& actor;
    std::string_view action;
    const Endpoint& before;
    const Endpoint& after;
    const events::Draft& draft;
    json::Object details;
};

Result<void> Endpoints::apply(store::WriteTx& tx, const Edit& edit) {
    if (!endpoints_repo::save(tx, edit.after, edit.before.updatedAt)) {
        const auto row = endpoints_repo::find(tx, edit.before.id);
        if (!row || row->endpoint.deletedAt) return fail(ErrorKind::NotFound);
        return changedMeanwhile();
    }
    p_.fanout.changed(tx, edit.before.teamId);
    p_.audit.append(tx, edit.actor,
                    {std::string(edit.action), "endpoints", edit.before.id.text, edit.before.teamId,
                     edit.details});
    p_.events.emit(tx, edit.actor, edit.draft);
    return {};
}

events::Draft Endpoints::draft(std::string_view type, const Endpoint& endpoint,
                               std::string_view status, std::string_view reason) {
    return p_.events.draft(type, endpoint.teamId, eventData(endpoint, status, reason));
}

/// Later than any version before it, also when two changes fall into one millisecond.
TimePoint Endpoints::versionAfter(const Endpoint& seen) const {
    return std::max(p_.clock.now(), seen.updatedAt + Milliseconds{1});
}

store::Sealed Endpoints::sealHeaders(const Endpoint& endpoint, const CustomHeaders& headers) {
    json::Object object;
    for (const auto& [name, value] : headers) object[name] = value;
    return p_.sealer.seal({endpoint.teamId, "secrets"}, headersPlace(endpoint.id),
                          json::serialize(object));
}

store::Unit<Endpoints::Shown> Endpoints::create(const Actor& actor, New wanted) {
    Endpoint endpoint;
    endpoint.id = p_.ids.next<EndpointId>();
    endpoint.teamId = std::move(wanted.teamId);
    endpoint.url = std::move(wanted.url);
    endpoint.description = std::move(wanted.description);
    endpoint.eventTypes = std::move(wanted.eventTypes);
    endpoint.payload = wanted.payload;
    endpoint.headerNames = namesOf(wanted.headers);
    endpoint.retry = std::move(wanted.retry);
    endpoint.timeout = wanted.timeout;
    endpoint.createdAt = endpoint.updatedAt = p_.clock.now();
    if (auto fits = checkEndpoint(endpoint, p_.events.catalogue(), *p_.guard()); !fits)
        return refused<Shown>(fits.error());
    if (auto fits = checkHeaders(wanted.headers); !fits) return refused<Shown>(fits.error());
    const SecretString secret = wanted.secret ? *std::move(wanted.secret) : makeSecret(p_.random);
    if (auto fits = checkSecret(secret); !fits) return refused<Shown>(fits.error());

    std::optional<store::Sealed> headers;
    if (!wanted.headers.empty()) headers = sealHeaders(endpoint, wanted.headers);
    const std::string secretId = p_.ids.next();
    auto sealed =
        p_.sealer.seal({endpoint.teamId, "secrets"}, secretPlace(secretId), secret.reveal());
    auto created = draft("endpoint.created", endpoint, "active");
    return [this, actor, endpoint, secret, headers, secretId, sealed = std::move(sealed),
            created = std::move(created)](store::WriteTx& tx) -> Result<Shown> {
        if (!endpoint.teamId.empty() && !people::Teams::exists(tx, endpoint.teamId))
            return invalid("/team_id", "no such team");
        if (endpoints_repo::count(tx, std::vector{endpoint.teamId}) >= kMostPerTeam)
            return fail(ErrorKind::Conflict, "The team has 500 endpoints already.",
                        "too_many_endpoints");
        // Emitted first: an endpoint is told of what happens after it was made, not of itself.
        p_.events.emit(tx, actor, created);
        endpoints_repo::insert(tx, endpoint);
        if (headers) endpoints_repo::setHeaders(tx, endpoint.id, headers);
        endpoints_repo::insertSecret(tx, secretId, endpoint.id, sealed, endpoint.createdAt);
        p_.fanout.changed(tx, endpoint.teamId);
        p_.audit.append(tx, actor,
                        {"create", "endpoints", endpoint.id.text, endpoint.teamId,
                         eventData(endpoint, "active")});
        return Shown{endpoint, secret, std::nullopt};
    };
}

store::Unit<Endpoint> Endpoints::update(const Actor& actor, const Endpoint& seen, Change change) {
    Endpoint next = seen;
    json::Array changed;
    const auto take = [&](auto& member, auto& wanted, const char* name) {
        if (!wanted) return;
        member = *std::move(wanted);
        changed.emplace_back(name);
    };
    take(next.url, change.url, "url");
    take(next.description, change.description, "description");
    take(next.eventTypes, change.eventTypes, "event_types");
    take(next.payload, change.payload, "payload");
    take(next.retry, change.retry, "retry");
    take(next.timeout, change.timeout, "timeout_ms");
    if (auto fits = checkEndpoint(next, p_.events.catalogue(), *p_.guard()); !fits)
        return refused<Endpoint>(fits.error());
    if (!change.headers && !next.headerNames.empty() && !sameOrigin(seen.url, next.url))
        change.headers.emplace();
    std::optional<store::Sealed> headers;
    if (change.headers) {
        if (auto fits = checkHeaders(*change.headers); !fits)
            return refused<Endpoint>(fits.error());
        next.headerNames = namesOf(*change.headers);
        if (!change.headers->empty()) headers = sealHeaders(next, *change.headers);
        changed.emplace_back("headers");
    }
    next.updatedAt = versionAfter(seen);
    auto updated = draft("endpoint.updated", next, text(next.status));
    return [this, actor, seen, next, headers, setHeaders = change.headers.has_value(), changed,
            updated = std::move(updated)](store::WriteTx& tx) -> Result<Endpoint> {
        auto saved = apply(tx, {actor, "update", seen, next, updated, {{"changed", changed}}});
        if (!saved) return saved.error();
        if (setHeaders) endpoints_repo::setHeaders(tx, next.id, headers);
        return next;
    };
}

store::Unit<void> Endpoints::remove(const Actor& actor, const Endpoint& seen) {
    Endpoint next = seen;
    next.updatedAt = versionAfter(seen);
    next.deletedAt = p_.clock.now();
    auto deleted = draft("endpoint.deleted", seen, "deleted");
    return [this, actor, seen, next,
            deleted = std::move(deleted)](store::WriteTx& tx) -> Result<void> {
        // Secrets and headers go for good; deliveries stay readable.
        const auto cancelled = deliveries_repo::cancel(tx, seen.id, *next.deletedAt);
        endpoints_repo::setHeaders(tx, seen.id, std::nullopt);
        endpoints_repo::endSecrets(tx, seen.id, *next.deletedAt, *next.deletedAt);
        return apply(tx,
                     {actor, "delete", seen, next, deleted, {{"deliveries_cancelled", cancelled}}});
    };
}

store::Unit<Endpoint> Endpoints::pause(const Actor& actor, const Endpoint& seen) {
    if (seen.status == EndpointStatus::Disabled)
        return refused<Endpoint>(
            fail(ErrorKind::Conflict, "The endpoint is disabled.", "endpoint_disabled"));
    if (seen.status == EndpointStatus::Paused)
        return [seen](store::WriteTx&) -> Result<Endpoint> { return seen; };
    Endpoint next = seen;
    next.status = EndpointStatus::Paused;
    next.updatedAt = versionAfter(seen);
    auto paused = draft("endpoint.paused", next, "paused");
    return [this, actor, seen, next,
            paused = std::move(paused)](store::WriteTx& tx) -> Result<Endpoint> {
        auto saved = apply(tx, {actor, "pause", seen, next, paused, {}});
        if (!saved) return saved.error();
        deliveries_repo::hold(tx, seen.id);
        return next;
    };
}

store::Unit<Endpoint> Endpoints::resume(const Actor& actor, const Endpoint& seen) {
    if (seen.status == EndpointStatus::Active)
        return [seen](store::WriteTx&) -> Result<Endpoint> { return seen; };
    Endpoint next = seen;
    next.status = EndpointStatus::Active;
    next.statusReason.clear();
    next.updatedAt = versionAfter(seen);
    auto resumed = draft("endpoint.resumed", next, "active");
    return [this, actor, seen, next,
            resumed = std::move(resumed)](store::WriteTx& tx) -> Result<Endpoint> {
        const TimePoint now = p_.clock.now();
        const auto held = deliveries_repo::releaseHeld(tx, seen.id, now);
        auto saved =
            apply(tx, {actor, "resume", seen, next, resumed, {{"deliveries_released", held}}});
        if (!saved) return saved.error();
        p_.fanout.due(tx, seen.id, now);
        return next;
    };
}

void Endpoints::disable(store::WriteTx& tx, const Actor& actor, const EndpointId& id,
                        std::string_view reason, const events::Draft& draft) {
    const auto row = endpoints_repo::find(tx, id);
    if (!row || row->endpoint.deletedAt || row->endpoint.status == EndpointStatus::Disabled) return;
    Endpoint next = row->endpoint;
    next.status = EndpointStatus::Disabled;
    next.statusReason = reason;
    next.updatedAt = versionAfter(row->endpoint);
    const auto saved =
        apply(tx, {actor, "disable", row->endpoint, next, draft, {{"reason", reason}}});
    if (saved) deliveries_repo::hold(tx, id);
}

events::Draft Endpoints::disabledDraft(const Endpoint& endpoint, std::string_view reason) {
    return draft("endpoint.disabled", endpoint, "disabled", reason);
}

store::Unit<Endpoints::Shown> Endpoints::rotateSecret(const Actor& actor, const Endpoint& seen,
                                                      std::optional<SecretString> secret,
                                                      std::chrono::seconds overlap) {
    if (overlap.count() < 0 || overlap > kLongestOverlap)
        return refused<Shown>(invalid("/overlap_hours", "must be from 0 to 168"));
    const SecretString fresh = secret ? *std::move(secret) : makeSecret(p_.random);
    if (auto fits = checkSecret(fresh); !fits) return refused<Shown>(fits.error());
    const std::string secretId = p_.ids.next();
    auto sealed = p_.sealer.seal({seen.teamId, "secrets"}, secretPlace(secretId), fresh.reveal());
    Endpoint next = seen;
    next.updatedAt = versionAfter(seen);
    auto rotated = draft("endpoint.secret_rotated", next, text(next.status));
    return [this, actor, seen, next, fresh, overlap, secretId, sealed = std::move(sealed),
            rotated = std::move(rotated)](store::WriteTx& tx) -> Result<Shown> {
        const TimePoint now = p_.clock.now();
        const TimePoint until = now + overlap;
        endpoints_repo::endSecrets(tx, seen.id, until, now);
        if (endpoints_repo::secrets(tx, seen.id, now).size() >= kMostSecrets)
            return fail(ErrorKind::Conflict,
                        "Five secrets are in force; end the previous ones first.",
                        "too_many_secrets");
        endpoints_repo::insertSecret(tx, secretId, seen.id, sealed, now);
        std::optional<TimePoint> previous;
        if (overlap.count() > 0) previous = until;
        auto saved = apply(
            tx,
            {actor, "rotate", seen, next, rotated, {{"previous_valid_until", formatTime(until)}}});
        if (!saved) return saved.error();
        return Shown{next, fresh, previous};
    };
}

store::Unit<int> Endpoints::endPrevious(const Actor& actor, const Endpoint& seen) {
    Endpoint next = seen;
    next.updatedAt = versionAfter(seen);
    auto rotated = draft("endpoint.secret_rotated", next, text(next.status));
    return [this, actor, seen, next,
            rotated = std::move(rotated)](store::WriteTx& tx) -> Result<int> {
        const int ended = endpoints_repo::endPrevious(tx, seen.id);
        if (ended == 0) return 0;
        auto saved = apply(tx, {actor, "rotate", seen, next, rotated, {{"previous_ended", ended}}});
        if (!saved) return saved.error();
        return ended;
    };
}

}  // namespace trusthub::outbound
