// HostAllowList: where a connection may call, as its connector's `hosts` and its own settings say.
#pragma once

#include "connectors/descriptor.h"
#include "http/egress_guard.h"
#include "sdk/result.h"

#include <string>
#include <string_view>
#include <vector>

namespace trusthub::connectors {

/// [thread-safe after construction] The egress guard judges the address afterwards; this judges the
/// name.
class HostAllowList {
public:
    HostAllowList(const Descriptor& descriptor, const sdk::Settings& settings);
    /// EgressDenied unless the URL is https and its host and port stand in the list. Without TLS
    /// only this machine, where a setting says so: a provider behind a tunnel, or a test.
    Result<void> check(std::string_view url) const;

private:
    std::string connector_;
    std::vector<std::string> entries_;
    std::vector<http::Url> named_;  ///< by settings
};

}  // namespace trusthub::connectors
