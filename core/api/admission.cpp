#include "api/admission.h"

namespace trusthub::api {

std::optional<Error> refusedByType(const Route& route, const access::Principal& principal) {
    const auto* key = principal.key();
    if (!key) return std::nullopt;
    if (route.who == Who::Person)
        return fail(ErrorKind::Unauthenticated,
                    "API keys are not taken here; a person signs in with POST /v1/session.",
                    "person_required");
    if (route.who == Who::PersonOrAdmin && key->type != access::KeyType::Admin)
        return fail(ErrorKind::Forbidden, "Only people and keys of type admin may do that.",
                    "insufficient_scope");
    return std::nullopt;
}

std::optional<Error> refusedByPermission(const Route& route, const access::Principal& principal) {
    if (!route.permission || !principal.key() || principal.holds(*route.permission))
        return std::nullopt;
    return principal.denial(*route.permission, false);
}

}  // namespace trusthub::api
