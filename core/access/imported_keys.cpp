#include "access/imported_keys.h"

#include "access/api_key_format.h"
#include "access/api_keys.h"

namespace trusthub::access {

bool ImportedKeys::contains(std::uint32_t number) {
    const std::lock_guard lock(mutex_);
    const std::uint64_t revision = rights_.now();
    if (revision != revision_) {
        const auto prefixes =
            store_.read([](store::ReadTx& tx) { return ApiKeys::importedPrefixes(tx); });
        numbers_.clear();
        for (const auto& prefix : prefixes)
            if (const auto known = prefixNumber(prefix, brand_)) numbers_.insert(*known);
        revision_ = revision;
    }
    return numbers_.contains(number);
}

}  // namespace trusthub::access
