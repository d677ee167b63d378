#include "access/confirm.h"

#include "access/key_record.h"

#include <algorithm>

namespace trusthub::access {
namespace {

constexpr std::string_view kSessionEnded = "SELECT ended_at FROM sessions WHERE id = $1";

bool sessionStands(store::ReadTx& tx, const SessionId& id) {
    store::Rows rows = tx.query(kSessionEnded, id);
    return rows.next() && rows.isNull(0);
}

Error changed() {
    return fail(ErrorKind::Conflict, "The rights behind this call changed meanwhile; try again.",
                "rights_changed");
}

bool sameRoles(const std::shared_ptr<const people::User>& now,
               const std::shared_ptr<const people::User>& then) {
    return now->roles == then->roles;
}

Result<void> confirmKey(store::ReadTx& tx, const Principal& who, TimePoint now) {
    const KeyView& key = *who.key();
    const auto record = readRecord(tx, key.prefix, [&](store::ReadTx& inner, const UserId& id) {
        return findOwner(inner, id, now);
    });
    if (!record || record->view.id != key.id ||
        refusalOf(*record, now, who.actor().ip) != KeyRefusal::None)
        return fail(ErrorKind::Unauthenticated);
    if (record->view.type != key.type || record->view.permissions != key.permissions ||
        record->owner->roles != who.user().roles ||
        !std::ranges::equal(record->issuers, who.issuers(), sameRoles))
        return changed();
    return {};
}

}  // namespace

Result<void> confirm(store::ReadTx& tx, const Principal& who, TimePoint now) {
    if (who.key()) return confirmKey(tx, who, now);
    const auto user = people::Users::find(tx, who.user().id, now);
    if (!sessionStands(tx, who.session()->id) || !user || user->status != "active")
        return fail(ErrorKind::Unauthenticated);
    if (user->roles != who.user().roles) return changed();
    return {};
}

}  // namespace trusthub::access
