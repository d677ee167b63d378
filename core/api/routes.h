// The route table: every path of the API, who may call it, and what it is for.
#pragma once

#include "api/call.h"
#include "http/router.h"

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace trusthub::api {

enum class Who {
    Public,         ///< P
    Person,         ///< S: a key gets 401
    PersonOrAdmin,  ///< S/A: a person or an `admin` key
    PersonOrKey,    ///< S/K: a person or a key whose permissions name it
};

enum class Run {
    Inline,  ///< on the HTTP worker: must not wait
    Pool,    ///< may wait: argon2, disk
};

/// What a route is limited by where no key is.
enum class Throttle {
    Credentials,  ///< credentials that fail
    SignIn,       ///< every try
    Webhooks,     ///< what is refused
};

struct Route {
    std::string_view method;
    std::string_view pattern;
    Who who;
    std::optional<access::Permission> permission;  ///< what the credential must hold somewhere
    Outcome (*handler)(Call& call);
    std::string_view summary;
    int success = 200;
    std::string_view request = "";   ///< schema of the body in schemas.json
    std::string_view response = "";  ///< schema of the answer
    Run run = Run::Inline;
    std::size_t maxBody = 1 << 20;
    std::vector<std::string> secretMembers = {};  ///< of the answer: shown once, never stored
    bool quiet = false;                           ///< successes are logged at level debug only
    Throttle throttle = Throttle::Credentials;
    std::optional<access::Permission> further = {};  ///< what its handler may ask of a key beside
};

/// In the order of the OpenAPI document.
const std::vector<Route>& routes();
/// Finds a row of it by method and path.
const http::Router& routeIndex();

}  // namespace trusthub::api
