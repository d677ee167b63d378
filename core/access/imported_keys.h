// ImportedKeys: which prefixes belong to keys that were made elsewhere and carry no checksum.
#pragma once

#include "people/rights.h"
#include "store/store.h"

#include <cstdint>
#include <mutex>
#include <string>
#include <unordered_set>

namespace trusthub::access {

/// Kept in memory and read again when rights have changed, so that garbage costs no look-up.
/// [thread-safe]
class ImportedKeys {
public:
    ImportedKeys(std::string brand, store::Store& store, const people::Rights& rights)
        : brand_(std::move(brand)), store_(store), rights_(rights) {}

    bool contains(std::uint32_t number);
    /// The same without any look-up: true as well when what is kept is out of date.
    bool mayContain(std::uint32_t number);

private:
    const std::string brand_;
    store::Store& store_;
    const people::Rights& rights_;
    std::mutex mutex_;
    std::uint64_t revision_ = 0;  ///< no revision is 0
    std::unordered_set<std::uint32_t> numbers_;
};

}  // namespace trusthub::access
