#include "api/key_examples.h"

#include <boost/json.hpp>

#include <array>
#include <string_view>

namespace trusthub::api {
namespace {

using access::Permission;
using access::Scope;

constexpr const char* kHeader = "Authorization: Bearer ${TRUSTHUB_API_KEY}";

/// A call that a key with the permission may make; `%` stands for the project or the team.
struct Sample {
    Permission permission;
    std::string_view ofProject, ofTeam, ofOrg;  ///< paths by the key's scope; empty: none
    bool posts = false;
};
/// The first that fits is shown. Wide keys get what needs no further id where there is such.
constexpr std::array kSamples{
    Sample{Permission::ScansTrigger, "/v1/projects/%/scans", "/v1/projects/<project-id>/scans",
           "/v1/projects/<project-id>/scans", true},
    Sample{Permission::ScansRead, "/v1/projects/%/scans", "", ""},
    Sample{Permission::ReceiptsRead, "/v1/receipts?limit=10", "/v1/receipts?limit=10",
           "/v1/receipts?limit=10"},
    Sample{Permission::EndpointsRead, "", "/v1/endpoints?limit=10", "/v1/endpoints?limit=10"},
    Sample{Permission::EventsRead, "", "/v1/events?limit=10", "/v1/events?limit=10"},
    Sample{Permission::ConnectionsRead, "", "/v1/connections?limit=10", "/v1/connections?limit=10"},
    Sample{Permission::AlertsRead, "", "/v1/alerts?limit=10", "/v1/alerts?limit=10"},
    Sample{Permission::AuditRead, "", "/v1/audit?limit=10", "/v1/audit?limit=10"},
    Sample{Permission::ScansRead, "", "/v1/projects/<project-id>/scans",
           "/v1/projects/<project-id>/scans"},
};

std::string curl(const std::string& more, const std::string& url) {
    // Double quotes, in which a shell puts the key in place of its variable.
    return std::string("curl -sS -H \"") + kHeader + "\"" + more + " \"" + url + "\"";
}

std::string_view pathOf(const Sample& sample, Scope scope) {
    switch (scope) {
        case Scope::Project:
            return sample.ofProject;
        case Scope::Team:
            return sample.ofTeam;
        case Scope::Org:
            return sample.ofOrg;
    }
    return {};
}

std::string callOf(const std::string& url, const access::KeyView& key) {
    for (const Sample& sample : kSamples) {
        std::string path(pathOf(sample, key.scope));
        if (path.empty() || !key.permissions.test(access::bit(sample.permission))) continue;
        if (const auto mark = path.find('%'); mark != std::string::npos)
            path.replace(mark, 1, key.projectId);
        if (!sample.posts) return curl("", url + path);
        return curl(" -H 'Content-Type: application/json' -d '{\"kind\":\"source\"}'", url + path);
    }
    return curl("", url + "/v1/me");
}

}  // namespace

json::Object keyExamples(const std::string& url, const access::ApiKey& key) {
    if (key.canary) return {};
    if (key.view.type == access::KeyType::Webhook)
        return {{"curl", curl(" -H 'Content-Type: application/json' -H 'X-GitHub-Event: push'"
                              " -H 'X-GitHub-Delivery: <id-of-the-delivery>'"
                              " --data-binary @payload.json",
                              url + "/v1/webhooks/<connection-id>")},
                {"header", kHeader}};
    const std::string call = callOf(url, key.view);
    const std::string title = key.view.permissions.test(access::bit(Permission::ScansTrigger))
                                  ? "Trigger scan"
                                  : "Call TrustHub";
    return {{"curl", call},
            {"github_actions",
             "- name: " + title +
                 "\n  env:\n    TRUSTHUB_API_KEY: ${{ secrets.TRUSTHUB_API_KEY }}\n  run: |\n    " +
                 call + "\n"},
            {"jenkins",
             "withCredentials([string(credentialsId: 'trusthub-api-key', variable: "
             "'TRUSTHUB_API_KEY')]) {\n"
             "  sh '''" +
                 call + "'''\n}\n"}};
}

}  // namespace trusthub::api
