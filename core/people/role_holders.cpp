#include "people/role_holders.h"

namespace trusthub::people {
namespace {

constexpr std::string_view kHolders =
    "SELECT u.id FROM user_roles r JOIN users u ON u.id = r.user_id"
    " WHERE r.role = $1 AND r.team_id = $2 AND (r.expires_at IS NULL OR r.expires_at > $3)"
    " AND u.status = 'active' AND u.kind = 'person' ORDER BY u.id LIMIT $4";

}  // namespace

std::vector<User> roleHolders(store::ReadTx& tx, Role role, std::string_view teamId, TimePoint now,
                              std::size_t limit) {
    std::vector<UserId> ids;
    for (store::Rows rows = tx.query(kHolders, text(role), teamId, now, limit); rows.next();)
        ids.push_back(rows.id<UserId>(0));
    std::vector<User> found;
    for (const auto& id : ids)
        if (auto user = Users::find(tx, id, now)) found.push_back(*std::move(user));
    return found;
}

}  // namespace trusthub::people
