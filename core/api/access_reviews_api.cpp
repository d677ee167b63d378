// Access reviews: the report of who may do what, and who has stood for it when.
#include "access/access_review.h"
#include "access/key_alarms.h"
#include "api/handlers.h"
#include "api/pages.h"

#include <boost/json.hpp>

namespace trusthub::api {
namespace {

constexpr std::size_t kSlice = 500;

/// The organization's: super_admins and auditors.
Result<void> mayRead(const Call& call, bool one) {
    return call.who().require(access::Permission::AuditRead, {}, one);
}

/// Keys of which an alert says that they turned up somewhere, until it is resolved.
std::set<std::string> openLeaks(store::ReadTx& tx) {
    std::set<std::string> keys;
    for (std::string after;;) {
        const auto slice = health::alerts_repo::unresolvedAfter(tx, after, kSlice);
        for (const auto& alert : slice)
            if (alert.kind == access::kLeaked) keys.insert(alert.targetId);
        if (slice.size() < kSlice) return keys;
        after = slice.back().id;
    }
}

json::Object currentReport(Call& call) {
    return call.hub.store.read([&](store::ReadTx& tx) {
        return access::accessReport(tx, call.hub.clock.now(), openLeaks(tx));
    });
}

}  // namespace

Outcome getAccessReport(Call& call) {
    if (auto known = call.onlyQuery({}); !known) return known.error();
    if (auto allowed = mayRead(call, false); !allowed) return allowed.error();
    return jsonResponse(200, currentReport(call));
}

Outcome attestAccess(Call& call) {
    auto body = call.json();
    if (!body) return body.error();
    json::ObjectReader reader(*body);
    auto note = reader.optionalString("note", 0, 2'000).value_or("");
    if (auto fits = reader.finish(); !fits) return fits.error();
    if (!call.who().hasRole(people::Role::SuperAdmin))
        return fail(ErrorKind::Forbidden, "Only a super_admin attests an access review.");
    return commit<access::AccessReview>(
        call, call.hub.accessReviews.attest(call.actor(), std::move(note), currentReport(call)),
        [](const access::AccessReview& review) { return jsonResponse(201, toJson(review)); });
}

Outcome listAccessReviews(Call& call) {
    if (auto known = call.onlyQuery({"limit", "cursor"}); !known) return known.error();
    if (auto allowed = mayRead(call, false); !allowed) return allowed.error();
    const auto page = pageOf(call);
    if (!page) return page.error();
    return call.hub.store.read([&](store::ReadTx& tx) -> Outcome {
        return pageResponse(
            access::AccessReviews::list(tx, page->after, page->limit + 1), *page,
            access::AccessReviews::count(tx), [](const auto& review) { return toJson(review); },
            [](const auto& review) { return review.id; });
    });
}

Result<json::Object> representAccessReview(const Call& call, store::ReadTx& tx) {
    if (auto allowed = mayRead(call, true); !allowed) return allowed.error();
    const auto review = access::AccessReviews::find(tx, call.param("id"));
    if (!review) return fail(ErrorKind::NotFound);
    json::Object shown = toJson(*review);
    auto report = json::parse(review->report);
    if (!report) return report.error();
    shown["report"] = *std::move(report);
    return shown;
}

Outcome getAccessReview(Call& call) {
    return readResource(call);
}

Outcome exportAccessReview(Call& call) {
    if (auto allowed = mayRead(call, true); !allowed) return allowed.error();
    const auto review = call.hub.store.read(
        [&](store::ReadTx& tx) { return access::AccessReviews::find(tx, call.param("id")); });
    if (!review) return fail(ErrorKind::NotFound);
    auto response = jsonResponse(200, call.hub.accessReviews.exported(*review));
    response.headers.add("Content-Disposition",
                         "attachment; filename=\"access-review-" + review->id + ".json\"");
    return response;
}

}  // namespace trusthub::api
