// Leaks: the tripwire. Own keys that turn up where none belongs are told, and revoked on request.
#pragma once

#include "access/api_keys.h"
#include "access/imported_keys.h"
#include "access/leak_scanner.h"
#include "base/log.h"
#include "base/metrics.h"
#include "base/notify.h"
#include "base/workers.h"

#include <deque>
#include <map>
#include <mutex>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace trusthub::access {

/// The words of `where` in the event.
enum class LeakPlace : std::uint8_t { InboundBody, RequestUrl, OutboundPayload, Log, Github };
std::string_view text(LeakPlace place);

/// What is known of where it was seen.
struct LeakSight {
    LeakPlace place = LeakPlace::Log;
    std::string address, requestId;  ///< of who sent it
    std::string url, source;         ///< where GitHub found it
    std::string thing;      ///< `receipt 0199…`, of the team: for those who may know of it
    std::string thingTeam;  ///< empty: of the organization
};

/// What became of one text that was reported.
struct LeakVerdict {
    bool ours = false;  ///< a key of this hub, in force or not
    bool revoked = false;
    std::string told;  ///< what was told, for told(); empty: nothing, or it was not long ago
};

/// One report for a key and a place in an hour, kept in memory. Each is one unit: event
/// `api_key.leaked`, an audit row and, when so configured, the revocation. [thread-safe]
class Leaks {
public:
    struct Parts {
        store::Store& store;
        ApiKeys& keys;
        audit::AuditLog& audit;
        events::Events& events;
        people::Rights& rights;
        const base::Clock& clock;
        base::Log& log;
        base::Metrics& metrics;
        base::Notify* notify = nullptr;  ///< null: only events tell of it
    };
    /// From here to its end the log is watched too.
    Leaks(Parts parts, bool autoRevoke);
    ~Leaks();

    /// Whether a text that may be a key stands in it.
    bool suspects(std::string_view text);
    /// Looks through `text` and returns; what is found is followed up by a thread of its own. What
    /// may be a key is bounded, to 100 in one text and 4096 that wait: more are dropped and counted
    /// in `trusthub_leaks_dropped_total`.
    void watch(std::string_view text, const LeakSight& sight);

    using Reported = std::vector<std::pair<SecretString, LeakSight>>;
    /// Judges reported texts, one verdict for each, in their order. Hand them to told() once they
    /// are durable.
    store::Unit<std::vector<LeakVerdict>> report(Reported reported);
    void told(const std::vector<LeakVerdict>& verdicts);

    /// Follows up what is queued. What the thread does.
    void work();

private:
    void enqueue(const LeakScanner::Found& found, const LeakSight& sight);
    /// Looks again what was imported when rights have changed.
    bool imported(std::uint32_t number);
    std::optional<SecretString> keyIn(store::ReadTx& tx, const SecretString& text) const;
    bool toldLately(const std::string& name);
    LeakVerdict judge(store::WriteTx& tx, std::string_view candidate, const LeakSight& sight);

    Parts p_;
    const bool autoRevoke_;
    const LeakScanner scanner_;
    ImportedKeys imported_;
    std::mutex mutex_;
    std::deque<std::pair<SecretString, LeakSight>> queue_;
    std::mutex toldMutex_;
    std::map<std::string, TimePoint> told_;  ///< by prefix and place
    base::Periodic follower_;
};

}  // namespace trusthub::access
