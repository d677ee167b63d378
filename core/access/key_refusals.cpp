#include "access/key_refusals.h"

#include "access/client_address.h"
#include "access/key_alarms.h"

#include <boost/json.hpp>

namespace trusthub::access {

void KeyRefusals::record(const KeyRecord& key, KeyRefusal refusal, Actor caller) {
    const KeyView& view = key.view;
    const std::string reason(text(refusal));
    const std::string block = addressBlock(caller.ip);
    caller.kind = ActorKind::ApiKey;
    caller.id = view.id.text;
    caller.label = view.prefix;
    audit::Entry entry{"refuse",
                       "api_keys",
                       view.id.text,
                       view.teamId,
                       {{"reason", reason}, {"key_prefix", view.prefix}, {"address_block", block}}};
    if (!view.projectId.empty()) entry.details["project_ids"] = json::Array{view.projectId};
    audit::RefusalRows::Also also;
    if (refusal == KeyRefusal::Canary) {
        json::Object data = eventData(view);
        data["ip"] = caller.ip;
        data["user_agent"] = caller.userAgent;
        also = [this, caller, alarm = events_.draft("api_key.canary_used", view.teamId, data)](
                   store::WriteTx& tx) {
            events_.emit(tx, caller, alarm);
            if (notify_) raiseCanaryUsed(tx, *notify_, ApiKeyId(caller.id), caller);
        };
    }
    const std::string wider = view.id.text + "\n" + reason;
    auto& rows = refusal == KeyRefusal::Canary ? decoyRows_ : rows_;
    rows.record(clock_.now(), {std::move(caller),
                               std::move(entry),
                               wider + "\n" + block,
                               wider,
                               {{"address_block", "many"}},
                               std::move(also)});
}

void KeyRefusals::settle() {
    rows_.settle(clock_.now());
    decoyRows_.settle(clock_.now());
}

void KeyRefusals::settleAll() {
    rows_.settleAll();
    decoyRows_.settleAll();
}

}  // namespace trusthub::access
