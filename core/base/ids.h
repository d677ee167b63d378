// Strong ids and their source. Ids of our own things are UUIDv7 (RFC 9562): they sort by time of
// birth.
#pragma once

#include "base/clock.h"
#include "base/random.h"

#include <atomic>
#include <compare>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>

namespace trusthub::base {

/// An id of one kind of thing; another kind's id does not convert.
template <class Tag>
struct Id {
    std::string text;

    Id() = default;
    explicit Id(std::string value) : text(std::move(value)) {}
    explicit Id(std::string_view value) : text(value) {}
    bool empty() const noexcept { return text.empty(); }
    auto operator<=>(const Id&) const = default;
};

/// Makes UUIDv7 text, strictly rising within one process. [thread-safe]
class IdSource {
public:
    IdSource(const Clock& clock, Random& random) : clock_(clock), random_(random) {}
    std::string next();

    template <class T>
    T next() {
        return T(next());
    }

private:
    const Clock& clock_;
    Random& random_;
    std::atomic<std::uint64_t> last_{0};  ///< milliseconds << 12 | counter
};

/// True for the canonical text of any UUID: 36 characters, lower-case hex and dashes.
bool isUuid(std::string_view text) noexcept;

}  // namespace trusthub::base

namespace trusthub {
using UserId = base::Id<struct UserTag>;
using TeamId = base::Id<struct TeamTag>;
using ProjectId = base::Id<struct ProjectTag>;
using SessionId = base::Id<struct SessionTag>;
using ApiKeyId = base::Id<struct ApiKeyTag>;
using ScanId = base::Id<struct ScanTag>;
using ReceiptId = base::Id<struct ReceiptTag>;
using EventId = base::Id<struct EventTag>;
using EndpointId = base::Id<struct EndpointTag>;
using DeliveryId = base::Id<struct DeliveryTag>;
using ConnectionId = base::Id<struct ConnectionTag>;
}  // namespace trusthub
