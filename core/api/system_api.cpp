// Health, metrics, documents about the API itself, the set-up page, connectors.
#include "api/error_codes.h"
#include "api/handlers.h"
#include "api/html_page.h"
#include "api/openapi.h"
#include "api/pages.h"
#include "api/routes.h"
#include "base/embedded.h"
#include "connectors/show.h"
#include "http/egress_guard.h"

#include <boost/json.hpp>

namespace trusthub::embedded {
extern const base::EmbeddedFile kApiDocuments[];
extern const std::size_t kApiDocumentsCount;
}  // namespace trusthub::embedded

namespace trusthub::api {
namespace {

/// From this machine and through no proxy: behind one, every stranger seems to come from loopback.
bool fromHost(const Call& call) {
    const auto address = http::IpAddress::parse(call.request.peer);
    static const auto kV4 = *http::Cidr::parse("127.0.0.0/8");
    static const auto kV6 = *http::Cidr::parse("::1/128");
    const auto& headers = call.request.headers;
    return address && (kV4.contains(*address) || kV6.contains(*address)) &&
           call.hub.trustedProxies.empty() && !call.hub.behindProxy &&
           !headers.find("X-Forwarded-For") && !headers.find("Forwarded");
}

}  // namespace

std::string_view embeddedDocument(std::string_view name) {
    for (std::size_t i = 0; i < embedded::kApiDocumentsCount; ++i)
        if (embedded::kApiDocuments[i].name == name) return embedded::kApiDocuments[i].text;
    return {};
}

Outcome healthz(Call&) {
    return http::Response::json(200, R"({"status":"ok"})");
}

Outcome readyz(Call& call) {
    const auto report = call.hub.readiness.check();
    json::Object body{{"status", report.ready ? "ready" : "not_ready"}};
    // Strangers learn yes or no; the host itself learns why.
    if (!report.ready && fromHost(call)) {
        json::Array reasons;
        for (const auto& reason : report.reasons) reasons.emplace_back(reason);
        body["reasons"] = std::move(reasons);
    }
    return jsonResponse(report.ready ? 200 : 503, body);
}

Outcome metrics(Call& call) {
    if (!fromHost(call)) {
        auto principal = call.hub.authenticator.authenticate(call.request, call.actor());
        if (!principal) return principal.error();
        call.principal = *std::move(principal);
        if (auto allowed = call.who().require(access::Permission::MetricsRead, {}, false); !allowed)
            return allowed.error();
    }
    auto& store = call.hub.store;
    call.hub.metrics.gauge("trusthub_store_commits", static_cast<double>(store.writer().commits()),
                           {});
    call.hub.metrics.gauge("trusthub_store_statements",
                           static_cast<double>(store.writer().statements()), {});
    std::vector<std::string_view> patterns{"(none)"};
    for (const Route& route : routes()) patterns.push_back(route.pattern);
    call.hub.requestStats.publish(call.hub.metrics, patterns);
    call.hub.limits.publish(call.hub.metrics);
    return http::Response::text(200, call.hub.metrics.text(),
                                "text/plain; version=0.0.4; charset=utf-8");
}

Outcome openapi(Call& call) {
    return http::Response::json(200, openApiDocument(call.hub.publicUrl));
}

Outcome errorDocs(Call&) {
    static const std::string kPage = [] {
        std::string rows;
        for (const auto& row : errorCodes())
            rows += "<tr id=\"" + row.code + "\"><th scope=\"row\"><code>" + row.code +
                    "</code></th><td>" + std::to_string(row.status) + "</td><td>" + row.sentence +
                    "</td></tr>\n";
        constexpr std::string_view kPlace = "<!-- rows -->\n";
        std::string page(embeddedDocument("errors.html"));
        return page.replace(page.find(kPlace), kPlace.size(), rows);
    }();
    return htmlPage(kPage);
}

Outcome setupPage(Call&) {
    return htmlPage(std::string(embeddedDocument("setup.html")), Connect::Self);
}

Outcome rootPage(Call& call) {
    const bool setUp =
        call.hub.store.read([](store::ReadTx& tx) { return people::Users::any(tx); });
    std::string page(embeddedDocument("root.html"));
    const auto fill = [&](std::string_view place, std::string_view text) {
        page.replace(page.find(place), place.size(), text);
    };
    fill("<!-- version -->", TRUSTHUB_VERSION);
    fill("<!-- setup -->\n",
         setUp ? ""
               : "<li>This hub is not set up yet: open the set-up link that it printed, or put its"
                 " token in at <a href=\"/setup\">/setup</a>.</li>\n");
    return htmlPage(std::move(page));
}

Outcome invitationPage(Call&) {
    // The same form: it tells by its path what it is for.
    return htmlPage(std::string(embeddedDocument("setup.html")), Connect::Self);
}

Outcome listConnectors(Call& call) {
    if (auto known = call.onlyQuery({}); !known) return known.error();
    auto items = json::parse(connectors::listJson(call.hub.registry.found()));
    if (!items) return items.error();
    json::Array array =
        items->is_array() ? items->as_array() : items->as_object()["items"].as_array();
    const auto total = static_cast<std::int64_t>(array.size());
    return pageEnvelope(std::move(array), "", false, total);
}

}  // namespace trusthub::api
