// KeySinks: stores of secrets at providers, reached over connections. Owned here, filled by
// connectors/.
#pragma once

#include "base/ids.h"
#include "sdk/secret_sink.h"
#include "sdk/time.h"
#include "store/tx.h"

#include <optional>
#include <stop_token>
#include <string>
#include <string_view>

namespace trusthub::access {

/// Which connection is handed a successor, and where that puts it.
struct KeySink {
    ConnectionId connection;
    sdk::SecretTarget target;
    bool operator==(const KeySink&) const = default;
};

/// The code of what publicKey() and put() answer, without a call, when the connection is paused or
/// gone by then.
inline constexpr std::string_view kSinkNotActive = "connection_not_active";

class KeySinks {
public:
    struct Standing {
        bool active = false;
        TimePoint changedAt;
        std::string name = {};
    };

    /// InvalidInput below `/deliver` for a connection that is not of that team (empty: the
    /// organization), cannot take sealed secrets or lacks its credential, and for a target that its
    /// provider would refuse. [in a unit]
    virtual Result<void> fits(store::ReadTx& tx, const KeySink& sink,
                              std::string_view teamId) const = 0;
    /// Null when the connection is gone.
    virtual std::optional<Standing> standing(store::ReadTx& tx,
                                             const ConnectionId& connection) const = 0;

    /// Calls to the provider, as sdk/secret_sink.h says; Cancelled once asked to stop, Conflict
    /// kSinkNotActive. [worker thread; may block]
    virtual Result<sdk::SinkKey> publicKey(const KeySink& sink, const std::stop_token& stop) = 0;
    virtual Result<void> put(const KeySink& sink, const sdk::SealedSecret& secret,
                             const std::stop_token& stop) = 0;

protected:
    ~KeySinks() = default;
};

}  // namespace trusthub::access
