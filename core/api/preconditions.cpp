#include "api/preconditions.h"

#include "base/text.h"
#include "crypto/hash.h"

#include <boost/json.hpp>

#include <algorithm>

namespace trusthub::api {
namespace {

constexpr std::size_t kMaxTags = 50;
constexpr std::size_t kStateBytes = 16;
constexpr std::size_t kRestBytes = 6;

std::string digest(std::string_view text, std::size_t bytes) {
    return base::toBase64Url(crypto::sha256(text).substr(0, bytes));
}

/// Without the quotes and without what follows the state.
std::string_view stateOf(std::string_view tag) {
    tag = tag.substr(1, tag.size() - 2);
    return tag.substr(0, tag.find('.'));
}

bool isTagChar(char c) {
    const auto byte = static_cast<unsigned char>(c);
    return byte == 0x21 || (byte >= 0x23 && byte != 0x7F);
}

/// Takes one entity tag off the front; false when there is none.
bool takeTag(std::string_view& rest, TagList& list) {
    TagList::Tag tag;
    if (rest.starts_with("W/")) {
        tag.weak = true;
        rest.remove_prefix(2);
    }
    if (!rest.starts_with('"')) return false;
    const std::size_t end = rest.find('"', 1);
    if (end == std::string_view::npos) return false;
    tag.text = rest.substr(0, end + 1);
    if (!std::ranges::all_of(rest.substr(1, end - 1), isTagChar)) return false;
    rest.remove_prefix(end + 1);
    list.tags.push_back(std::move(tag));
    return list.tags.size() <= kMaxTags;
}

bool takeList(std::string_view value, TagList& list) {
    value = base::trim(value);
    if (value == "*") {
        list.any = true;
        return true;
    }
    while (!value.empty()) {
        if (value.front() == ',') {
            value = base::trim(value.substr(1));
            continue;
        }
        if (!takeTag(value, list)) return false;
        value = base::trim(value);
        if (!value.empty() && value.front() != ',') return false;
    }
    return true;
}

/// Every line of the field together; null when it is not there.
Result<std::optional<TagList>> read(const sdk::Headers& headers, std::string_view name) {
    std::optional<TagList> list;
    for (const auto& [field, value] : headers) {
        if (!base::equalsIgnoreCase(field, name)) continue;
        if (!list) list.emplace();
        if (!takeList(value, *list))
            return fail(ErrorKind::BadRequest,
                        std::string(name) + " holds entity tags in quotes, at most 50, or *.");
    }
    if (list && (list->any ? !list->tags.empty() : list->tags.empty()))
        return fail(ErrorKind::BadRequest, std::string(name) + " holds entity tags or *.");
    return list;
}

}  // namespace

std::string entityTag(const json::Object& body, std::string_view text,
                      const std::vector<std::string_view>& telemetry) {
    if (telemetry.empty()) return "\"" + digest(text, kStateBytes) + "\"";
    json::Object state = body;
    json::Object rest;
    for (const auto name : telemetry) {
        const auto* member = state.if_contains(name);
        if (!member) continue;
        rest[name] = *member;
        state.erase(name);
    }
    return "\"" + digest(boost::json::serialize(state), kStateBytes) + "." +
           digest(boost::json::serialize(rest), kRestBytes) + "\"";
}

Result<Preconditions> Preconditions::of(const sdk::Headers& headers) {
    Preconditions conditions;
    auto match = read(headers, "If-Match");
    if (!match) return match.error();
    auto noneMatch = read(headers, "If-None-Match");
    if (!noneMatch) return noneMatch.error();
    conditions.match = *std::move(match);
    conditions.noneMatch = *std::move(noneMatch);
    return conditions;
}

Result<void> Preconditions::allow(std::string_view tag) const {
    const auto sameState = [&](const TagList::Tag& given) {
        return !given.weak && stateOf(given.text) == stateOf(tag);
    };
    if (match && !match->any && std::ranges::none_of(match->tags, sameState))
        return fail(ErrorKind::PreconditionFailed);
    if (notModified(tag)) return fail(ErrorKind::PreconditionFailed);
    return {};
}

bool Preconditions::notModified(std::string_view tag) const {
    if (!noneMatch) return false;
    return noneMatch->any ||
           std::ranges::find(noneMatch->tags, tag, &TagList::Tag::text) != noneMatch->tags.end();
}

}  // namespace trusthub::api
