#include "access/imported_keys.h"

#include "access/api_key_format.h"
#include "access/api_keys.h"

namespace trusthub::access {

bool ImportedKeys::contains(std::uint32_t number) {
    const std::uint64_t revision = rights_.now();
    {
        const std::lock_guard lock(mutex_);
        if (revision == revision_) return numbers_.contains(number);
    }
    // Not under the lock: what the store logs is looked through for keys, with mayContain().
    std::unordered_set<std::uint32_t> numbers;
    for (const auto& prefix :
         store_.read([](store::ReadTx& tx) { return ApiKeys::importedPrefixes(tx); }))
        if (const auto known = prefixNumber(prefix, brand_)) numbers.insert(*known);
    const bool found = numbers.contains(number);
    const std::lock_guard lock(mutex_);
    if (revision > revision_) {
        revision_ = revision;
        numbers_ = std::move(numbers);
    }
    return found;
}

bool ImportedKeys::mayContain(std::uint32_t number) {
    const std::lock_guard lock(mutex_);
    return revision_ != rights_.now() || numbers_.contains(number);
}

}  // namespace trusthub::access
