// AlertWatch: resolves alerts whose reason is gone, and does with the others what is due in time.
#pragma once

#include "base/log.h"
#include "base/workers.h"
#include "health/alerts.h"
#include "people/rights.h"

#include <optional>
#include <string_view>

namespace trusthub::health {

/// Keys end in many ways: revoked, rotated, expired, with the key that issued them, by another
/// process. So what stands open is judged anew when rights have changed, and once a minute. What
/// has waited for a person for three days is escalated, and mails that found no room are queued
/// later.
class AlertWatch {
public:
    struct Parts {
        store::Store& store;
        Alerts& alerts;
        people::Rights& rights;
        const base::Clock& clock;
        base::Log& log;
    };
    explicit AlertWatch(Parts parts) : p_(parts) {}

    void start();
    void stop() { thread_.reset(); }
    /// What the thread does; answers when to look again.
    Milliseconds round();

private:
    /// What is to be done about an alert that stands.
    enum class Due : std::uint8_t { Nothing, Escalation, Mail };
    static Due dueOf(const Alert& alert, TimePoint now);
    void sweep();
    /// False when its mails still find no room.
    bool attend(const Alert& alert);

    Parts p_;
    std::uint64_t seen_ = 0;
    SteadyPoint nextSweep_{};
    std::optional<base::Periodic> thread_;
};

/// Why the alert's reason is gone; null while it stands. Alerts of other kinds than those of keys
/// are for others to judge.
std::optional<std::string_view> over(store::ReadTx& tx, const Alert& alert, TimePoint now);

}  // namespace trusthub::health
