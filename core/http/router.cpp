#include "http/router.h"

#include "base/text.h"

#include <set>

namespace trusthub::http {

namespace {

bool isParameter(std::string_view segment) {
    return segment.size() > 2 && segment.front() == '{' && segment.back() == '}';
}

/// Segments after the leading slash; "/" has none.
std::vector<std::string_view> cut(std::string_view path) {
    path.remove_prefix(1);
    if (path.empty()) return {};
    return base::split(path, '/');
}

/// Null when one of the segments may match nothing (RFC 3986, section 6.2.2.3, is for others to
/// apply).
std::optional<std::vector<std::string>> decode(std::string_view rawPath) {
    if (rawPath.empty() || rawPath.front() != '/') return std::nullopt;
    std::vector<std::string> segments;
    for (const std::string_view raw : cut(rawPath)) {
        std::string segment;
        if (raw.find('%') == std::string_view::npos) {
            segment = raw;
        } else if (auto decoded = base::percentDecode(raw)) {
            segment = std::move(*decoded);
        } else {
            return std::nullopt;
        }
        const std::string_view forbidden("/\0", 2);
        if (segment.empty() || segment == "." || segment == ".." ||
            segment.find_first_of(forbidden) != std::string::npos || !base::isUtf8(segment))
            return std::nullopt;
        segments.push_back(std::move(segment));
    }
    return segments;
}

}  // namespace

void Router::add(std::string_view method, std::string_view pattern) {
    Row row{std::string(method), {}};
    Node* node = &root_;
    for (const std::string_view segment : cut(pattern)) {
        row.segments.emplace_back(segment);
        auto& next = isParameter(segment) ? node->parameter : node->literals[std::string(segment)];
        if (!next) next = std::make_unique<Node>();
        node = next.get();
    }
    node->rows.push_back(rows_.size());
    rows_.push_back(std::move(row));
}

void Router::collect(const Node& node, const std::vector<std::string>& segments, std::size_t depth,
                     std::vector<std::size_t>& found) const {
    if (depth == segments.size()) {
        found.insert(found.end(), node.rows.begin(), node.rows.end());
        return;
    }
    if (const auto literal = node.literals.find(segments[depth]); literal != node.literals.end())
        collect(*literal->second, segments, depth + 1, found);
    if (node.parameter) collect(*node.parameter, segments, depth + 1, found);
}

std::variant<RouteMatch, NoRoute, OtherMethods> Router::find(std::string_view method,
                                                             std::string_view rawPath) const {
    const auto segments = decode(rawPath);
    if (!segments) return NoRoute{};
    std::vector<std::size_t> found;
    collect(root_, *segments, 0, found);
    if (found.empty()) return NoRoute{};

    // A HEAD row of its own wins over the GET row that also serves it.
    const auto rowOf = [&](std::string_view wanted) {
        return std::find_if(found.begin(), found.end(),
                            [&](std::size_t i) { return rows_[i].method == wanted; });
    };
    auto hit = rowOf(method);
    if (hit == found.end() && method == "HEAD") hit = rowOf("GET");
    if (hit != found.end()) {
        RouteMatch match{*hit, {}};
        const Row& row = rows_[*hit];
        for (std::size_t i = 0; i < row.segments.size(); ++i) {
            const std::string& segment = row.segments[i];
            if (isParameter(segment))
                match.params.emplace_back(segment.substr(1, segment.size() - 2), (*segments)[i]);
        }
        return match;
    }

    std::set<std::string, std::less<>> methods;
    for (const std::size_t i : found) {
        methods.insert(rows_[i].method);
        if (rows_[i].method == "GET") methods.insert("HEAD");
    }
    OtherMethods others;
    for (const std::string& name : methods) {
        if (!others.allow.empty()) others.allow += ", ";
        others.allow += name;
    }
    return others;
}

}  // namespace trusthub::http
