#include "app/housekeeping.h"

#include "access/key_usage_repo.h"
#include "api/idempotency.h"
#include "health/alerts_repo.h"
#include "health/mail_queue.h"
#include "inbound/receipts.h"
#include "outbound/deliveries_repo.h"
#include "people/invitations.h"
#include "people/sessions.h"
#include "people/setup.h"

namespace trusthub::app {
namespace {

constexpr std::size_t kSlice = 200;
constexpr Milliseconds kEvery{600'000};
constexpr std::chrono::hours kStraysEvery{24};
constexpr std::chrono::days kSessionsKept{30};
constexpr std::chrono::days kInvitationsKept{90};
constexpr std::chrono::days kAlertsKept{90};
constexpr std::chrono::days kMailsKept{30};

}  // namespace

Housekeeping::Housekeeping(store::Store& store, store::BlobStore& blobs, Retention retention,
                           const base::Clock& clock, base::Log& log)
    : store_(store),
      blobs_(blobs),
      retention_(retention),
      clock_(clock),
      log_(log),
      timer_("housekeeping", [this](std::stop_token stop) { return round(stop); }) {}

Milliseconds Housekeeping::round(std::stop_token stop) {
    const auto repeat = [&](auto unit) {
        while (!stop.stop_requested()) {
            const auto done = store_.writeAndWait<std::size_t>(
                [&](store::WriteTx& tx) -> Result<std::size_t> { return unit(tx); });
            if (!done || *done < kSlice) return;
        }
    };
    repeat([&](store::WriteTx& tx) {
        return inbound::Receipts::expire(tx, blobs_, clock_.now() - retention_.receipts, kSlice);
    });
    repeat([&](store::WriteTx& tx) {
        return outbound::deliveries_repo::expire(tx, clock_.now() - retention_.deliveries, kSlice);
    });
    repeat([&](store::WriteTx& tx) {
        const auto day = formatTime(clock_.now() - retention_.keyUsage).substr(0, 10);
        return access::key_usage_repo::expire(tx, day, kSlice);
    });
    repeat([&](store::WriteTx& tx) { return api::Idempotency::expire(tx, clock_.now(), kSlice); });
    repeat([&](store::WriteTx& tx) {
        return people::Sessions::expire(tx, clock_.now() - kSessionsKept, kSlice);
    });
    repeat([&](store::WriteTx& tx) {
        return people::Setup::expire(tx, clock_.now() - kSessionsKept, kSlice);
    });
    repeat([&](store::WriteTx& tx) {
        return people::Invitations::expire(tx, clock_.now() - kInvitationsKept, kSlice);
    });
    repeat([&](store::WriteTx& tx) {
        return health::alerts_repo::expire(tx, clock_.now() - kAlertsKept, kSlice);
    });
    repeat([&](store::WriteTx& tx) {
        return health::MailQueue::expire(tx, clock_.now() - kMailsKept, kSlice);
    });
    std::size_t removed = blobs_.sweep();
    if (clock_.steadyNow() >= nextStrays_) {
        removed += blobs_.sweepStrays(stop);
        nextStrays_ = clock_.steadyNow() + kStraysEvery;
    }
    if (removed > 0) log_.info("removed content that nothing refers to").with("blobs", removed);
    return kEvery;
}

}  // namespace trusthub::app
