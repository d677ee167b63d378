#include "health/alert_mail.h"

namespace trusthub::health {

NewMail mailOf(const Alert& alert, const people::User& to, const std::string& publicUrl) {
    std::string text = alert.summary + "\n\nWhat to do: " + alert.action + "\n\n";
    const auto line = [&](std::string_view name, std::string_view value) {
        text.append(name).append(": ").append(value).append("\n");
    };
    line("What", alert.targetLabel + " (" + alert.targetTable + " " + alert.targetId + ")");
    line("Team", alert.teamId.empty() ? "the organization" : alert.teamId);
    line("Severity", health::text(alert.severity));
    line("Since", formatTime(alert.firstAt));
    line("Alert", alert.id);
    if (!publicUrl.empty()) {
        line("Hub", publicUrl);
        line("To say that you look after it",
             "POST " + publicUrl + "/v1/alerts/" + alert.id + "/acknowledge");
    }
    text.append("\nYou get this mail because you are responsible for it at this TrustHub.\n");
    return {"alerts",
            alert.id,
            alert.teamId,
            to.id.text,
            to.email,
            to.name,
            "[TrustHub] " + alert.summary,
            std::move(text)};
}

}  // namespace trusthub::health
