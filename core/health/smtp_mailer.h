// SmtpMailer: one mail server, spoken to by POCO over a guarded connection.
#pragma once

#include "base/clock.h"
#include "health/mailer.h"
#include "http/egress_guard.h"
#include "sdk/result.h"
#include "sdk/secret.h"

#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>

namespace trusthub::health {

enum class MailTls : std::uint8_t { StartTls, Implicit, None };

struct SmtpConfig {
    std::string host;
    std::uint16_t port = 587;
    MailTls tls = MailTls::StartTls;
    std::string user;  ///< empty: no sign-in
    SecretString password;
    std::string from;              ///< address of the envelope
    std::filesystem::path ca;      ///< further authorities, PEM; empty: the system's alone
    Milliseconds timeout{30'000};  ///< of one mail, from the connection on
};

/// With StartTls and Implicit nothing is said before the server has proved its name. What the
/// server says to setting up a connection is never final: it may be a mistake of the configuration.
class SmtpMailer final : public Mailer {
public:
    SmtpMailer(SmtpConfig config, std::shared_ptr<const http::EgressGuard> guard,
               const base::Clock& clock);
    ~SmtpMailer() override;

    /// InvalidInput when `ca` cannot be used.
    Result<void> check() const;
    void send(const std::vector<OutgoingMail>& mails, const Wanted& wanted,
              const Done& done) override;
    void abort() noexcept override;

private:
    struct Impl;
    std::unique_ptr<Impl> impl_;
};

}  // namespace trusthub::health
