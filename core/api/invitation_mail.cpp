#include "api/invitation_mail.h"

#include "base/text.h"
#include "people/teams.h"

#include <boost/json.hpp>

#include <map>

namespace trusthub::api {

namespace {

std::string inviter(const people::User& by) {
    // A service account has no address that anybody knows it by.
    if (by.kind != people::kPerson) return "An administrator";
    const std::string name = base::oneLine(by.name);
    return name == by.email ? by.email : name + " (" + by.email + ")";
}

/// One line a role; those of teams that are gone by now are not given.
std::string rolesOf(store::ReadTx& tx, const std::vector<people::RoleGrant>& roles) {
    std::map<std::string_view, std::string> places{{"", " of the organization"}};
    std::string text;
    for (const auto& grant : roles) {
        const auto [known, added] = places.try_emplace(grant.teamId);
        std::string& place = known->second;
        if (added)
            if (const auto team = people::Teams::find(tx, TeamId(grant.teamId)))
                place = " of the team " + base::oneLine(team->name);
        if (place.empty()) continue;
        text.append("  ").append(people::text(grant.role)).append(place);
        if (grant.expiresAt) text.append(", until ").append(formatTime(*grant.expiresAt));
        text.append("\n");
    }
    return text;
}

}  // namespace

health::NewMail invitationMail(store::ReadTx& tx, const people::Invitation& invitation,
                               const people::User& by, const std::string& link) {
    const std::string hub = link.substr(0, link.find("/invitation#"));
    const std::string roles = rolesOf(tx, invitation.roles);
    return {"invitations",
            invitation.id,
            invitation.teamId,
            "",
            invitation.email,
            invitation.name == invitation.email ? "" : invitation.name,
            "Invitation to TrustHub",
            inviter(by) + " invites you to TrustHub at " + hub +
                (roles.empty() ? ", without a role yet.\n" : ", as:\n\n" + roles) +
                "\nOpen this link to choose your name and your password. It serves once, for " +
                std::to_string(people::Invitations::kValid.count()) + " hours, until " +
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
