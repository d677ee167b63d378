// The table api_key_usage: counts of requests by key, day, route and client.
#pragma once

#include "base/ids.h"
#include "sdk/time.h"
#include "store/tx.h"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace trusthub::access {

struct UsageCounts {
    std::int64_t requests = 0;
    std::int64_t errors = 0;   ///< answered 4xx or 5xx, but for 429
    std::int64_t limited = 0;  ///< answered 429
    TimePoint lastAt;
};

struct UsageRow {
    std::string key, day, route, ip, userAgent;  ///< day: YYYY-MM-DD, UTC
    UsageCounts counts;
};

namespace key_usage_repo {

/// Clients of one key and day that are told apart; what the others do is counted under ''.
inline constexpr std::int64_t kMaxClients = 200;

/// Adds to what is there. Rows of one key stand together. [in a unit]
void add(store::WriteTx& tx, const std::vector<UsageRow>& rows);

/// Days are compared as text; `from` and `to` are both counted in.
struct Span {
    std::string from, to;
};
UsageCounts totals(store::ReadTx& tx, const ApiKeyId& key, const Span& span);

/// The latest use within the span, as far as it was told apart; null: none.
std::optional<UsageRow> last(store::ReadTx& tx, const ApiKeyId& key, const Span& span);

/// Route and client of each use, summed over the days that are kept; the latest first.
std::vector<UsageRow> latest(store::ReadTx& tx, const ApiKeyId& key, std::size_t limit);

enum class By { Route, Client, Day };
/// Sums; of a row only what they are grouped by is set. Days in order, the others by requests, the
/// most first; at most `limit`.
std::vector<UsageRow> sums(store::ReadTx& tx, const ApiKeyId& key, const Span& span, By by,
                           std::size_t limit);

/// Removes up to `limit` rows of days before `day`; answers how many.
std::size_t expire(store::WriteTx& tx, std::string_view day, std::size_t limit);

}  // namespace key_usage_repo
}  // namespace trusthub::access
