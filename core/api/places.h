// Places: where the thing lies that a call names, and whether it is there, for those who ask about
// a call without making it.
#pragma once

#include "api/call.h"
#include "api/routes.h"

#include <optional>
#include <string>

namespace trusthub::api {

/// A call that somebody asks about, and the key that would make it.
struct AskedCall {
    const Call& asker;
    const access::Principal& key;
    const Route& route;
    std::string id;            ///< what the path names; empty: nothing
    const json::Object& body;  ///< empty where none was given
    bool bodyGiven = false;
};

struct NamedPlace {
    enum class Kind {
        None,     ///< the call names no place: a list of what is within reach, or one's own things
        List,     ///< of things of teams: refused where none could be within reach
        Known,    ///< of the thing, or the organization's
        Unknown,  ///< there is no such thing, or the asker may not see it
    };
    Kind kind = Kind::None;
    std::string teamId, projectId;
    /// What its handler asks for where the route itself names no permission.
    std::optional<access::Permission> permission;
    /// What stands against the call beside permission and place: a rule of the thing or of the
    /// body, or that there is no such thing where `kind` does not tell.
    std::optional<Error> refused;

    access::Place place() const { return {teamId, projectId}; }
};

/// Each route that looks at more than the credential has its row here; the route matrix test holds
/// every route to it. [SQL only]
NamedPlace placeOf(const AskedCall& asked, store::ReadTx& tx);

}  // namespace trusthub::api
