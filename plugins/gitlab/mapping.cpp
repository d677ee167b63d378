#include "mapping.h"

#include <algorithm>
#include <utility>

namespace trusthub::gitlab {
namespace {

bool isHexDigit(char c) {
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f');
}

/// SHA-1 or SHA-256 object names, as git prints them.
bool isCommitId(std::string_view text) {
    return (text.size() == 40 || text.size() == 64) &&
           std::all_of(text.begin(), text.end(), isHexDigit);
}

bool isZero(std::string_view commit) {
    return std::all_of(commit.begin(), commit.end(), [](char c) { return c == '0'; });
}

bool isRef(std::string_view text) {
    return text.starts_with("refs/") && text.size() <= 1024 &&
           std::none_of(text.begin(), text.end(),
                        [](char c) { return static_cast<unsigned char>(c) <= 0x20 || c == 0x7F; });
}

/// Collects what does not fit, so that one answer names it all.
class Reader {
public:
    std::string commit(sdk::JsonValue value, const char* pointer) {
        return check(value, pointer, isCommitId(value.string()), "must be a commit id");
    }
    std::string ref(sdk::JsonValue value, const char* pointer) {
        return check(value, pointer, isRef(value.string()), "must be a full ref name");
    }
    std::string text(sdk::JsonValue value, const char* pointer) {
        const std::string_view text = value.string();
        return check(value, pointer, !text.empty() && text.size() <= 1024, "must be a short text");
    }
    std::int64_t positive(sdk::JsonValue value, const char* pointer) {
        const auto number = value.integer();
        if (number && *number > 0) return *number;
        note(pointer, "must be a positive integer");
        return 0;
    }
    bool ok() const { return errors_.empty(); }
    Error error() && {
        Error error = fail(ErrorKind::InvalidInput, "The payload is not one of GitLab's.");
        error.fields = std::move(errors_);
        return error;
    }

private:
    std::string check(sdk::JsonValue value, const char* pointer, bool fits, const char* detail) {
        if (fits) return std::string(value.string());
        note(pointer, detail);
        return {};
    }
    void note(const char* pointer, const char* detail) { errors_.push_back({pointer, detail}); }
    std::vector<FieldError> errors_;
};

}  // namespace

std::vector<std::string> repositoryUrls(sdk::JsonValue payload) {
    static constexpr const char* kSpellings[] = {
        "git_http_url", "git_ssh_url", "web_url", "http_url", "ssh_url", "url", "homepage"};
    std::vector<std::string> urls;
    for (const char* holder : {"project", "repository"}) {
        for (const char* spelling : kSpellings) {
            const std::string_view url = payload[holder][spelling].string();
            if (!url.empty() && std::find(urls.begin(), urls.end(), url) == urls.end())
                urls.emplace_back(url);
        }
    }
    return urls;
}

Hook hookOf(std::string_view header, sdk::JsonValue payload) {
    std::string_view kind = payload["object_kind"].string();
    if (kind.empty()) kind = payload["event_name"].string();
    if (kind == "push" || kind == "tag_push") return Hook::Push;
    if (kind == "merge_request") return Hook::MergeRequest;
    if (!kind.empty()) return Hook::Other;
    // A custom webhook template may leave both members out.
    if (header == "Push Hook" || header == "Tag Push Hook") return Hook::Push;
    if (header == "Merge Request Hook") return Hook::MergeRequest;
    return Hook::Other;
}

sdk::Result<sdk::InboundEvent> pushOf(sdk::JsonValue payload) {
    Reader reader;
    sdk::RepositoryPush push;
    push.ref = reader.ref(payload["ref"], "/ref");
    push.before = reader.commit(payload["before"], "/before");
    push.after = reader.commit(payload["after"], "/after");
    if (!reader.ok()) return std::move(reader).error();
    const sdk::JsonValue checkout = payload["checkout_sha"];
    push.deleted = isZero(push.after) || (checkout && checkout.kind() == sdk::JsonKind::Null);
    // `commits` holds at most 20, and none in system hooks; the total is told apart.
    const auto total = payload["total_commits_count"].integer();
    push.commitsCount =
        total && *total >= 0 ? static_cast<std::uint64_t>(*total) : payload["commits"].size();
    return sdk::InboundEvent{std::move(push)};
}

sdk::Result<sdk::InboundEvent> mergeRequestOf(sdk::JsonValue payload) {
    const sdk::JsonValue attributes = payload["object_attributes"];
    if (!attributes["action"].isString())
        return sdk::InboundEvent{sdk::Ignored{"no action"}};  // GitLab's test button sends such
    Reader reader;
    sdk::RepositoryPullRequest event;
    event.action = reader.text(attributes["action"], "/object_attributes/action");
    event.number = reader.positive(attributes["iid"], "/object_attributes/iid");
    event.head =
        reader.commit(attributes["last_commit"]["id"], "/object_attributes/last_commit/id");
    event.base = reader.text(attributes["target_branch"], "/object_attributes/target_branch");
    if (!reader.ok()) return std::move(reader).error();
    event.ref = "refs/merge-requests/" + std::to_string(event.number) + "/head";
    // source_project_id is null when the fork was deleted; what cannot be shown to be the same is
    // another.
    const auto source = attributes["source_project_id"].integer();
    const auto target = attributes["target_project_id"].integer();
    event.fork = !source || !target || *source != *target;
    // `update` also comes for labels, titles and assignees; only a push of code brings `oldrev`.
    event.scans = event.action == "open" || event.action == "reopen" ||
                  (event.action == "update" && attributes["oldrev"].isString());
    return sdk::InboundEvent{std::move(event)};
}

}  // namespace trusthub::gitlab
