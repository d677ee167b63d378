#include "health/alert_watch.h"

#include "access/key_alarms.h"
#include "access/key_record.h"
#include "access/rotation_schedule_repo.h"

namespace trusthub::health {
namespace {

constexpr std::size_t kSlice = 100;
constexpr Milliseconds kLook{500};
constexpr std::chrono::minutes kSweepEvery{1};
constexpr int kRestFactor = 10;
constexpr std::chrono::hours kLooked{7 * 24};    // after which what was acknowledged is over
constexpr std::chrono::hours kPatience{3 * 24};  // with people who are waited for

}  // namespace

std::optional<std::string_view> over(store::ReadTx& tx, const Alert& alert, TimePoint now) {
    const auto lookedAfter = [&]() -> std::optional<std::string_view> {
        if (!alert.acknowledgedAt || now - *alert.acknowledgedAt < kLooked) return std::nullopt;
        return "looked_after";
    };
    // The hub cannot read what lies at the provider; that the key has ended is the matter.
    if (alert.kind == access::kLeftBehind) return lookedAfter();
    if (alert.targetTable != "api_keys") return std::nullopt;
    const ApiKeyId id(alert.targetId);
    const auto key = access::ApiKeys::find(tx, id);
    if (!key) return "key_removed";
    // Revoked by the tripwire as it was raised: that is what somebody must be told.
    if (alert.kind == access::kLeaked && alert.stage == access::kRevokedAtOnce)
        return lookedAfter();
    if (key->revokedAt) return "key_revoked";
    if (key->view.expiresAt && *key->view.expiresAt <= now) return "key_expired";
    if (!access::stands(tx, id, now)) return "issuing_key_ended";
    const bool rotated = !key->supersededBy.empty();
    if (alert.kind == "api_key_expiring" && rotated) return "key_rotated";
    if (alert.kind == "api_key_rotation_due") {
        if (rotated) return "key_rotated";
        const auto schedule = access::rotation_schedule_repo::find(tx, id);
        if (!schedule || schedule->status != access::RotationStatus::WaitingForPerson)
            return "schedule_changed";
    }
    return std::nullopt;
}

void AlertWatch::start() {
    thread_.emplace("alerts", [this](std::stop_token) { return round(); });
}

Milliseconds AlertWatch::round() {
    p_.rights.lookAround(p_.store, p_.clock.steadyNow());
    const std::uint64_t revision = p_.rights.now();
    const SteadyPoint now = p_.clock.steadyNow();
    if (revision == seen_ && now < nextSweep_) return kLook;
    sweep();
    seen_ = revision;
    nextSweep_ = now + kSweepEvery;
    // However many stand open and however often rights change: most of the time is rest.
    const auto took = std::chrono::ceil<Milliseconds>(p_.clock.steadyNow() - now);
    return std::clamp(took * kRestFactor, kLook, Milliseconds{kSweepEvery});
}

AlertWatch::Due AlertWatch::dueOf(const Alert& alert, TimePoint now) {
    if (alert.state != AlertState::Open) return Due::Nothing;
    if (alert.kind == access::kRotationDue && alert.stage != Alerts::kOverdue &&
        now - alert.firstAt >= kPatience)
        return Due::Escalation;
    return alert.mailDue ? Due::Mail : Due::Nothing;
}

bool AlertWatch::attend(const Alert& alert) {
    const auto done = p_.store.writeAndWait<bool>([&](store::WriteTx& tx) -> Result<bool> {
        const TimePoint now = p_.clock.now();
        if (const auto because = over(tx, alert, now)) {
            p_.alerts.resolve(tx, alert.kind, alert.targetId, *because);
            return true;
        }
        const Due due = dueOf(alert, now);
        if (due == Due::Mail) return p_.alerts.mailDue(tx, alert.id);
        if (due == Due::Escalation) p_.alerts.escalate(tx, alert.id);
        return true;
    });
    return !done || *done;
}

void AlertWatch::sweep() {
    std::int64_t unmailed = 0;
    for (std::string after;;) {
        const auto slice = p_.store.read([&](store::ReadTx& tx) {
            auto open = alerts_repo::unresolvedAfter(tx, after, kSlice);
            if (open.size() == kSlice) after = open.back().id;
            const bool last = open.size() < kSlice;
            const TimePoint now = p_.clock.now();
            std::erase_if(open, [&](const Alert& alert) {
                return dueOf(alert, now) == Due::Nothing && !over(tx, alert, now);
            });
            return std::pair{std::move(open), last};
        });
        for (const Alert& alert : slice.first)
            if (!attend(alert)) ++unmailed;
        if (slice.second) break;
    }
    if (unmailed > 0)
        p_.log.warn("mails of alerts wait for room in the queue").with("alerts", unmailed);
}

}  // namespace trusthub::health
