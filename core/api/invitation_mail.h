// The mail that brings an invitation's link to who is invited.
#pragma once

#include "health/mail_queue.h"
#include "people/invitations.h"

#include <string>

namespace trusthub::api {

/// Names who invites, the roles with their teams, and how long the link serves.
health::NewMail invitationMail(store::ReadTx& tx, const people::Invitation& invitation,
                               const people::User& by, const std::string& link);

/// How it stands: `not_configured` without a mail server; `not_queued` when none was made, or it is
/// forgotten.
json::Object mailOfInvitation(store::ReadTx& tx, const health::MailQueue& mails,
                              const std::string& id);

}  // namespace trusthub::api
