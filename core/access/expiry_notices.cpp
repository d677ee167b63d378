#include "access/expiry_notices.h"

#include "access/api_key.h"
#include "access/key_alarms.h"

#include <boost/json.hpp>

#include <algorithm>
#include <array>

namespace trusthub::access {
namespace {

constexpr std::string_view kEnding =
    "SELECT id, key_prefix, name, scope, team_id, expires_at FROM api_keys"
    " WHERE expires_at > $1 AND expires_at <= $2 AND created_at < expires_at - $3"
    " AND revoked_at IS NULL AND superseded_by = '' AND NOT EXISTS"
    " (SELECT 1 FROM api_key_notices n WHERE n.key_id = api_keys.id AND n.threshold_days = $4)"
    " ORDER BY expires_at LIMIT $5";
constexpr std::string_view kGive =
    "INSERT INTO api_key_notices (key_id, threshold_days, at) VALUES ($1, $2, $3)"
    " ON CONFLICT (key_id, threshold_days) DO NOTHING";
constexpr std::string_view kGiven =
    "SELECT 1 FROM api_key_notices WHERE key_id = $1 AND threshold_days = $2";

const Actor kTimekeeper{ActorKind::System, "", "key-expiry", "", "", ""};

/// A key whose end lies between two thresholds is due for the upper one.
constexpr std::array<int, 5> kThresholds{0, 1, 7, 14, 30};
constexpr std::size_t kSlice = 50;

std::vector<KeyView> endingKeys(store::ReadTx& tx, TimePoint now, int lower, int upper) {
    using std::chrono::days;
    std::vector<KeyView> found;
    for (store::Rows rows = tx.query(kEnding, now + days(lower), now + days(upper),
                                     Milliseconds(days(upper)).count(), upper, kSlice);
         rows.next();) {
        KeyView& key = found.emplace_back();
        key.id = rows.id<ApiKeyId>(0);
        key.prefix = rows.text(1);
        key.name = rows.text(2);
        key.scope = parseScope(rows.view(3)).value_or(Scope::Project);
        key.teamId = rows.text(4);
        key.expiresAt = rows.time(5);
    }
    return found;
}

void give(store::WriteTx& tx, events::Events& events, base::Notify* notify, const KeyView& key,
          int threshold, TimePoint now) {
    if (tx.execute(kGive, key.id, threshold, now) == 0) return;
    const auto left = std::chrono::ceil<std::chrono::days>(*key.expiresAt - now);
    json::Object data = eventData(key);
    data["days_left"] = left.count();
    data["expires_at"] = formatTime(*key.expiresAt);
    events.emit(tx, kTimekeeper, events.draft("api_key.expiring", key.teamId, data));
    if (notify) raiseExpiring(tx, *notify, key.id, left.count(), threshold);
}

}  // namespace

void carryNotice(store::WriteTx& tx, events::Events& events, base::Notify* notify,
                 const ApiKey& old, const ApiKey& successor, TimePoint now) {
    const auto& end = successor.view.expiresAt;
    if (!end || *end <= now) return;
    const auto threshold = std::ranges::find_if(
        kThresholds, [&](int days) { return *end - now <= std::chrono::days(days); });
    if (threshold == kThresholds.end()) return;
    // As for keys that are not rotated: none for a time before the first of them was issued.
    const bool due = old.createdAt < *end - std::chrono::days(*threshold) ||
                     tx.query(kGiven, old.view.id, *threshold).next();
    if (due) give(tx, events, notify, successor.view, *threshold, now);
    if (notify) settleExpiring(tx, *notify, old.view.id);
}

void ExpiryNotices::runDue() {
    for (std::size_t i = 1; i < kThresholds.size(); ++i) {
        const auto slice = [&](store::WriteTx& tx) -> Result<std::size_t> {
            const TimePoint now = clock_.now();
            const auto keys = endingKeys(tx, now, kThresholds[i - 1], kThresholds[i]);
            for (const auto& key : keys) give(tx, events_, notify_, key, kThresholds[i], now);
            return keys.size();
        };
        while (true) {
            const auto given = store_.writeAndWait<std::size_t>(slice);
            if (!given || *given < kSlice) break;
        }
    }
}

}  // namespace trusthub::access
