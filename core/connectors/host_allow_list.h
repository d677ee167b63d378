// HostAllowList: where a connector may call, as its descriptor's `hosts` say.
#pragma once

#include "connectors/descriptor.h"
#include "sdk/result.h"

#include <string>
#include <string_view>
#include <vector>

namespace trusthub::connectors {

/// [thread-safe after construction] The egress guard judges the address afterwards; this judges the
/// name.
class HostAllowList {
public:
    explicit HostAllowList(const Descriptor& descriptor);
    /// EgressDenied unless the URL is https and its host and port stand in the list.
    Result<void> check(std::string_view url) const;

private:
    std::string connector_;
    std::vector<std::string> entries_;
};

}  // namespace trusthub::connectors
