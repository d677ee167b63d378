#include "audit/refusal_rows.h"

#include <boost/json.hpp>

namespace trusthub::audit {

void RefusalRows::record(const Actor& actor, TimePoint at, const std::string& key, Entry entry) {
    const auto turn = once_.take(at, key);
    if (turn == OncePerMinute::Turn::Skip) return;
    if (turn == OncePerMinute::Turn::WriteForMany) entry.details["address_block"] = "many";
    store_.write<void>(
        [&audit = audit_, actor, entry = std::move(entry)](store::WriteTx& tx) -> Result<void> {
            audit.append(tx, actor, entry);
            return {};
        },
        [](Result<void>) {});
}

}  // namespace trusthub::audit
