// Alerts: what has to be looked at, who may see it, and who is told by mail.
#pragma once

#include "access/principal.h"
#include "audit/audit_log.h"
#include "events/events.h"
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
        events::Events& events;
        const base::Clock& clock;
        base::IdSource& ids;
    };
    /// `publicUrl` stands in mails; may be empty.
    Alerts(Parts parts, std::string publicUrl) : p_(parts), publicUrl_(std::move(publicUrl)) {}

    static constexpr std::size_t kMostPeople = 10;  ///< who are mailed at once
    /// The stage of what waits for a person and was escalated.
    static constexpr std::string_view kOverdue = "overdue";

    void raise(store::WriteTx& tx, const base::Alarm& alarm) override;
    void resolve(store::WriteTx& tx, std::string_view kind, std::string_view targetId,
                 std::string_view because) override;
    void resolveStage(store::WriteTx& tx, std::string_view kind, std::string_view stage,
                      std::string_view because) override;

    // What time brings; AlertWatch knows when. [in a unit]
    /// What nobody has gone on with for days is critical, and mailed as such.
    void escalate(store::WriteTx& tx, const std::string& id);
    /// Mails what found no room; false when there is still none.
    bool mailDue(store::WriteTx& tx, const std::string& id);

    /// By who handles it: its team's team_admins, super_admins, who asked for the key or answers
    /// for it. As it is when it was acknowledged before. What `by` does not see is NotFound;
    /// Conflict `alert_resolved`.
    store::Unit<Alert> acknowledge(const access::Principal& by, const std::string& id);

    static bool maySee(store::ReadTx& tx, const access::Principal& by, const Alert& alert);
    /// What `by` may see at all.
    static AlertQuery visibleTo(const access::Principal& by);

private:
    /// It is news: mailed, with audit row and event. The caller stores it.
    void open(store::WriteTx& tx, Alert& alert, std::string_view action,
              const std::string& responsibleId);
    void end(store::WriteTx& tx, Alert alert, std::string_view because);
    /// False when the mails found no room.
    bool tell(store::WriteTx& tx, const Alert& alert, const std::string& responsibleId);
    void record(store::WriteTx& tx, const Actor& actor, const Alert& alert, std::string_view action,
                std::string_view event, json::Object more = {});

    Parts p_;
    const std::string publicUrl_;
};

}  // namespace trusthub::health
