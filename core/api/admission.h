// Admission: what the route table asks of a credential before anything is looked up. One code for
// each request and for those who ask why (explain).
#pragma once

#include "access/principal.h"
#include "api/routes.h"

#include <optional>

namespace trusthub::api {

/// A key on a path for people is 401, one that is not `admin` where that is wanted 403; null: the
/// route takes this kind of credential.
std::optional<Error> refusedByType(const Route& route, const access::Principal& principal);

/// A key that nowhere has the route's permission is 403. What a person without it in any team gets
/// is the handler's: 403 for a list and for a change, 404 for a thing.
std::optional<Error> refusedByPermission(const Route& route, const access::Principal& principal);

/// Those of a key's rights that some route asks for.
access::PermissionSet askedOfKeys(const access::PermissionSet& rights);

}  // namespace trusthub::api
