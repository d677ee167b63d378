#include "inbound/meaning.h"

#include <boost/json.hpp>

namespace trusthub::inbound {
namespace {

json::Object pushData(const people::Project& project, const std::string& deliveryId,
                      const sdk::RepositoryPush& push) {
    return {{"project_id", project.id.text},
            {"provider", project.provider},
            {"repository", project.repositoryUrl},
            {"ref", push.ref},
            {"before", push.before},
            {"after", push.after},
            {"delivery_id", deliveryId},
            {"commits_count", push.commitsCount}};
}

json::Object pullRequestData(const people::Project& project, const std::string& deliveryId,
                             const sdk::RepositoryPullRequest& pr) {
    return {{"project_id", project.id.text},
            {"provider", project.provider},
            {"repository", project.repositoryUrl},
            {"ref", pr.ref},
            {"before", ""},
            {"after", pr.head},
            {"delivery_id", deliveryId},
            {"commits_count", 0},
            {"number", pr.number},
            {"action", pr.action},
            {"head", pr.head},
            {"base", pr.base},
            {"fork", pr.fork}};
}

}  // namespace

Meaning meaningOf(Result<sdk::InboundEvent> event) {
    Meaning meaning;
    // A verified sender must not be told to try again what will never work: GitLab switches hooks
    // off.
    if (!event) {
        meaning.ignoredBecause = "payload_not_understood";
        return meaning;
    }
    meaning.event = *std::move(event);
    const auto* push = std::get_if<sdk::RepositoryPush>(&*meaning.event);
    const auto* pr = std::get_if<sdk::RepositoryPullRequest>(&*meaning.event);
    if (!push && !pr)
        meaning.ignoredBecause = std::get<sdk::Ignored>(*meaning.event).reason;
    else if (push && push->deleted)
        meaning.ignoredBecause = "ref_deleted";
    else if (pr && !pr->scans)
        meaning.ignoredBecause = "action_" + pr->action;
    else if (!scans::gitRefOf(push ? push->ref : pr->ref))
        meaning.ignoredBecause = "ref_not_usable";
    else
        meaning.trigger = push ? scans::Trigger{push->ref, push->after, true, "webhook"}
                               : scans::Trigger{pr->ref, pr->head, !pr->fork, "webhook"};
    return meaning;
}

std::optional<events::Draft> draftOf(events::Events& events, const Meaning& meaning,
                                     const people::Project& project, const std::string& deliveryId,
                                     bool replayed) {
    const auto* push = meaning.event ? std::get_if<sdk::RepositoryPush>(&*meaning.event) : nullptr;
    const auto* pr =
        meaning.event ? std::get_if<sdk::RepositoryPullRequest>(&*meaning.event) : nullptr;
    if (!push && !pr) return std::nullopt;
    json::Object data =
        push ? pushData(project, deliveryId, *push) : pullRequestData(project, deliveryId, *pr);
    if (replayed) data["replayed"] = true;
    return events.draft(push ? "repository.push" : "repository.pull_request", project.teamId.text,
                        data);
}

}  // namespace trusthub::inbound
