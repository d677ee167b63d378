// Keys that others have found: GitHub's secret scanning partner programme.
#include "api/handlers.h"
#include "base/text.h"
#include "crypto/hash.h"

#include <boost/json.hpp>

namespace trusthub::api {
namespace {

constexpr std::size_t kMostTokens = 100;
constexpr std::size_t kMostTokenBytes = 4096;

struct Report {
    access::Leaks::Reported tokens;
    std::vector<std::string> hashes, types;
};

/// Text from outside, as events and the audit log may hold it.
std::string clean(const json::Object& object, std::string_view name, std::size_t most) {
    const auto* value = object.if_contains(name);
    if (!value || !value->is_string()) return {};
    return std::string(base::clipUtf8(value->get_string(), most));
}

Result<Report> reportOf(const Call& call) {
    auto body = call.json();
    if (!body) return body.error();
    const auto* items = body->if_array();
    if (!items || items->size() > kMostTokens)
        return invalid("", "a list of at most 100 objects with token and type");
    Report report;
    for (std::size_t i = 0; i < items->size(); ++i) {
        const auto* object = items->at(i).if_object();
        const auto* token = object ? object->if_contains("token") : nullptr;
        if (!token || !token->is_string() || token->get_string().empty() ||
            token->get_string().size() > kMostTokenBytes)
            return invalid("/" + std::to_string(i) + "/token", "text of 1 to 4096 bytes");
        access::LeakSight sight{.place = access::LeakPlace::Github,
                                .address = call.actor().ip,
                                .requestId = call.actor().requestId,
                                .url = clean(*object, "url", 2000),
                                .source = clean(*object, "source", 100)};
        SecretString text{std::string(token->get_string())};
        report.hashes.push_back(base::toHex(crypto::sha256(text.reveal())));
        report.types.push_back(clean(*object, "type", 200));
        report.tokens.emplace_back(std::move(text), std::move(sight));
    }
    return report;
}

}  // namespace

/// A token that is known to be public is never repeated: the answer names it by its hash.
Outcome reportLeaks(Call& call) {
    if (auto known = call.onlyQuery({}); !known) return known.error();
    const auto& headers = call.request.headers;
    if (!call.hub.githubKeys.verifies(headers.get("Github-Public-Key-Identifier"),
                                      call.request.body,
                                      headers.get("Github-Public-Key-Signature")))
        return fail(ErrorKind::Unauthenticated, "The report is not signed by a key that is known.",
                    "leak_not_signed");
    auto report = reportOf(call);
    if (!report) return report.error();
    auto unit = call.hub.leaks.report(std::move(report->tokens));
    return commit<std::vector<access::LeakVerdict>>(
        call, std::move(unit),
        [&leaks = call.hub.leaks, hashes = std::move(report->hashes),
         types = std::move(report->types)](const std::vector<access::LeakVerdict>& verdicts) {
            leaks.told(verdicts);
            json::Array answer;
            for (std::size_t i = 0; i < verdicts.size(); ++i)
                answer.emplace_back(
                    json::Object{{"token_hash", hashes[i]},
                                 {"token_type", types[i]},
                                 {"label", verdicts[i].ours ? "true_positive" : "false_positive"}});
            return http::Response::json(200, boost::json::serialize(answer));
        });
}

}  // namespace trusthub::api
