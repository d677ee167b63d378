// Alerts and mail over a hub's keys, with a clock that a test turns and a mail server that it
// scripts.
#pragma once

#include "health/alert_watch.h"
#include "health/mail_sender.h"
#include "unit/access/access_fixture.h"

#include <catch2/catch.hpp>

#include <functional>
#include <string>
#include <vector>

namespace trusthub::test {

/// Answers what the test wants, and keeps what it was given.
class FakeMailer final : public health::Mailer {
public:
    using Kind = health::MailOutcome::Kind;
    std::function<health::MailOutcome(const health::OutgoingMail&)> answer =
        [](const health::OutgoingMail&) {
            return health::MailOutcome{Kind::Sent, {}};
        };
    std::vector<health::OutgoingMail> seen;
    bool aborted = false;

    void send(const std::vector<health::OutgoingMail>& mails, const Wanted& wanted,
              const Done& done) override {
        for (std::size_t i = 0; i < mails.size(); ++i) {
            if (!wanted(i)) continue;
            seen.push_back(mails[i]);
            done(i, answer(mails[i]));
        }
    }
    void abort() noexcept override { aborted = true; }
};

struct HealthHub : AccessHub {
    explicit HealthHub(bool configured = true)
        : mails(sealer, clock, ids, metrics, configured),
          alerts({mails, audit, events, clock, ids}, "https://hub.example.com") {
        sender.emplace(health::MailSender::Parts{store, mails, mailer, clock, random, log, metrics},
                       config());
    }
    static health::MailSenderConfig config() {
        using std::chrono::seconds;
        return {{"TrustHub", "hub@example.com"},
                {{seconds(0), seconds(60), seconds(600)}, 0.0},
                Milliseconds{30'000}};
    }

    bool queue(std::string recipient, std::string text = "a text", std::string subjectId = "s1") {
        return run<bool>([&](store::WriteTx& tx) -> Result<bool> {
            return mails.add(tx, {"notices", subjectId, "", "", recipient, "", "a subject", text});
        });
    }
    std::vector<health::MailState> states(std::string_view subjectId = "s1") {
        return store.read(
            [&](store::ReadTx& tx) { return health::MailQueue::about(tx, subjectId, 50); });
    }
    health::MailState state() {
        const auto all = states();
        REQUIRE(all.size() == 1);
        return all.front();
    }
    void raise(const base::Alarm& alarm) {
        run<void>([&](store::WriteTx& tx) -> Result<void> {
            alerts.raise(tx, alarm);
            return {};
        });
    }
    std::vector<health::Alert> all(health::AlertQuery query = {}) {
        return store.read([&](store::ReadTx& tx) { return health::alerts_repo::list(tx, query); });
    }
    health::Alert only() {
        const auto found = all();
        REQUIRE(found.size() == 1);
        return found.front();
    }
    /// Who was mailed about the alert, oldest first.
    std::vector<std::string> mailed(const std::string& alertId) {
        std::vector<std::string> told;
        for (const auto& mail : states(alertId)) told.insert(told.begin(), mail.userId);
        return told;
    }

    health::MailQueue mails;
    health::Alerts alerts;
    health::AlertWatch watch{{store, alerts, rights, clock, log}};
    FakeMailer mailer;
    std::optional<health::MailSender> sender;
};

}  // namespace trusthub::test
