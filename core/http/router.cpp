#include "http/router.h"

#include "base/text.h"

#include <algorithm>
#include <deque>
#include <set>

namespace trusthub::http {

namespace {

bool isParameter(std::string_view segment) {
    return segment.size() > 2 && segment.front() == '{' && segment.back() == '}';
}

/// Segments after the leading slash; "/" has none.
template <class Segments>
Segments cut(std::string_view path) {
    Segments segments;
    path.remove_prefix(1);
    while (!path.empty()) {
        const std::size_t slash = path.find('/');
        segments.push_back(path.substr(0, slash));
        if (slash == std::string_view::npos) break;
        path.remove_prefix(slash + 1);
        if (path.empty()) segments.push_back(path);
    }
    return segments;
}

/// Undoes percent escapes; `decoded` owns what had some. False when one of the segments may match
/// nothing (RFC 3986, section 6.2.2.3, is for others to apply).
template <class Segments>
bool decode(Segments& segments, std::deque<std::string>& decoded) {
    for (std::string_view& segment : segments) {
        if (segment.find('%') != std::string_view::npos) {
            auto plain = base::percentDecode(segment);
            if (!plain) return false;
            segment = decoded.emplace_back(*std::move(plain));
        }
        const std::string_view forbidden("/\0", 2);
        if (segment.empty() || segment == "." || segment == ".." ||
            segment.find_first_of(forbidden) != std::string_view::npos || !base::isUtf8(segment))
            return false;
    }
    return true;
}

}  // namespace

void Router::add(std::string_view method, std::string_view pattern) {
    Row row{std::string(method), {}};
    Node* node = &root_;
    for (const std::string_view segment : cut<Segments>(pattern)) {
        row.segments.emplace_back(segment);
        auto& next = isParameter(segment) ? node->parameter : node->literals[std::string(segment)];
        if (!next) next = std::make_unique<Node>();
        node = next.get();
    }
    node->rows.push_back(rows_.size());
    rows_.push_back(std::move(row));
}

void Router::collect(const Node& node, const Segments& segments, std::size_t depth, Rows& found) {
    if (depth == segments.size()) {
        found.insert(found.end(), node.rows.begin(), node.rows.end());
        return;
    }
    if (const auto literal = node.literals.find(segments[depth]); literal != node.literals.end())
        collect(*literal->second, segments, depth + 1, found);
    if (node.parameter) collect(*node.parameter, segments, depth + 1, found);
}

std::string Router::allowOf(const std::vector<Row>& rows, const Rows& found) {
    std::set<std::string_view> methods;
    for (const std::size_t i : found) {
        methods.insert(rows[i].method);
        if (rows[i].method == "GET") methods.insert("HEAD");
    }
    std::string allow;
    for (const std::string_view name : methods) {
        if (!allow.empty()) allow += ", ";
        allow += name;
    }
    return allow;
}

std::variant<RouteMatch, NoRoute, OtherMethods> Router::find(std::string_view method,
                                                             std::string_view rawPath) const {
    if (rawPath.empty() || rawPath.front() != '/') return NoRoute{};
    auto segments = cut<Segments>(rawPath);
    std::deque<std::string> decoded;
    if (!decode(segments, decoded)) return NoRoute{};
    Rows found;
    collect(root_, segments, 0, found);
    if (found.empty()) return NoRoute{};

    // A HEAD row of its own wins over the GET row that also serves it.
    const auto rowOf = [&](std::string_view wanted) {
        return std::find_if(found.begin(), found.end(),
                            [&](std::size_t i) { return rows_[i].method == wanted; });
    };
    auto hit = rowOf(method);
    if (hit == found.end() && method == "HEAD") hit = rowOf("GET");
    if (hit == found.end()) return OtherMethods{allowOf(rows_, found)};
    RouteMatch match{*hit, {}};
    const Row& row = rows_[*hit];
    for (std::size_t i = 0; i < row.segments.size(); ++i) {
        const std::string& segment = row.segments[i];
        if (isParameter(segment))
            match.params.emplace_back(segment.substr(1, segment.size() - 2), segments[i]);
    }
    return match;
}

}  // namespace trusthub::http
