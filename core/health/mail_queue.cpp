#include "health/mail_queue.h"

#include "json/or_null.h"

#include <boost/json.hpp>

#include <array>

namespace trusthub::health {
namespace {

constexpr std::string_view kInsert =
    "INSERT INTO mails (id, subject_table, subject_id, user_id, recipient, content_sealed, status,"
    " next_at, created_at) VALUES ($1, $2, $3, $4, $5, $6, 'waiting', $7, $7)";
constexpr std::string_view kWaiting =
    "SELECT COUNT(*) FROM (SELECT 1 FROM mails WHERE status = 'waiting' LIMIT $1) AS counted";
constexpr std::string_view kCancel =
    "UPDATE mails SET status = 'cancelled', content_sealed = NULL, ended_at = $1"
    " WHERE subject_id = $2 AND status = 'waiting'";
constexpr std::string_view kCancelOne =
    "UPDATE mails SET status = 'cancelled', content_sealed = NULL, ended_at = $1"
    " WHERE id = $2 AND status = 'waiting'";
constexpr std::string_view kAbout =
    "SELECT id, user_id, status, attempts, last_error, created_at, ended_at FROM mails"
    " WHERE subject_id = $1 ORDER BY id DESC LIMIT $2";
constexpr std::string_view kClaim =
    "UPDATE mails SET attempts = attempts + 1, next_at = $1, leased_until = $1 WHERE id IN"
    " (SELECT id FROM mails WHERE status = 'waiting' AND next_at <= $2 ORDER BY next_at LIMIT $3)"
    " RETURNING id, subject_table, subject_id, user_id, recipient, content_sealed, attempts";
// A mail may have been cancelled while it was on its way.
constexpr std::string_view kSent =
    "UPDATE mails SET status = 'sent', content_sealed = NULL, ended_at = $1, leased_until = 0,"
    " last_error = '' WHERE id = $2";
constexpr std::string_view kFailed =
    "UPDATE mails SET status = 'failed', content_sealed = NULL, ended_at = $1, leased_until = 0,"
    " last_error = $2 WHERE id = $3 AND status = 'waiting'";
constexpr std::string_view kLater =
    "UPDATE mails SET next_at = $1, leased_until = 0, last_error = $2"
    " WHERE id = $3 AND status = 'waiting'";
constexpr std::string_view kRelease =
    "UPDATE mails SET next_at = $1, leased_until = 0 WHERE status = 'waiting' AND leased_until > 0";
constexpr std::string_view kNextDue = "SELECT MIN(next_at) FROM mails WHERE status = 'waiting'";
constexpr std::string_view kExpire =
    "DELETE FROM mails WHERE id IN (SELECT id FROM mails WHERE status <> 'waiting'"
    " AND ended_at < $1 LIMIT $2)";

constexpr std::size_t kMostContent = 64 * 1024;  // what add() was given, and no more

constexpr std::array kStatuses{MailStatus::Waiting, MailStatus::Sent, MailStatus::Failed,
                               MailStatus::Cancelled};

MailStatus statusOf(std::string_view name) {
    for (const auto status : kStatuses)
        if (text(status) == name) return status;
    return MailStatus::Failed;
}

store::SealPlace placeOf(std::string_view id) {
    return {"mails", "content_sealed", id};
}

}  // namespace

std::string_view text(MailStatus status) {
    switch (status) {
        case MailStatus::Waiting:
            return "waiting";
        case MailStatus::Sent:
            return "sent";
        case MailStatus::Failed:
            return "failed";
        case MailStatus::Cancelled:
            return "cancelled";
    }
    return "failed";
}

json::Object toJson(const MailState& mail) {
    return {{"id", mail.id},
            {"user_id", json::textOrNull(mail.userId)},
            {"status", text(mail.status)},
            {"attempts", mail.attempts},
            {"error", json::textOrNull(mail.error)},
            {"created_at", formatTime(mail.createdAt)},
            {"ended_at", json::timeOrNull(mail.endedAt)}};
}

bool MailQueue::addAll(store::WriteTx& tx, std::span<const NewMail> mails) {
    if (!configured_) return false;
    if (mails.empty()) return true;
    // Invitations are shown to who invites as well; of an alert nobody may know otherwise.
    const bool alert = mails.front().subjectTable == "alerts";
    const std::size_t most = alert ? kMostWaiting : kMostWaiting - kKeptForAlerts;
    if (static_cast<std::size_t>(waiting(tx)) + mails.size() > most) {
        // An alert's are tried again until there is room.
        if (!alert)
            metrics_.count("trusthub_mails_total", {{"outcome", "dropped"}},
                           static_cast<double>(mails.size()));
        return false;
    }
    for (const NewMail& mail : mails) {
        const std::string id = ids_.next();
        const std::string content = boost::json::serialize(json::Object{
            {"name", mail.recipientName}, {"subject", mail.subject}, {"text", mail.text}});
        const auto sealed = sealer_.seal({mail.teamId, "mails"}, placeOf(id), content);
        tx.execute(kInsert, id, mail.subjectTable, mail.subjectId, mail.userId, mail.recipient,
                   sealed.into(tx), clock_.now());
    }
    if (listener_) tx.afterCommit(*listener_);
    return true;
}

void MailQueue::cancelOne(store::WriteTx& tx, std::string_view id) {
    tx.execute(kCancelOne, clock_.now(), id);
}

void MailQueue::cancel(store::WriteTx& tx, std::string_view subjectId) {
    tx.execute(kCancel, clock_.now(), subjectId);
}

std::vector<MailState> MailQueue::about(store::ReadTx& tx, std::string_view subjectId,
                                        std::size_t limit) {
    std::vector<MailState> found;
    for (store::Rows rows = tx.query(kAbout, subjectId, limit); rows.next();)
        found.push_back({rows.text(0), rows.text(1), statusOf(rows.view(2)),
                         static_cast<int>(rows.integer(3)), rows.text(4), rows.time(5),
                         rows.optionalTime(6)});
    return found;
}

std::vector<ClaimedMail> MailQueue::claim(store::WriteTx& tx, TimePoint until, std::size_t limit) {
    std::vector<ClaimedMail> claimed;
    for (store::Rows rows = tx.query(kClaim, until, clock_.now(), limit); rows.next();)
        claimed.push_back({rows.text(0), rows.text(1), rows.text(2), rows.text(3), rows.text(4),
                           rows.text(5), static_cast<int>(rows.integer(6))});
    return claimed;
}

Result<MailContent> MailQueue::open(store::ReadTx& tx, const ClaimedMail& mail) {
    const auto plain = sealer_.open(tx, placeOf(mail.id), mail.sealed);
    if (!plain) return plain.error();
    const auto content = json::parse(*plain);
    if (!content) return content.error();
    json::ObjectReader reader(*content);
    MailContent opened{reader.string("name", 0, kMostContent),
                       reader.string("subject", 0, kMostContent),
                       reader.string("text", 0, kMostContent)};
    if (auto fits = reader.finish(); !fits) return fits.error();
    return opened;
}

void MailQueue::sent(store::WriteTx& tx, std::string_view id) {
    tx.execute(kSent, clock_.now(), id);
}

void MailQueue::failed(store::WriteTx& tx, std::string_view id, std::string_view reason) {
    tx.execute(kFailed, clock_.now(), reason, id);
}

void MailQueue::later(store::WriteTx& tx, std::string_view id, TimePoint at,
                      std::string_view reason) {
    tx.execute(kLater, at, reason, id);
}

void MailQueue::release(store::WriteTx& tx) {
    tx.execute(kRelease, clock_.now());
}

std::optional<TimePoint> MailQueue::nextDue(store::ReadTx& tx) {
    store::Rows rows = tx.query(kNextDue);
    return rows.next() ? rows.optionalTime(0) : std::nullopt;
}

std::int64_t MailQueue::waiting(store::ReadTx& tx) {
    store::Rows rows = tx.query(kWaiting, kMostWaiting);
    return rows.next() ? rows.integer(0) : 0;
}

std::size_t MailQueue::expire(store::WriteTx& tx, TimePoint before, std::size_t limit) {
    return static_cast<std::size_t>(tx.execute(kExpire, before, limit));
}

}  // namespace trusthub::health
