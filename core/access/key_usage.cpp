#include "access/key_usage.h"

#include "access/api_keys.h"

namespace trusthub::access {
namespace {

constexpr Milliseconds kEvery{5'000};

}  // namespace

KeyUsage::KeyUsage(store::Store& store)
    : store_(store), timer_("key-usage", [this](std::stop_token) {
          flush();
          return kEvery;
      }) {}

KeyUsage::~KeyUsage() {
    flush();
}

void KeyUsage::record(const ApiKeyId& key, TimePoint at, std::string_view ip) {
    const std::lock_guard lock(mutex_);
    Use& use = pending_[key.text];
    use.at = at;
    use.ip = ip;
}

void KeyUsage::flush() {
    std::map<std::string, Use> uses;
    {
        const std::lock_guard lock(mutex_);
        uses.swap(pending_);
    }
    if (uses.empty()) return;
    store_.write<void>(
        [uses = std::move(uses)](store::WriteTx& tx) -> Result<void> {
            for (const auto& [id, use] : uses) ApiKeys::recordUse(tx, ApiKeyId(id), use.at, use.ip);
            return {};
        },
        [](Result<void>) {});
}

}  // namespace trusthub::access
