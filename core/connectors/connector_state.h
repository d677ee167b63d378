// ConnectorState: a connector's small durable values, in the table connector_state.
#pragma once

#include "base/clock.h"
#include "sdk/host.h"
#include "store/store.h"

#include <string>

namespace trusthub::connectors {

/// [any thread but HTTP workers and the writer; `set` waits for its commit]
class ConnectorState final : public sdk::State {
public:
    ConnectorState(std::string connector, store::Store& store, const base::Clock& clock)
        : connector_(std::move(connector)), store_(store), clock_(clock) {}

    /// Throws std::runtime_error when the database cannot be read: no value is not the same as no
    /// answer.
    std::optional<std::string> get(std::string_view key) const override;
    /// InvalidInput for keys beyond 1 to 200 bytes or text that is not UTF-8; TooLarge for values
    /// over 64 KiB or more than 1,000 keys.
    Result<void> set(std::string_view key, std::string_view value) override;

private:
    const std::string connector_;
    store::Store& store_;
    const base::Clock& clock_;
};

}  // namespace trusthub::connectors
