// KeyUsage: when and from where keys were last used; collected in memory, written in batches.
#pragma once

#include "base/ids.h"
#include "base/workers.h"
#include "store/store.h"

#include <map>
#include <mutex>
#include <string>

namespace trusthub::access {

/// Telemetry: up to a few seconds of it may be lost in a crash. [thread-safe]
class KeyUsage {
public:
    explicit KeyUsage(store::Store& store);
    ~KeyUsage();  ///< writes what is left

    void record(const ApiKeyId& key, TimePoint at, std::string_view ip);
    void flush();

private:
    struct Use {
        TimePoint at;
        std::string ip;
    };
    store::Store& store_;
    std::mutex mutex_;
    std::map<std::string, Use> pending_;
    base::Periodic timer_;
};

}  // namespace trusthub::access
