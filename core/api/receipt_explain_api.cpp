// POST /v1/receipts/{id}/explain: why a delivery did not verify.
#include "access/key_record.h"
#include "api/handlers.h"
#include "base/text.h"
#include "crypto/hash.h"
#include "inbound/explain.h"
#include "inbound/proof.h"

#include <boost/json.hpp>

#include <algorithm>
#include <array>

namespace trusthub::api {
namespace {

using access::Permission;

constexpr std::size_t kMostOthers = 100;

/// What the caller gives in place of what was kept.
struct Given {
    std::optional<std::string> body;
    std::optional<sdk::Headers> headers;
};

Result<Given> givenIn(const Call& call, const inbound::Refusal* refusal) {
    Given given;
    if (call.request.body.empty()) return given;
    auto body = call.json();
    if (!body) return body.error();
    json::ObjectReader reader(*body);
    if (const auto text = reader.optionalString("body", 0, 1 << 20)) {
        given.body = base::fromBase64(*text);
        if (!given.body)
            reader.refuse("body", "the bytes as they were sent, in base64");
        else if (refusal && base::toHex(crypto::sha256(*given.body)) != refusal->bodyDigest)
            reader.refuse("body", "its SHA-256 is not that of the delivery (body_sha256)");
    }
    if (const json::Object* fields = reader.optionalObject("headers")) {
        given.headers.emplace();
        if (fields->size() > 100) reader.refuse("headers", "at most 100");
        for (const auto& field : *fields) {
            if (field.value().is_string())
                given.headers->add(std::string(field.key()),
                                   std::string(field.value().get_string()));
            else
                reader.refuse("headers", "an object of header names and text values");
        }
    }
    if (auto fits = reader.finish(); !fits) return fits.error();
    return given;
}

http::Response verified(std::string_view explanation) {
    return jsonResponse(200, {{"verified", true},
                              {"mistake", nullptr},
                              {"explanation", explanation},
                              {"what_to_do", "Nothing."},
                              {"tried", json::Array{}}});
}

http::Response mistaken(const inbound::Finding& finding, bool bodyKept) {
    const inbound::Mistake& mistake = inbound::mistake(finding.mistake);
    std::string explanation(mistake.explanation);
    if (!finding.detail.empty()) explanation += " " + finding.detail;
    json::Array tried(finding.tried.begin(), finding.tried.end());
    json::Object body{{"verified", false},          {"mistake", mistake.name},
                      {"explanation", explanation}, {"what_to_do", mistake.whatToDo},
                      {"tried", std::move(tried)},  {"body_kept", bodyKept}};
    if (finding.other) body["other_project_id"] = finding.other->id.text;
    return jsonResponse(200, body);
}

/// Of the projects that the refusal names and the caller manages; then of all others of theirs.
Result<inbound::SecretsAtHand> secretsFor(const Call& call,
                                          const std::vector<inbound::Refusal::Project>& asked) {
    const auto& who = call.who();
    return call.hub.store.read([&](store::ReadTx& tx) -> Result<inbound::SecretsAtHand> {
        inbound::SecretsAtHand at;
        const auto join = [](auto& to, auto& from) {
            to.insert(to.end(), std::make_move_iterator(from.begin()),
                      std::make_move_iterator(from.end()));
        };
        for (const auto& project : asked) {
            auto secrets = call.hub.projects.allSecrets(tx, project.id);
            if (!secrets) return secrets.error();
            join(at.current, secrets->current);
            join(at.ended, secrets->ended);
        }
        const auto teams = who.teams(Permission::ProjectsWrite);
        for (auto& project : people::Projects::list(tx, teams, "", kMostOthers)) {
            const bool same = std::ranges::any_of(
                asked, [&](const auto& one) { return one.id.text == project.id.text; });
            if (same || !who.may(Permission::ProjectsWrite, {project.teamId.text, project.id.text}))
                continue;
            auto secrets = call.hub.projects.allSecrets(tx, project.id);
            if (!secrets) return secrets.error();
            if (!secrets->current.empty())
                at.others.push_back({std::move(project), std::move(secrets->current)});
        }
        return at;
    });
}

/// Why a `webhook` key in force does not count for a delivery from there to any of these projects;
/// empty: it does.
std::string whyNotFor(store::ReadTx& tx, const access::KeyView& view, std::string_view address,
                      const std::vector<inbound::Refusal::Project>& projects, TimePoint now) {
    auto read = access::readRecord(tx, view.prefix, [&](store::ReadTx& in, const UserId& owner) {
        return access::findOwner(in, owner, now);
    });
    if (!read) return {};
    const auto record = std::make_shared<const access::KeyRecord>(*std::move(read));
    std::string why;
    if (access::refuses(access::KeyRefusal::AddressNotAllowed, *record, now, address))
        why =
            " The delivery's address lies in no network of its allowed_ips, or of those of the"
            " keys before it.";
    const auto key = access::principalOf(record, now, Actor{});
    const auto none = [&](auto holds) {
        return std::ranges::none_of(projects, [&](const auto& project) {
            return holds(access::Place{project.teamId, project.id.text});
        });
    };
    if (none([&](const access::Place& place) { return key.reaches(place); }))
        why += " Its scope, " + std::string(access::text(view.scope)) +
               ", does not cover the project.";
    else if (none([&](const access::Place& place) {
                 return key.may(Permission::WebhooksReceive, place);
             }))
        why += " Its issuer does not have webhooks:receive there.";
    return why;
}

/// Where nothing else was found: what is the matter with the key that came in place of a signature.
/// Of keys that the caller does not manage nothing is told; `projects` are those that they do.
void nameKey(const Call& call, const sdk::Headers& headers, std::string_view address,
             const std::vector<inbound::Refusal::Project>& projects, inbound::Finding& finding) {
    static constexpr std::array<std::string_view, 3> kNothing{"missing_header", "no_secret",
                                                              "unknown"};
    if (std::ranges::find(kNothing, finding.mistake) == kNothing.end()) return;
    const auto text = inbound::keyText(headers);
    if (!text || inbound::carriesSignature(headers)) return;
    call.hub.store.read([&](store::ReadTx& tx) {
        const auto key = call.hub.keys.recognise(tx, text->reveal());
        if (!key || !access::ApiKeys::maySee(call.who(), *key) ||
            !access::ApiKeys::mayManage(call.who(), *key))
            return;
        const TimePoint now = call.hub.clock.now();
        const auto standing = access::standing(tx, *key, now);
        const access::KeyView& view = key->view;
        if (view.type != access::KeyType::Webhook) {
            finding.mistake = "key_of_wrong_type";
            finding.detail =
                "It is " + view.prefix + ", of type " + std::string(access::text(view.type)) + ".";
        } else if (standing != "active" && standing != "overlap") {
            finding.mistake = "key_not_in_force";
            finding.detail =
                "It is " + view.prefix + ", whose status is " + std::string(standing) + ".";
        } else {
            const auto why = whyNotFor(tx, view, address, projects, now);
            if (why.empty()) return;
            finding.mistake = "key_not_for_this";
            finding.detail = "It is " + view.prefix + "." + why;
        }
        finding.tried.push_back(finding.mistake);
    });
}

Outcome explainRefusal(Call& call, const inbound::Refusal& refusal) {
    std::vector<inbound::Refusal::Project> managed;
    for (const auto& project : refusal.projects)
        if (call.who().may(Permission::ProjectsWrite, {project.teamId, project.id.text}))
            managed.push_back(project);
    const bool strangers = refusal.projects.empty();
    if (strangers ? !call.who().may(Permission::ProjectsWrite, {}) : managed.empty())
        return call.who().denial(Permission::ProjectsWrite, true);
    auto given = givenIn(call, &refusal);
    if (!given) return given.error();

    inbound::Suspect suspect;
    suspect.receivedAt = refusal.at;
    if (refusal.kept) {
        suspect.headers = refusal.kept->headers;
        suspect.body = refusal.kept->body;
    }
    if (given->headers) suspect.headers = *std::move(given->headers);
    if (given->body) suspect.body = std::move(given->body);
    const bool bodyKept = suspect.body.has_value();

    inbound::Finding finding;
    if (refusal.reason != "not_verified" || strangers) {
        finding.mistake = refusal.reason == "not_verified" ? std::string_view("unknown_repository")
                                                           : std::string_view(refusal.reason);
        finding.tried = {finding.mistake};
        return mistaken(finding, bodyKept);
    }
    const sdk::InboundSource* source = call.hub.registry.inboundSource(refusal.provider);
    if (!source) return fail(ErrorKind::NotFound, "The connector for this provider is not loaded.");
    const auto secrets = secretsFor(call, managed);
    if (!secrets) return secrets.error();
    finding = inbound::explain(*source, suspect, *secrets);
    if (finding.verified)
        return verified("By now it verifies: the project's secret or repository URL was changed.");
    nameKey(call, suspect.headers, refusal.address, managed, finding);
    return mistaken(finding, bodyKept);
}

}  // namespace

Outcome explainReceipt(Call& call) {
    const ReceiptId id(call.param("id"));
    if (const auto refusal = call.hub.refusals.find(id)) return explainRefusal(call, *refusal);
    const auto receipt =
        call.hub.store.read([&](store::ReadTx& tx) { return inbound::Receipts::find(tx, id); });
    if (!receipt) return call.who().denial(Permission::ProjectsWrite, true);
    const access::Place place{receipt->teamId, receipt->projectId.text};
    if (!call.who().may(Permission::ProjectsWrite, place))
        return call.who().denial(Permission::ProjectsWrite,
                                 !call.who().may(Permission::ReceiptsRead, place));
    if (const auto given = givenIn(call, nullptr); !given) return given.error();
    const std::string by = receipt->verifiedBy.empty() ? "secret" : receipt->verifiedBy;
    return verified("It was accepted, verified by its " + by + ".");
}

}  // namespace trusthub::api
