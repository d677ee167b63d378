// Alert: a matter that somebody has to look at, as it is stored and shown.
#pragma once

#include "base/notify.h"
#include "json/json.h"
#include "sdk/time.h"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace trusthub::health {

/// The closed list of kinds. Those of keys come from access/.
const std::vector<std::string_view>& alertKinds();

enum class AlertState : std::uint8_t { Open, Acknowledged, Resolved };
std::string_view text(AlertState state);
std::optional<AlertState> parseAlertState(std::string_view text);
std::string_view text(base::Severity severity);

struct Alert {
    std::string id, kind;
    base::Severity severity = base::Severity::Warning;
    AlertState state = AlertState::Open;
    std::string teamId;  ///< empty: the organization
    std::string targetTable, targetId, targetLabel;
    std::string stage, summary, action;
    std::int64_t times = 1;
    TimePoint firstAt, lastAt;
    std::optional<TimePoint> acknowledgedAt, resolvedAt;
    std::string acknowledgedBy;  ///< user id
    std::string resolution;
    bool mailDue = false;  ///< its mails found no room in the queue
};

json::Object toJson(const Alert& alert);

}  // namespace trusthub::health
