#include "access/leaks.h"

#include "access/key_alarms.h"
#include "access/key_record.h"

#include <boost/json.hpp>

namespace trusthub::access {
namespace {

constexpr std::size_t kMostInText = 20;
constexpr std::size_t kQueue = 256;
constexpr std::size_t kMostTold = 4'096;
constexpr std::chrono::hours kQuiet{1};
constexpr Milliseconds kRest{60'000};

}  // namespace

std::string_view text(LeakPlace place) {
    switch (place) {
        case LeakPlace::InboundBody:
            return "inbound_body";
        case LeakPlace::RequestUrl:
            return "request_url";
        case LeakPlace::OutboundPayload:
            return "outbound_payload";
        case LeakPlace::Log:
            return "log";
        case LeakPlace::Github:
            return "github";
    }
    return "log";
}

Leaks::Leaks(Parts parts, bool autoRevoke)
    : p_(parts),
      autoRevoke_(autoRevoke),
      scanner_(parts.keys.brand()),
      follower_("leaks", [this](std::stop_token) {
          work();
          return kRest;
      }) {
    p_.log.setRedactor([this](std::string& line) {
        const auto found = scanner_.find(line, kMostInText);
        if (found.empty()) return;
        enqueue(found, {LeakPlace::Log, {}, {}, {}, {}});
        scanner_.redact(line);
    });
}

Leaks::~Leaks() {
    p_.log.setRedactor([scanner = scanner_](std::string& line) { scanner.redact(line); });
}

void Leaks::watch(std::string_view text, const LeakSight& sight) {
    if (const auto found = scanner_.find(text, kMostInText); !found.empty()) enqueue(found, sight);
}

/// Called under the log's lock too: it must not log.
void Leaks::enqueue(const std::vector<std::string_view>& found, const LeakSight& sight) {
    {
        const std::lock_guard lock(mutex_);
        for (const auto candidate : found) {
            if (queue_.size() >= kQueue) {
                p_.metrics.count("trusthub_leaks_dropped_total");
                break;
            }
            queue_.emplace_back(SecretString(std::string(candidate)), sight);
        }
    }
    follower_.wake();
}

void Leaks::work() {
    for (;;) {
        std::pair<SecretString, LeakSight> next;
        {
            const std::lock_guard lock(mutex_);
            if (queue_.empty()) return;
            next = std::move(queue_.front());
            queue_.pop_front();
        }
        try {
            // Anybody can send texts of that shape: only real keys come before the writer.
            const bool real = p_.store.read([&](store::ReadTx& tx) {
                const auto key = p_.keys.recognise(tx, next.first.reveal());
                return key && stands(tx, key->view.id, p_.clock.now());
            });
            if (!real) continue;
            Reported reported;
            reported.push_back(std::move(next));
            if (const auto verdicts = p_.store.writeAndWait(report(std::move(reported))))
                told(*verdicts);
            else
                p_.log.error("a leaked key could not be reported")
                    .with("reason", verdicts.error().text());
        } catch (const std::exception& exception) {
            p_.log.error("a leaked key could not be looked up").with("error", exception.what());
        }
    }
}

store::Unit<std::vector<LeakVerdict>> Leaks::report(Reported reported) {
    return [this, reported =
                      std::move(reported)](store::WriteTx& tx) -> Result<std::vector<LeakVerdict>> {
        std::vector<LeakVerdict> verdicts;
        std::map<std::string_view, std::size_t> seen;  // the same key twice is one leak
        for (const auto& [candidate, sight] : reported) {
            const auto [first, fresh] = seen.try_emplace(candidate.reveal(), verdicts.size());
            verdicts.push_back(fresh ? judge(tx, candidate.reveal(), sight)
                                     : verdicts[first->second]);
        }
        return verdicts;
    };
}

/// [in a unit]
LeakVerdict Leaks::judge(store::WriteTx& tx, std::string_view candidate, const LeakSight& sight) {
    LeakVerdict verdict;
    const auto key = p_.keys.recognise(tx, candidate);
    verdict.ours = key.has_value();
    if (!key || !stands(tx, key->view.id, p_.clock.now())) return verdict;
    const KeyView& view = key->view;
    const std::string_view where = text(sight.place);
    const std::string name = view.prefix + " " + std::string(where);
    if (toldLately(name)) return verdict;
    verdict.told = name;
    const Actor actor{ActorKind::System, "", "leak tripwire", sight.address, "", sight.requestId};
    if (autoRevoke_) verdict.revoked = p_.keys.revokeLeaked(tx, actor, *key);
    json::Object data{{"id", view.id.text}, {"key_prefix", view.prefix},
                      {"name", view.name},  {"scope", text(view.scope)},
                      {"where", where},     {"revoked", verdict.revoked}};
    if (!sight.url.empty()) data["url"] = sight.url;
    if (!sight.source.empty()) data["source"] = sight.source;
    if (!sight.requestId.empty()) data["request_id"] = sight.requestId;
    json::Object details{
        {"key_prefix", view.prefix}, {"where", where}, {"revoked", verdict.revoked}};
    if (!sight.url.empty()) details["url"] = sight.url;
    p_.audit.append(tx, actor, {"leak", "api_keys", view.id.text, view.teamId, std::move(details)});
    p_.events.emit(tx, actor, p_.events.draft("api_key.leaked", view.teamId, data));
    if (p_.notify) raiseLeaked(tx, *p_.notify, *key, where, verdict.revoked);
    p_.metrics.count("trusthub_leaks_total", {{"where", where}});
    p_.log.warn("an API key turned up where none belongs")
        .with("key_prefix", view.prefix)
        .with("where", where)
        .with("revoked", verdict.revoked)
        .with("request_id", sight.requestId);
    return verdict;
}

bool Leaks::toldLately(const std::string& name) {
    const std::lock_guard lock(toldMutex_);
    const auto entry = told_.find(name);
    return entry != told_.end() && entry->second + kQuiet > p_.clock.now();
}

void Leaks::told(const std::vector<LeakVerdict>& verdicts) {
    const TimePoint now = p_.clock.now();
    const std::lock_guard lock(toldMutex_);
    if (told_.size() >= kMostTold)
        std::erase_if(told_, [&](const auto& entry) { return entry.second + kQuiet <= now; });
    for (const auto& verdict : verdicts)
        if (!verdict.told.empty() && told_.size() < 2 * kMostTold) told_[verdict.told] = now;
}

}  // namespace trusthub::access
