#include "health/alerts.h"

#include "access/api_keys.h"
#include "health/alert_mail.h"
#include "people/role_holders.h"

#include <boost/json.hpp>

namespace trusthub::health {
namespace {

using access::Permission;

constexpr std::chrono::hours kQuiet{24};  // after it an acknowledged matter is news again

void describe(Alert& alert, const base::Alarm& alarm) {
    alert.severity = alarm.severity;
    alert.targetLabel = alarm.targetLabel;
    alert.stage = alarm.stage;
    alert.summary = alarm.summary;
    alert.action = alarm.action;
}

/// Who asked for the key that it is about, or answers for it; whoever has no role left has nothing
/// to do with it any more.
bool concerns(store::ReadTx& tx, const access::Principal& by, const Alert& alert) {
    if (!by.isPerson() || by.user().roles.empty() || alert.targetTable != "api_keys") return false;
    const auto key = access::ApiKeys::find(tx, ApiKeyId(alert.targetId));
    const std::string& user = by.user().id.text;
    return key && (key->createdBy == user || key->stewardId == user);
}

std::vector<people::User> peopleFor(store::ReadTx& tx, const Alert& alert,
                                    const std::string& responsibleId, TimePoint now) {
    using people::Role;
    if (!responsibleId.empty()) {
        const auto user = people::Users::find(tx, UserId(responsibleId), now);
        if (user && user->status == "active" && user->kind == people::kPerson &&
            !user->roles.empty())
            return {*user};
    }
    std::vector<people::User> admins;
    if (!alert.teamId.empty())
        admins = people::roleHolders(tx, Role::TeamAdmin, alert.teamId, now, Alerts::kMostPeople);
    if (admins.empty())
        admins = people::roleHolders(tx, Role::SuperAdmin, "", now, Alerts::kMostPeople);
    return admins;
}

}  // namespace

void Alerts::tell(store::WriteTx& tx, const Alert& alert, const std::string& responsibleId) {
    if (!p_.mails.configured()) return;
    for (const auto& user : peopleFor(tx, alert, responsibleId, p_.clock.now()))
        p_.mails.add(tx, mailOf(alert, user, publicUrl_));
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
        alerts_repo::insert(tx, alert);
        tell(tx, alert, alarm.responsibleId);
        return;
    }
    const bool again = known->state == AlertState::Acknowledged &&
                       now - known->acknowledgedAt.value_or(known->lastAt) >= kQuiet;
    const bool news = again || known->stage != alarm.stage;
    describe(*known, alarm);
    ++known->times;
    known->lastAt = now;
    if (news) {
        known->state = AlertState::Open;
        known->acknowledgedAt.reset();
        known->acknowledgedBy.clear();
    }
    alerts_repo::save(tx, *known);
    if (news) tell(tx, *known, alarm.responsibleId);
}

void Alerts::resolve(store::WriteTx& tx, std::string_view kind, std::string_view targetId,
                     std::string_view because) {
    auto alert = alerts_repo::unresolved(tx, kind, targetId);
    if (!alert) return;
    alert->state = AlertState::Resolved;
    alert->resolvedAt = p_.clock.now();
    alert->resolution = because;
    alerts_repo::save(tx, *alert);
    p_.mails.cancel(tx, alert->id);  // what has not gone yet would tell of what is over
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
        alerts_repo::save(tx, *alert);
        p_.audit.append(
            tx, by.actor(),
            {"acknowledge",
             "alerts",
             alert->id,
             alert->teamId,
             {{"kind", alert->kind}, {"target_id", alert->targetId}, {"count", alert->times}}});
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
