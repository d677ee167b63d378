#include "people/rights.h"

namespace trusthub::people {
namespace {

constexpr std::string_view kCount = "UPDATE rights_changes SET changes = changes + 1 WHERE id = 1";
constexpr std::string_view kSeen = "SELECT changes FROM rights_changes WHERE id = 1";

}  // namespace

void Rights::changed(store::WriteTx& tx) {
    tx.execute(kCount);
    revision_.changed(tx);
}

void Rights::lookAround(store::Store& store, SteadyPoint at) {
    const std::int64_t now = at.time_since_epoch().count();
    auto due = nextLook_.load(std::memory_order_relaxed);
    constexpr auto kEvery = std::chrono::duration_cast<SteadyPoint::duration>(kNoticedWithin);
    if (now < due || !nextLook_.compare_exchange_strong(due, now + kEvery.count())) return;
    const std::int64_t changes = store.read([](store::ReadTx& tx) {
        store::Rows rows = tx.query(kSeen);
        return rows.next() ? rows.integer(0) : 0;
    });
    // Our own changes are counted there too and cost one more read of what is kept, no more.
    if (seen_.exchange(changes) != changes) revision_.committed();
}

}  // namespace trusthub::people
