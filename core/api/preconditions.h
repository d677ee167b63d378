// Preconditions: If-Match and If-None-Match of one request (RFC 9110, section 13), and entity tags.
#pragma once

#include "json/json.h"
#include "sdk/headers.h"
#include "sdk/result.h"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace trusthub::api {

/// The strong tag of what GET answers, quotes included: `"state"`, or `"state.rest"` where members
/// of the body are telemetry (last use …). Another body has another tag; telemetry changes `rest`
/// only. `text` is `body` serialised.
std::string entityTag(const json::Object& body, std::string_view text,
                      const std::vector<std::string_view>& telemetry);

struct TagList {
    bool any = false;  ///< `*`
    struct Tag {
        std::string text;  ///< quotes included
        bool weak = false;
    };
    std::vector<Tag> tags;
};

struct Preconditions {
    std::optional<TagList> match;
    std::optional<TagList> noneMatch;

    /// BadRequest when a field is no list of entity tags or names too many.
    static Result<Preconditions> of(const sdk::Headers& headers);

    bool none() const { return !match && !noneMatch; }
    /// For a change of what has this tag now; PreconditionFailed. If-Match looks at the state only,
    /// so that telemetry does not stand in the way of a change.
    Result<void> allow(std::string_view tag) const;
    /// For a read: 304 instead of the body.
    bool notModified(std::string_view tag) const;
};

}  // namespace trusthub::api
