// Alerts: what has to be looked at, who may see it, and who is told by mail.
#pragma once

#include "access/principal.h"
#include "audit/audit_log.h"
#include "health/alerts_repo.h"
#include "health/mail_queue.h"
#include "store/store.h"

#include <string>
#include <string_view>
#include <vector>

namespace trusthub::health {

/// One matter, a kind about a target, is one alert until its reason is gone. It is mailed when it
/// is raised, when it reaches another stage, and when it happens again after somebody had
/// acknowledged it and a day was quiet; else it is counted.
class Alerts final : public base::Notify {
public:
    struct Parts {
        MailQueue& mails;
        audit::AuditLog& audit;
        const base::Clock& clock;
        base::IdSource& ids;
    };
    /// `publicUrl` stands in mails; may be empty.
    Alerts(Parts parts, std::string publicUrl) : p_(parts), publicUrl_(std::move(publicUrl)) {}

    static constexpr std::size_t kMostPeople = 10;  ///< who are mailed at once

    void raise(store::WriteTx& tx, const base::Alarm& alarm) override;
    void resolve(store::WriteTx& tx, std::string_view kind, std::string_view targetId,
                 std::string_view because) override;

    /// By who handles it: its team's team_admins, super_admins, who asked for the key or answers
    /// for it. As it is when it was acknowledged before. What `by` does not see is NotFound;
    /// Conflict `alert_resolved`.
    store::Unit<Alert> acknowledge(const access::Principal& by, const std::string& id);

    static bool maySee(store::ReadTx& tx, const access::Principal& by, const Alert& alert);
    /// What `by` may see at all.
    static AlertQuery visibleTo(const access::Principal& by);

private:
    void tell(store::WriteTx& tx, const Alert& alert, const std::string& responsibleId);

    Parts p_;
    const std::string publicUrl_;
};

}  // namespace trusthub::health
