#include "config/suggest.h"

#include "base/text.h"

#include <numeric>

namespace trusthub::config {
namespace {

constexpr std::size_t kMaxName = 64;

/// Levenshtein's distance: insertions, deletions, replacements.
std::size_t distance(std::string_view a, std::string_view b) {
    std::vector<std::size_t> row(b.size() + 1);
    std::iota(row.begin(), row.end(), std::size_t{0});
    for (std::size_t i = 0; i < a.size(); ++i) {
        std::size_t diagonal = row[0]++;
        for (std::size_t j = 0; j < b.size(); ++j) {
            const std::size_t replaced = diagonal + (a[i] == b[j] ? 0 : 1);
            diagonal = row[j + 1];
            row[j + 1] = std::min({replaced, row[j] + 1, row[j + 1] + 1});
        }
    }
    return row.back();
}

}  // namespace

std::string_view nearest(std::string_view name, const std::vector<std::string_view>& known) {
    if (name.size() > kMaxName) return {};
    std::string_view best;
    std::size_t least = 1 + name.size() / 3;
    for (const std::string_view candidate : known) {
        const std::size_t d = distance(name, candidate);
        if (d < candidate.size() && (d < least || (d == least && best.empty()))) {
            best = candidate;
            least = d;
        }
    }
    return best;
}

std::string unknownKey(std::string_view name, const std::vector<std::string_view>& known) {
    std::string text = "unknown key `" + std::string(base::clipUtf8(name, 100)) + "`";
    const std::string_view near = nearest(name, known);
    return near.empty() ? text : text + "; did you mean `" + std::string(near) + "`?";
}

}  // namespace trusthub::config
