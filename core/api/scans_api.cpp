// Scans: trigger, follow, fetch the report, cancel.
#include "api/handlers.h"
#include "api/pages.h"

#include <boost/json.hpp>

namespace trusthub::api {
namespace {

using access::Permission;

Result<people::Project> projectFor(const Call& call, Permission permission, bool reading) {
    const ProjectId id(call.param("id"));
    const auto project =
        call.hub.store.read([&](store::ReadTx& tx) { return people::Projects::find(tx, id); });
    if (!project) return call.who().denial(permission, true);
    const access::Place place{project->teamId.text, project->id.text};
    if (call.who().may(permission, place)) return *project;
    return call.who().denial(permission,
                             reading || !call.who().may(Permission::ProjectsRead, place));
}

Result<scans::Scan> scanFor(const Call& call, Permission permission, bool reading) {
    const ScanId id(call.param("id"));
    const auto scan =
        call.hub.store.read([&](store::ReadTx& tx) { return scans::ScanQueue::find(tx, id); });
    if (!scan) return call.who().denial(permission, true);
    const access::Place place{scan->teamId, scan->projectId.text};
    if (call.who().may(permission, place)) return *scan;
    return call.who().denial(permission, reading || !call.who().may(Permission::ScansRead, place));
}

bool isCommitId(std::string_view text) {
    return (text.size() == 40 || text.size() == 64) &&
           text.find_first_not_of("0123456789abcdef") == std::string_view::npos;
}

}  // namespace

Outcome triggerScan(Call& call) {
    auto project = projectFor(call, Permission::ScansTrigger, false);
    if (!project) return project.error();
    auto body = call.json();
    if (!body) return body.error();
    json::ObjectReader reader(*body);
    const auto kind = reader.string("kind", 1, 50);
    if (!kind.empty() && kind != "source") reader.refuse("kind", "this hub scans: source");
    const auto ref = reader.optionalString("ref", 1, 250);
    const auto commitId = reader.optionalString("commit", 1, 64);
    if (commitId && !isCommitId(*commitId))
        reader.refuse("commit", "a full commit id: 40 or 64 lower-case hexadecimal digits");
    scans::Trigger trigger{"", commitId.value_or(""), true, "api"};
    if (ref) {
        auto name = scans::gitRefOf(*ref);
        if (name)
            trigger.gitRef = *std::move(name);
        else
            reader.refuse("ref",
                          std::string(name.error().fields.empty() ? "a branch, tag or full ref name"
                                                                  : name.error().fields[0].detail));
    }
    if (auto fits = reader.finish(); !fits) return fits.error();
    store::Unit<scans::Scan> unit =
        [&queue = call.hub.scans, actor = call.actor(), project = *project,
         trigger = std::move(trigger)](store::WriteTx& tx) -> Result<scans::Scan> {
        if (!people::Projects::find(tx, project.id)) return fail(ErrorKind::NotFound);
        return queue.trigger(tx, actor, project, trigger).scan;
    };
    return commit<scans::Scan>(call, std::move(unit), [](const scans::Scan& scan) {
        return jsonResponse(200, toJson(scan));
    });
}

Outcome listScans(Call& call) {
    if (auto known = call.onlyQuery({"limit", "cursor"}); !known) return known.error();
    auto project = projectFor(call, Permission::ScansRead, true);
    if (!project) return project.error();
    const auto page = pageOf(call);
    if (!page) return page.error();
    return call.hub.store.read([&](store::ReadTx& tx) -> Outcome {
        const auto found = scans::ScanQueue::list(tx, project->id, page->after, page->limit + 1);
        return pageResponse(
            found, *page, scans::ScanQueue::count(tx, project->id),
            [](const auto& scan) { return toJson(scan); },
            [](const auto& scan) { return scan.id.text; });
    });
}

Result<json::Object> representScan(const Call& call, store::ReadTx& tx) {
    const auto scan = scans::ScanQueue::find(tx, ScanId(call.param("id")));
    if (!scan || !call.who().may(Permission::ScansRead, {scan->teamId, scan->projectId.text}))
        return call.who().denial(Permission::ScansRead, true);
    return toJson(*scan, json::arena());
}

Outcome getScan(Call& call) {
    return readResource(call);
}

Outcome getScanReport(Call& call) {
    auto scan = scanFor(call, Permission::ScansRead, true);
    if (!scan) return scan.error();
    return call.hub.store.read([&](store::ReadTx& tx) -> Outcome {
        const auto report = scans::ScanQueue::report(tx, scan->id);
        if (!report)
            return fail(ErrorKind::NotFound,
                        "There is no report: the scan is " + scan->status + ".", "no_report");
        auto bytes = call.hub.blobs.get(tx, report->teamId, report->digest);
        if (!bytes) return bytes.error();
        auto response = http::Response::text(200, *std::move(bytes), report->mediaType);
        response.headers.add("Content-Disposition",
                             "attachment; filename=\"scan-" + scan->id.text + ".cdx.json\"");
        response.headers.add("X-Content-Type-Options", "nosniff");
        return response;
    });
}

Outcome cancelScan(Call& call) {
    auto scan = scanFor(call, Permission::ScansTrigger, false);
    if (!scan) return scan.error();
    return commit<scans::Scan>(
        call, call.hub.scans.cancel(call.actor(), scan->id),
        [](const scans::Scan& after) { return jsonResponse(200, toJson(after)); });
}

}  // namespace trusthub::api
