#include "health/mail_sender.h"

#include "health/alert_people.h"
#include "health/alerts_repo.h"
#include "people/invitations.h"

namespace trusthub::health {
namespace {

constexpr std::size_t kBatch = 10;
constexpr Milliseconds kLongestRest{30'000};
constexpr Milliseconds kStoreRest{1'000};
constexpr Milliseconds kLeaseSlack{60'000};

std::string_view word(MailOutcome::Kind kind) {
    switch (kind) {
        case MailOutcome::Kind::Sent:
            return "sent";
        case MailOutcome::Kind::Refused:
            return "refused";
        case MailOutcome::Kind::Later:
            return "later";
    }
    return "later";
}

/// Whether it tells its recipient nothing any more: a link that was used, withdrawn or has run out;
/// an alert that somebody looks after, or that is none of the recipient's business now.
bool moot(store::ReadTx& tx, const ClaimedMail& mail, TimePoint now) {
    if (mail.subjectTable == "alerts") {
        const auto alert = alerts_repo::find(tx, mail.subjectId);
        return !alert || alert->state != AlertState::Open ||
               !stillConcerns(tx, *alert, mail.userId, now);
    }
    if (mail.subjectTable != "invitations") return false;
    const auto invitation = people::Invitations::find(tx, mail.subjectId);
    return !invitation || invitation->status(now) != "pending";
}

}  // namespace

MailSender::MailSender(Parts parts, MailSenderConfig config)
    : p_(parts), config_(std::move(config)) {}

MailSender::~MailSender() {
    stop();
}

Result<void> MailSender::start() {
    auto released = p_.store.writeAndWait<void>([this](store::WriteTx& tx) -> Result<void> {
        p_.queue.release(tx);
        return {};
    });
    if (!released) return released;
    thread_.emplace("mail", [this](std::stop_token) { return step(); });
    const std::lock_guard lock(mutex_);
    awake_ = &*thread_;
    return {};
}

void MailSender::stop() {
    stopping_ = true;
    p_.mailer.abort();
    {
        const std::lock_guard lock(mutex_);
        awake_ = nullptr;
    }
    thread_.reset();  // without the lock: it may wait for a commit, which takes it
}

void MailSender::committed() noexcept {
    const std::lock_guard lock(mutex_);
    if (awake_) awake_->wake();
}

Milliseconds MailSender::step() {
    if (stopping_) return kLongestRest;
    const auto rest = restTime();
    if (rest > Milliseconds{0}) return rest;
    const TimePoint until = p_.clock.now() + kBatch * config_.timeout + kLeaseSlack;
    const auto claimed = p_.store.writeAndWait<std::vector<ClaimedMail>>(
        [&](store::WriteTx& tx) -> Result<std::vector<ClaimedMail>> {
            return p_.queue.claim(tx, until, kBatch);
        });
    if (!claimed) return kStoreRest;
    std::vector<OutgoingMail> outgoing;
    std::vector<const ClaimedMail*> mails;
    for (const auto& mail : *claimed) {
        const auto content =
            p_.store.read([&](store::ReadTx& tx) { return p_.queue.open(tx, mail); });
        if (!content) {
            settle(mail, {MailOutcome::Kind::Refused, "the stored mail does not open"});
        } else if (!sendable(mail.recipient)) {
            settle(mail, {MailOutcome::Kind::Refused, "the address is none that mail can reach"});
        } else {
            outgoing.push_back({mail.recipient, compose({mail.id,
                                                         config_.from,
                                                         {content->recipientName, mail.recipient},
                                                         content->subject,
                                                         content->text,
                                                         p_.clock.now()})});
            mails.push_back(&mail);
        }
    }
    if (!outgoing.empty())
        p_.mailer.send(
            outgoing, [&](std::size_t index) { return wanted(*mails[index]); },
            [&](std::size_t index, const MailOutcome& outcome) { settle(*mails[index], outcome); });
    return restTime();
}

bool MailSender::wanted(const ClaimedMail& mail) {
    if (!p_.store.read([&](store::ReadTx& tx) { return moot(tx, mail, p_.clock.now()); }))
        return true;
    (void)p_.store.writeAndWait<void>([&](store::WriteTx& tx) -> Result<void> {
        p_.queue.cancelOne(tx, mail.id);
        return {};
    });
    return false;
}

Milliseconds MailSender::restTime() {
    const auto [next, waiting] = p_.store.read([](store::ReadTx& tx) {
        return std::pair{MailQueue::nextDue(tx), MailQueue::waiting(tx)};
    });
    p_.metrics.gauge("trusthub_mails_waiting", static_cast<double>(waiting), {});
    if (!next) return kLongestRest;
    return std::clamp(*next - p_.clock.now(), Milliseconds{0}, kLongestRest);
}

void MailSender::settle(const ClaimedMail& mail, const MailOutcome& outcome) {
    // The server was cut off by us; that says nothing of the mail, and its lease is ended at start.
    if (stopping_ && outcome.kind == MailOutcome::Kind::Later) return;
    const auto wait =
        config_.schedule.before(static_cast<std::size_t>(mail.attempts) + 1, p_.random);
    const bool over = outcome.kind == MailOutcome::Kind::Refused ||
                      (outcome.kind == MailOutcome::Kind::Later && !wait);
    const auto recorded = p_.store.writeAndWait<void>([&](store::WriteTx& tx) -> Result<void> {
        if (outcome.kind == MailOutcome::Kind::Sent)
            p_.queue.sent(tx, mail.id);
        else if (over)
            p_.queue.failed(tx, mail.id, outcome.reason);
        else
            MailQueue::later(tx, mail.id, p_.clock.now() + *wait, outcome.reason);
        return {};
    });
    p_.metrics.count("trusthub_mails_total",
                     {{"outcome", over ? std::string_view("failed") : word(outcome.kind)}}, 1);
    if (outcome.kind != MailOutcome::Kind::Sent)
        p_.log.warn(over ? "a mail has failed" : "a mail is tried again later")
            .with("mail", mail.id)
            .with("attempts", mail.attempts)
            .with("reason", outcome.reason);
    if (!recorded)
        p_.log.error("what became of a mail could not be recorded; it may be sent twice")
            .with("mail", mail.id)
            .with("error", recorded.error().text());
}

}  // namespace trusthub::health
