// Housekeeping: removes what retention no longer keeps, a little at a time.
#pragma once

#include "base/clock.h"
#include "base/log.h"
#include "base/workers.h"
#include "store/blob_store.h"
#include "store/store.h"

namespace trusthub::app {

struct Retention {
    std::chrono::days receipts{30};
    std::chrono::days deliveries{90};
};

class Housekeeping {
public:
    Housekeeping(store::Store& store, store::BlobStore& blobs, Retention retention,
                 const base::Clock& clock, base::Log& log);

    /// One round; answers when the next is due. Units are small, so that nobody waits for them.
    Milliseconds round(std::stop_token stop);

private:
    store::Store& store_;
    store::BlobStore& blobs_;
    const Retention retention_;
    const base::Clock& clock_;
    base::Log& log_;
    SteadyPoint nextStrays_{};
    base::Periodic timer_;
};

}  // namespace trusthub::app
