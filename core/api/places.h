// Places: where the thing lies that a path names, for those who ask about a path without calling
// it.
#pragma once

#include "api/call.h"
#include "api/routes.h"

#include <optional>
#include <string>

namespace trusthub::api {

struct NamedPlace {
    enum class Kind {
        None,     ///< the path names no place: a list, or what depends on the body
        Known,    ///< of the thing, or the organization's
        Unknown,  ///< there is no such thing, or the asker may not see it
    };
    Kind kind = Kind::None;
    std::string teamId, projectId;
    /// What its handler asks for where the route itself names no permission.
    std::optional<access::Permission> permission;

    access::Place place() const { return {teamId, projectId}; }
};

/// `query` and `params` are those of the path that is asked about. [SQL only]
NamedPlace placeOf(const Call& asker, store::ReadTx& tx, const Route& route,
                   const http::PathParams& params,
                   const std::map<std::string, std::string, std::less<>>& query);

}  // namespace trusthub::api
