// The words in which an alert is mailed.
#pragma once

#include "health/alert.h"
#include "health/mail_queue.h"
#include "people/users.h"

#include <string>

namespace trusthub::health {

/// `team`: its name. `publicUrl` may be empty.
NewMail mailOf(const Alert& alert, const people::User& to, const std::string& team,
               const std::string& publicUrl);

}  // namespace trusthub::health
