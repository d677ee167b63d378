#include "api/admission.h"

#include <utility>
#include <vector>

namespace trusthub::api {
namespace {

/// What the route table asks of keys.
struct Asked {
    access::PermissionSet alone;
    /// Asked by routes that ask for the first one, too.
    std::vector<std::pair<access::Permission, access::Permission>> beside;

    Asked() {
        for (const Route& route : routes()) {
            if (route.who == Who::Person) continue;
            if (route.permission) alone.set(access::bit(*route.permission));
            if (route.further && !route.permission) alone.set(access::bit(*route.further));
            if (route.further && route.permission)
                beside.emplace_back(*route.permission, *route.further);
        }
    }
};

}  // namespace

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

access::PermissionSet askedOfKeys(const access::PermissionSet& rights) {
    static const Asked kAsked;
    access::PermissionSet asked = rights & kAsked.alone;
    for (const auto& [first, further] : kAsked.beside)
        if (rights.test(access::bit(first)) && rights.test(access::bit(further)))
            asked.set(access::bit(further));
    return asked;
}

}  // namespace trusthub::api
