#include "health/alerts.h"

#include "access/api_keys.h"
#include "base/text.h"
#include "health/alert_mail.h"
#include "health/alert_people.h"
#include "people/teams.h"

#include <boost/json.hpp>

namespace trusthub::health {
namespace {

using access::Permission;

constexpr std::size_t kSlice = 100;
constexpr std::chrono::hours kQuiet{24};  // after it an acknowledged matter is news again

const Actor kSelf{ActorKind::System, "", "alerts", "", "", ""};

void describe(Alert& alert, const base::Alarm& alarm) {
    alert.targetLabel = alarm.targetLabel;
    alert.summary = alarm.summary;
    alert.action = alarm.action;
    // What was escalated stays so while it is the same matter.
    if (alert.stage == Alerts::kOverdue && alarm.stage.empty()) return;
    alert.severity = alarm.severity;
    alert.stage = alarm.stage;
}

/// A name for one line of a mail.
std::string teamNameOf(store::ReadTx& tx, const Alert& alert) {
    if (alert.teamId.empty()) return "the organization";
    const auto team = people::Teams::find(tx, TeamId(alert.teamId));
    return team ? base::oneLine(team->name) : alert.teamId;
}

/// Who asked for the key that it is about, or answers for it; whoever has no role left has nothing
/// to do with it any more.
bool concerns(store::ReadTx& tx, const access::Principal& by, const Alert& alert) {
    if (!by.isPerson() || by.user().roles.empty() || alert.targetTable != "api_keys") return false;
    const auto key = access::ApiKeys::find(tx, ApiKeyId(alert.targetId));
    const std::string& user = by.user().id.text;
    return key && (key->createdBy == user || key->stewardId == user);
}

}  // namespace

bool Alerts::tell(store::WriteTx& tx, const Alert& alert, const std::string& responsibleId) {
    if (!p_.mails.configured()) return true;
    const std::string team = teamNameOf(tx, alert);
    std::vector<NewMail> mails;
    for (const auto& user : peopleToMail(tx, alert, responsibleId, p_.clock.now(), kMostPeople))
        mails.push_back(mailOf(alert, user, team, publicUrl_));
    return p_.mails.addAll(tx, mails);
}

void Alerts::record(store::WriteTx& tx, const Actor& actor, const Alert& alert,
                    std::string_view action, std::string_view event, json::Object more) {
    json::Object details{
        {"kind", alert.kind}, {"target_id", alert.targetId}, {"count", alert.times}};
    json::Object data;
    const json::Object whole = toJson(alert);
    for (const std::string_view member :
         {"id", "kind", "severity", "target", "summary", "action", "count", "first_at"})
        data[member] = whole.at(member);
    for (auto& [member, value] : more) {
        details[member] = value;
        data[member] = std::move(value);
    }
    p_.audit.append(tx, actor,
                    {std::string(action), "alerts", alert.id, alert.teamId, std::move(details)});
    p_.events.emit(tx, actor, p_.events.draft(event, alert.teamId, data));
}

void Alerts::open(store::WriteTx& tx, Alert& alert, std::string_view action,
                  const std::string& responsibleId) {
    alert.state = AlertState::Open;
    alert.acknowledgedAt.reset();
    alert.acknowledgedBy.clear();
    alert.mailDue = !tell(tx, alert, responsibleId);
    record(tx, kSelf, alert, action, "alert.opened");
}

void Alerts::raise(store::WriteTx& tx, const base::Alarm& alarm) {
    const TimePoint now = p_.clock.now();
    auto known = alerts_repo::unresolved(tx, alarm.kind, alarm.targetId);
    if (!known) {
        Alert alert;
        alert.id = p_.ids.next();
        alert.kind = alarm.kind;
        alert.teamId = alarm.teamId;
        alert.targetTable = alarm.targetTable;
        alert.targetId = alarm.targetId;
        alert.firstAt = alert.lastAt = now;
        describe(alert, alarm);
        open(tx, alert, "create", alarm.responsibleId);
        alerts_repo::insert(tx, alert);
        return;
    }
    const bool again = known->state == AlertState::Acknowledged &&
                       now - known->acknowledgedAt.value_or(known->lastAt) >= kQuiet;
    const std::string before = known->stage;
    describe(*known, alarm);
    ++known->times;
    known->lastAt = now;
    if (again || known->stage != before) open(tx, *known, "update", alarm.responsibleId);
    alerts_repo::save(tx, *known);
}

void Alerts::end(store::WriteTx& tx, Alert alert, std::string_view because) {
    alert.state = AlertState::Resolved;
    alert.resolvedAt = p_.clock.now();
    alert.resolution = because;
    alert.mailDue = false;
    alerts_repo::save(tx, alert);
    p_.mails.cancel(tx, alert.id);  // what has not gone yet would tell of what is over
    record(tx, kSelf, alert, "resolve", "alert.resolved", {{"resolution", because}});
}

void Alerts::resolve(store::WriteTx& tx, std::string_view kind, std::string_view targetId,
                     std::string_view because) {
    if (auto alert = alerts_repo::unresolved(tx, kind, targetId))
        end(tx, *std::move(alert), because);
}

void Alerts::resolveStage(store::WriteTx& tx, std::string_view kind, std::string_view stage,
                          std::string_view because) {
    for (auto& alert : alerts_repo::unresolvedAt(tx, kind, stage, kSlice))
        end(tx, std::move(alert), because);
}

void Alerts::escalate(store::WriteTx& tx, const std::string& id) {
    auto alert = alerts_repo::find(tx, id);
    if (!alert || alert->state != AlertState::Open || alert->stage == kOverdue) return;
    alert->severity = base::Severity::Critical;
    alert->stage = kOverdue;
    open(tx, *alert, "update", responsibleFor(tx, *alert));
    alerts_repo::save(tx, *alert);
}

bool Alerts::mailDue(store::WriteTx& tx, const std::string& id) {
    auto alert = alerts_repo::find(tx, id);
    if (!alert || !alert->mailDue || alert->state != AlertState::Open) return true;
    if (!tell(tx, *alert, responsibleFor(tx, *alert))) return false;
    alert->mailDue = false;
    alerts_repo::save(tx, *alert);
    return true;
}

store::Unit<Alert> Alerts::acknowledge(const access::Principal& by, const std::string& id) {
    return [this, by, id](store::WriteTx& tx) -> Result<Alert> {
        auto alert = alerts_repo::find(tx, id);
        if (!alert || !maySee(tx, by, *alert)) return by.denial(Permission::AlertsRead, true);
        const bool handles = by.hasRole(people::Role::SuperAdmin) ||
                             by.hasRole(people::Role::TeamAdmin, alert->teamId) ||
                             concerns(tx, by, *alert);
        if (!handles)
            return fail(ErrorKind::Forbidden,
                        "An alert is acknowledged by administrators of its team, super_admins, and"
                        " who is responsible for what it is about.");
        if (alert->state == AlertState::Resolved)
            return fail(ErrorKind::Conflict, "The alert is resolved; there is nothing left to do.",
                        "alert_resolved");
        if (alert->state == AlertState::Acknowledged) return *std::move(alert);
        alert->state = AlertState::Acknowledged;
        alert->acknowledgedAt = p_.clock.now();
        alert->acknowledgedBy = by.user().id.text;
        alert->mailDue = false;
        alerts_repo::save(tx, *alert);
        p_.mails.cancel(tx, alert->id);  // somebody looks after it
        record(tx, by.actor(), *alert, "acknowledge", "alert.acknowledged",
               {{"acknowledged_by", alert->acknowledgedBy}});
        return *std::move(alert);
    };
}

bool Alerts::maySee(store::ReadTx& tx, const access::Principal& by, const Alert& alert) {
    return by.may(Permission::AlertsRead, {alert.teamId, {}}) || concerns(tx, by, alert);
}

AlertQuery Alerts::visibleTo(const access::Principal& by) {
    AlertQuery query;
    query.teams = by.teams(Permission::AlertsRead);
    if (by.isPerson() && !by.user().roles.empty()) query.owner = by.user().id.text;
    return query;
}

}  // namespace trusthub::health
