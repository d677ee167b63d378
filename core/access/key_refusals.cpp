#include "access/key_refusals.h"

#include "access/client_address.h"
#include "access/key_alarms.h"

#include <boost/json.hpp>

namespace trusthub::access {

void KeyRefusals::record(const KeyRecord& key, KeyRefusal refusal, Actor caller) {
    const KeyView& view = key.view;
    const std::string reason(text(refusal));
    const std::string block = addressBlock(caller.ip);
    using Turn = audit::OncePerMinute::Turn;
    const Turn turn = rows_.take(clock_.now(), view.id.text + "\n" + reason + "\n" + block);
    if (turn == Turn::Skip) return;
    const bool many = turn == Turn::WriteForMany;
    caller.kind = ActorKind::ApiKey;
    caller.id = view.id.text;
    caller.label = view.prefix;
    std::optional<events::Draft> alarm;
    if (refusal == KeyRefusal::Canary) {
        json::Object data = eventData(view);
        data["ip"] = caller.ip;
        data["user_agent"] = caller.userAgent;
        alarm = events_.draft("api_key.canary_used", view.teamId, data);
    }
    audit::Entry entry{"refuse",
                       "api_keys",
                       view.id.text,
                       view.teamId,
                       {{"reason", reason},
                        {"key_prefix", view.prefix},
                        {"address_block", many ? std::string("many") : block}}};
    store_.write<void>(
        [this, caller = std::move(caller), entry = std::move(entry),
         alarm = std::move(alarm)](store::WriteTx& tx) -> Result<void> {
            audit_.append(tx, caller, entry);
            if (alarm) events_.emit(tx, caller, *alarm);
            if (alarm && notify_) raiseCanaryUsed(tx, *notify_, ApiKeyId(caller.id), caller);
            return {};
        },
        [](Result<void>) {});
}

}  // namespace trusthub::access
