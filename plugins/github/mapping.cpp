#include "mapping.h"

#include <algorithm>
#include <string_view>
#include <utility>

namespace trusthub::github {
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
        Error error = fail(ErrorKind::InvalidInput, "The payload is not one of GitHub's.");
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
    // `url` is left out on purpose: in most events it is the API's address, in pushes html_url
    // again.
    static constexpr const char* kSpellings[] = {"clone_url", "html_url",     "ssh_url",
                                                 "git_url",   "git_http_url", "svn_url"};
    std::vector<std::string> urls;
    for (const char* spelling : kSpellings) {
        const std::string_view url = payload["repository"][spelling].string();
        if (!url.empty() && std::find(urls.begin(), urls.end(), url) == urls.end())
            urls.emplace_back(url);
    }
    return urls;
}

sdk::Result<sdk::InboundEvent> pushOf(sdk::JsonValue payload) {
    Reader reader;
    sdk::RepositoryPush push;
    push.ref = reader.ref(payload["ref"], "/ref");
    push.before = reader.commit(payload["before"], "/before");
    push.after = reader.commit(payload["after"], "/after");
    if (!reader.ok()) return std::move(reader).error();
    push.deleted = payload["deleted"].boolean() || isZero(push.after);
    push.commitsCount = payload["commits"].isArray() ? payload["commits"].size() : 0;
    return sdk::InboundEvent{std::move(push)};
}

sdk::Result<sdk::InboundEvent> pullRequestOf(sdk::JsonValue payload) {
    const sdk::JsonValue pull = payload["pull_request"];
    Reader reader;
    sdk::RepositoryPullRequest event;
    event.action = reader.text(payload["action"], "/action");
    event.number = reader.positive(pull["number"], "/pull_request/number");
    event.head = reader.commit(pull["head"]["sha"], "/pull_request/head/sha");
    event.base = reader.text(pull["base"]["ref"], "/pull_request/base/ref");
    if (!reader.ok()) return std::move(reader).error();
    event.ref = "refs/pull/" + std::to_string(event.number) + "/head";
    // head.repo is null when the fork was deleted; what cannot be shown to be the same is another.
    const auto head = pull["head"]["repo"]["id"].integer();
    const auto base = pull["base"]["repo"]["id"].integer();
    event.fork = !head || !base || *head != *base;
    event.scans =
        event.action == "opened" || event.action == "synchronize" || event.action == "reopened";
    return sdk::InboundEvent{std::move(event)};
}

}  // namespace trusthub::github
