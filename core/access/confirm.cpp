#include "access/confirm.h"

#include "access/api_keys.h"

namespace trusthub::access {
namespace {

constexpr std::string_view kSessionEnded = "SELECT ended_at FROM sessions WHERE id = $1";

bool sessionStands(store::ReadTx& tx, const SessionId& id) {
    store::Rows rows = tx.query(kSessionEnded, id);
    return rows.next() && rows.isNull(0);
}

}  // namespace

Result<void> confirm(store::ReadTx& tx, const Principal& who, TimePoint now) {
    const bool stands =
        who.key() ? ApiKeys::stands(tx, who.key()->id, now) : sessionStands(tx, who.session()->id);
    const auto user = people::Users::find(tx, who.user().id, now);
    if (!stands || !user || user->status != "active") return fail(ErrorKind::Unauthenticated);
    if (user->roles != who.user().roles)
        return fail(ErrorKind::Conflict,
                    "The rights behind this call changed meanwhile; try again.", "rights_changed");
    return {};
}

}  // namespace trusthub::access
