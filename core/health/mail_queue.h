// MailQueue: mails are rows, written in the unit of what they tell, until they are sent or given
// up.
#pragma once

#include "base/clock.h"
#include "base/ids.h"
#include "base/metrics.h"
#include "json/json.h"
#include "sdk/result.h"
#include "store/sealer.h"

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace trusthub::health {

/// To one person.
struct NewMail {
    std::string subjectTable, subjectId;  ///< what it is about
    std::string teamId;                   ///< whose that is
    std::string userId;                   ///< empty: the recipient is no user yet
    std::string recipient, recipientName;
    std::string subject, text;  ///< may hold a secret link: sealed, and erased once it is sent
};

enum class MailStatus : std::uint8_t { Waiting, Sent, Failed, Cancelled };
std::string_view text(MailStatus status);

struct MailState {
    std::string id, userId;
    MailStatus status = MailStatus::Waiting;
    int attempts = 0;
    std::string error;  ///< of the last attempt; empty: none, or it went well
    TimePoint createdAt;
    std::optional<TimePoint> endedAt;
};
json::Object toJson(const MailState& mail);

/// A mail that somebody has taken on to send.
struct ClaimedMail {
    std::string id, subjectTable, subjectId, userId, recipient, sealed;
    int attempts = 0;  ///< this one included
};

/// What is sealed of a mail.
struct MailContent {
    std::string recipientName, subject, text;
};

class MailQueue {
public:
    /// Without a mail server nothing is queued.
    MailQueue(store::Sealer& sealer, const base::Clock& clock, base::IdSource& ids,
              base::Metrics& metrics, bool configured)
        : sealer_(sealer), clock_(clock), ids_(ids), metrics_(metrics), configured_(configured) {}

    static constexpr std::size_t kMostWaiting = 10'000;
    static constexpr std::size_t kKeptForAlerts = 1'000;  ///< the last of them

    bool configured() const { return configured_; }
    /// Woken after each commit with new mail; outlives the store. Set before the first unit.
    void setListener(store::CommitHook* listener) { listener_ = listener; }

    /// False when there is no mail server, or too many mails wait. [in a unit]
    bool add(store::WriteTx& tx, const NewMail& mail) { return addAll(tx, {&mail, 1}); }
    /// All of one subject, or none. [in a unit]
    bool addAll(store::WriteTx& tx, std::span<const NewMail> mails);
    /// What waits about that is not sent any more. [in a unit]
    void cancel(store::WriteTx& tx, std::string_view subjectId);
    /// A single mail that nobody needs any more. [in a unit]
    void cancelOne(store::WriteTx& tx, std::string_view id);
    /// Newest first.
    static std::vector<MailState> about(store::ReadTx& tx, std::string_view subjectId,
                                        std::size_t limit);

    // For who sends them.
    /// Due mails, oldest first; nobody else gets them until `until`. [in a unit]
    std::vector<ClaimedMail> claim(store::WriteTx& tx, TimePoint until, std::size_t limit);
    Result<MailContent> open(store::ReadTx& tx, const ClaimedMail& mail);
    /// [in a unit]
    void sent(store::WriteTx& tx, std::string_view id);
    /// Given up for good. [in a unit]
    void failed(store::WriteTx& tx, std::string_view id, std::string_view reason);
    /// Tried again `at`. [in a unit]
    static void later(store::WriteTx& tx, std::string_view id, TimePoint at,
                      std::string_view reason);
    /// What a process that ended had taken on is due now. [in a unit]
    void release(store::WriteTx& tx);
    static std::optional<TimePoint> nextDue(store::ReadTx& tx);
    static std::int64_t waiting(store::ReadTx& tx);
    /// Forgets up to `limit` that ended before `before`; answers how many. [in a unit]
    static std::size_t expire(store::WriteTx& tx, TimePoint before, std::size_t limit);

private:
    store::Sealer& sealer_;
    const base::Clock& clock_;
    base::IdSource& ids_;
    base::Metrics& metrics_;
    const bool configured_;
    store::CommitHook* listener_ = nullptr;
};

}  // namespace trusthub::health
