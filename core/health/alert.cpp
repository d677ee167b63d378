#include "health/alert.h"

#include "json/or_null.h"

#include <array>

namespace trusthub::health {

const std::vector<std::string_view>& alertKinds() {
    static const std::vector<std::string_view> kKinds{"api_key_canary_used", "api_key_expiring",
                                                      "api_key_leaked", "api_key_left_behind",
                                                      "api_key_rotation_due"};
    return kKinds;
}

std::string_view text(AlertState state) {
    static constexpr std::array<std::string_view, 3> kNames{"open", "acknowledged", "resolved"};
    return kNames[static_cast<std::size_t>(state)];
}

std::optional<AlertState> parseAlertState(std::string_view name) {
    for (const auto state : {AlertState::Open, AlertState::Acknowledged, AlertState::Resolved})
        if (text(state) == name) return state;
    return std::nullopt;
}

std::string_view text(base::Severity severity) {
    static constexpr std::array<std::string_view, 3> kNames{"info", "warning", "critical"};
    return kNames[static_cast<std::size_t>(severity)];
}

json::Object toJson(const Alert& alert) {
    return {{"id", alert.id},
            {"kind", alert.kind},
            {"severity", text(alert.severity)},
            {"state", text(alert.state)},
            {"team_id", json::textOrNull(alert.teamId)},
            {"target", json::Object{{"table", alert.targetTable},
                                    {"id", alert.targetId},
                                    {"label", alert.targetLabel}}},
            {"summary", alert.summary},
            {"action", alert.action},
            {"count", alert.times},
            {"first_at", formatTime(alert.firstAt)},
            {"last_at", formatTime(alert.lastAt)},
            {"acknowledged_at", json::timeOrNull(alert.acknowledgedAt)},
            {"acknowledged_by", json::textOrNull(alert.acknowledgedBy)},
            {"resolved_at", json::timeOrNull(alert.resolvedAt)},
            {"resolution", json::textOrNull(alert.resolution)}};
}

}  // namespace trusthub::health
