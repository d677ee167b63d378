#include "api/invitation_mail.h"

#include <boost/json.hpp>

namespace trusthub::api {

health::NewMail invitationMail(const people::Invitation& invitation, const people::User& by,
                               const std::string& link) {
    // A service account has no address that anybody knows it by.
    const std::string who = by.kind == people::kPerson ? by.email : "An administrator";
    const std::string hub = link.substr(0, link.find("/invitation#"));
    return {
        "invitations",
        invitation.id,
        invitation.teamId,
        "",
        invitation.email,
        invitation.name == invitation.email ? "" : invitation.name,
        "Invitation to TrustHub",
        who + " invites you to TrustHub at " + hub +
            ".\n\nOpen this link to choose your name and your password. It serves once, until " +
            formatTime(invitation.expiresAt) + ":\n\n" + link +
            "\n\nIf you expect no invitation, do nothing: nobody joins without this link.\n"};
}

json::Object mailOfInvitation(store::ReadTx& tx, const health::MailQueue& mails,
                              const std::string& id) {
    const auto states = health::MailQueue::about(tx, id, 1);
    if (states.empty())
        return {{"status", mails.configured() ? "not_queued" : "not_configured"},
                {"attempts", 0},
                {"error", nullptr},
                {"ended_at", nullptr}};
    json::Object state = toJson(states.front());
    for (const std::string_view member : {"id", "user_id", "created_at"}) state.erase(member);
    return state;
}

}  // namespace trusthub::api
