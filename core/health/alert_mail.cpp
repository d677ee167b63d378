#include "health/alert_mail.h"

namespace trusthub::health {

NewMail mailOf(const Alert& alert, const people::User& to, const std::string& team,
               const std::string& publicUrl) {
    std::string text = alert.summary + "\n\nWhat to do: " + alert.action + "\n\n";
    const auto line = [&](std::string_view name, std::string_view value) {
        text.append(name).append(": ").append(value).append("\n");
    };
    line("What", alert.targetLabel + " (" + alert.targetTable + " " + alert.targetId + ")");
    line("Team", team);
    line("Severity", health::text(alert.severity));
    line("Since", formatTime(alert.firstAt));
    const std::string path = "/v1/alerts/" + alert.id;
    line("Alert", publicUrl.empty() ? alert.id : publicUrl + path);
    if (!publicUrl.empty())
        line("To say that you look after it", "POST " + publicUrl + path + "/acknowledge");
    text.append(
        "\nYou get this mail because you are responsible for it, or administer what it belongs to,"
        " at this TrustHub.\n");
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
