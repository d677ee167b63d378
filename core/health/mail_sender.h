// MailSender: takes waiting mails from the database to the mail server, and records what came of
// them.
#pragma once

#include "base/backoff.h"
#include "base/log.h"
#include "base/metrics.h"
#include "base/workers.h"
#include "health/mail_message.h"
#include "health/mail_queue.h"
#include "health/mailer.h"

#include <atomic>
#include <optional>

namespace trusthub::health {

struct MailSenderConfig {
    MailAddress from;
    base::BackoffSchedule schedule;  ///< of attempts at one mail; used up, the mail has failed
    Milliseconds timeout{30'000};    ///< of one mail
};

/// One thread, so that a server that hangs holds up nothing but mail. What is refused for good has
/// failed at once; whatever else goes wrong is tried again by the schedule. A mail is sent again
/// under the same id when the process ends between sending and recording it.
class MailSender final : public store::CommitHook {
public:
    struct Parts {
        store::Store& store;
        MailQueue& queue;
        Mailer& mailer;
        const base::Clock& clock;
        base::Random& random;
        base::Log& log;
        base::Metrics& metrics;
    };
    MailSender(Parts parts, MailSenderConfig config);
    ~MailSender();

    /// Takes over what the process before this one left, and starts the thread.
    Result<void> start();
    /// What is under way is cut off, and tried again after the next start.
    void stop();
    /// One round: what the thread does. Answers how long nothing will be due.
    Milliseconds step();

    void committed() noexcept override;

private:
    Milliseconds restTime();
    /// False, and cancelled, when it would tell nothing any more.
    bool wanted(const ClaimedMail& mail);
    void settle(const ClaimedMail& mail, const MailOutcome& outcome);

    Parts p_;
    const MailSenderConfig config_;
    std::atomic<bool> stopping_{false};
    std::optional<base::Periodic> thread_;
    std::mutex mutex_;
    base::Periodic* awake_ = nullptr;  ///< thread_ while commits may wake it
};

}  // namespace trusthub::health
