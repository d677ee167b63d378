// What the configuration of the hub means to its parts.
#pragma once

#include "access/limits.h"
#include "base/backoff.h"
#include "config/hub_config.h"
#include "health/mail_sender.h"
#include "health/smtp_mailer.h"
#include "http/client.h"
#include "http/server.h"
#include "people/sessions.h"

#include <string>

namespace trusthub::app {

http::ClientConfig clientConfig(const config::HubConfig& config);
http::ServerConfig serverConfig(const config::HubConfig& config);
/// Where people reach a hub that listens on `port`, unless its configuration says.
std::string publicUrlOf(const config::HubConfig& config, std::uint16_t port);
access::LimitPolicies limitsOf(const config::HubConfig::Limits& limits);
health::SmtpConfig smtpConfig(const config::MailConfig& mail);
health::MailSenderConfig senderConfig(const config::MailConfig& mail);
people::SessionLimits sessionLimits(const config::HubConfig& config);
/// When what could not be sent is tried again.
base::BackoffSchedule scheduleOf(const config::HubConfig& config);

}  // namespace trusthub::app
