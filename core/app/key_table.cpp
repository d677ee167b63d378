#include "app/key_table.h"

#include "base/text.h"

#include <algorithm>
#include <array>

namespace trusthub::app {
namespace {

constexpr std::size_t kWide = 120;
constexpr std::string_view kGap = "  ";
constexpr std::size_t kColumns = 8;
constexpr std::size_t kName = 1, kOwner = 2;
constexpr std::size_t kNarrowest = 8;  // of names and owners, however long the rest is

using Line = std::array<std::string, kColumns>;

std::string padded(std::string text, std::size_t width) {
    if (base::characters(text) > width) {
        std::size_t end = 0;
        for (std::size_t seen = 0; end < text.size(); ++end)
            if (base::beginsCharacter(text[end]) && seen++ == width - 1) break;
        text.resize(end);
        text += "…";
    }
    text.append(width - std::min(width, base::characters(text)), ' ');
    return text;
}

std::string dayOf(const std::optional<TimePoint>& at, std::string_view none) {
    return at ? formatTime(*at).substr(0, 10) : std::string(none);
}

}  // namespace

std::string keyTable(const std::vector<KeyRow>& rows) {
    std::vector<Line> lines{
        {"PREFIX", "NAME", "OWNER", "TYPE", "SCOPE", "STATUS", "ENDS", "LAST USE"}};
    for (const auto& [key, standing] : rows)
        lines.push_back({key.view.prefix, base::oneLine(key.view.name),
                         key.ownerName.empty() ? "(gone)" : base::oneLine(key.ownerName),
                         std::string(text(key.view.type)), std::string(text(key.view.scope)),
                         std::string(standing), dayOf(key.view.expiresAt, "never"),
                         dayOf(key.lastUsedAt, "never")});
    std::array<std::size_t, kColumns> widths{};
    for (const Line& line : lines)
        for (std::size_t i = 0; i < kColumns; ++i)
            widths[i] = std::max(widths[i], base::characters(line[i]));
    std::size_t taken = kGap.size() * (kColumns - 1);
    for (std::size_t i = 0; i < kColumns; ++i)
        if (i != kName && i != kOwner) taken += widths[i];
    const std::size_t left = std::max(kWide - std::min(kWide, taken), 2 * kNarrowest);
    // Whichever needs less than its half leaves the rest to the other.
    const std::size_t half = left / 2;
    const std::size_t owner =
        std::min(widths[kOwner], std::max(half, left - std::min(left, widths[kName])));
    widths[kName] = std::min(widths[kName], left - owner);
    widths[kOwner] = owner;
    std::string table;
    for (const Line& line : lines) {
        std::string row;
        for (std::size_t i = 0; i < kColumns; ++i) {
            if (i > 0) row += kGap;
            row += padded(line[i], widths[i]);
        }
        row.erase(row.find_last_not_of(' ') + 1);
        table += row + "\n";
    }
    return table;
}

}  // namespace trusthub::app
