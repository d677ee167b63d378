#include "access/leaks.h"

#include "access/key_alarms.h"
#include "access/key_record.h"

#include <boost/json.hpp>

namespace trusthub::access {
namespace {

constexpr std::size_t kMostInText = 100;
constexpr std::size_t kQueue = 4'096;
constexpr std::size_t kMostTold = 4'096;
constexpr std::chrono::hours kQuiet{1};
constexpr Milliseconds kRest{60'000};

/// What is known of where it was seen, as far as those who look after the key may know of it.
std::string inWords(const LeakSight& sight, const KeyView& key) {
    std::string words;
    const auto add = [&](std::string_view what, const std::string& value) {
        if (value.empty()) return;
        words.append(words.empty() ? "" : ", ").append(what).append(value);
    };
    if (key.teamId.empty() || key.teamId == sight.thingTeam) add("", sight.thing);
    add("", sight.url);
    if (sight.place != LeakPlace::Github) {  // there it is GitHub's own
        add("request ", sight.requestId);
        add("sent from ", sight.address);
    }
    return words;
}

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
      imported_(parts.keys.brand(), parts.store, parts.rights),
      follower_("leaks", [this](std::stop_token) {
          work();
          return kRest;
      }) {
    p_.log.setRedactor([this](std::string& line) {
        if (!scanner_.sees(line)) return;
        // Under the log's lock nothing is read: the follower tells what was imported since.
        enqueue(
            scanner_.find(line, kMostInText,
                          [this](std::uint32_t number) { return imported_.mayContain(number); }),
            {.place = LeakPlace::Log});
        scanner_.redact(line);
    });
}

Leaks::~Leaks() {
    p_.log.setRedactor([scanner = scanner_](std::string& line) { scanner.redact(line); });
}

bool Leaks::imported(std::uint32_t number) {
    try {
        p_.rights.lookAround(p_.store, p_.clock.steadyNow());
        return imported_.contains(number);
    } catch (const store::StoreError&) {
        return imported_.mayContain(number);
    }
}

bool Leaks::suspects(std::string_view text) {
    return !scanner_.find(text, 1, [this](std::uint32_t number) { return imported(number); })
                .texts.empty();
}

void Leaks::watch(std::string_view text, const LeakSight& sight) {
    enqueue(
        scanner_.find(text, kMostInText, [this](std::uint32_t number) { return imported(number); }),
        sight);
}

/// Called by the log too: it must not log.
void Leaks::enqueue(const LeakScanner::Found& found, const LeakSight& sight) {
    if (found.texts.empty()) return;
    bool all = found.all;
    {
        const std::lock_guard lock(mutex_);
        for (const auto candidate : found.texts) {
            all = all && queue_.size() < kQueue;
            if (queue_.size() >= kQueue) break;
            queue_.emplace_back(SecretString(std::string(candidate)), sight);
        }
    }
    if (!all) p_.metrics.count("trusthub_leaks_dropped_total");
    follower_.wake();
}

void Leaks::work() {
    (void)imported(0);  // lines of the log are compared with what was known last
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
            const auto key =
                p_.store.read([&](store::ReadTx& tx) { return keyIn(tx, next.first); });
            if (!key) continue;
            Reported reported;
            reported.emplace_back(*key, std::move(next.second));
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

/// The key in force that the text begins with.
std::optional<SecretString> Leaks::keyIn(store::ReadTx& tx, const SecretString& text) const {
    const auto start = text.reveal().substr(0, p_.keys.recogniseStart(tx, text.reveal()));
    const auto key = p_.keys.recognise(tx, start);
    if (!key || !stands(tx, key->view.id, p_.clock.now())) return std::nullopt;
    return SecretString(std::string(start));
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
    // A decoy lies where it is found: revoked, it would catch nobody.
    if (autoRevoke_ && !key->canary)
        verdict.revoked = p_.keys.revokeIn(tx, actor, *key, {{"leaked", true}});
    json::Object data = eventData(view);
    data["where"] = where;
    data["revoked"] = verdict.revoked;
    if (!sight.url.empty()) data["url"] = sight.url;
    if (!sight.source.empty()) data["source"] = sight.source;
    if (!sight.requestId.empty()) data["request_id"] = sight.requestId;
    json::Object details{
        {"key_prefix", view.prefix}, {"where", where}, {"revoked", verdict.revoked}};
    if (!sight.url.empty()) details["url"] = sight.url;
    p_.audit.append(tx, actor, {"leak", "api_keys", view.id.text, view.teamId, std::move(details)});
    p_.events.emit(tx, actor, p_.events.draft("api_key.leaked", view.teamId, data));
    if (p_.notify) raiseLeaked(tx, *p_.notify, *key, where, inWords(sight, view), verdict.revoked);
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
