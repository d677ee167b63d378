// Router: finds the row of a route table that a method and a raw path name.
#pragma once

#include <cstddef>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

namespace trusthub::http {

/// Values of the `{name}` parts of a pattern, percent-decoded once after the split.
using PathParams = std::vector<std::pair<std::string, std::string>>;

struct RouteMatch {
    std::size_t index;  ///< of the row, in the order of add()
    PathParams params;
};
struct NoRoute {};
struct OtherMethods {
    std::string allow;  ///< "GET, HEAD, POST": for the Allow header
};

/// Built once, then read-only and thread-safe. Patterns: "/v1/projects/{id}/scans",
/// "/v1/events:batch". A literal segment wins over a parameter. A segment that is empty, `.` or
/// `..`, or holds an encoded slash, NUL, broken escape or anything that is not UTF-8 matches
/// nothing. HEAD finds the GET row, OPTIONS is answered by the API. A more literal pattern wins
/// only if it knows the method.
class Router {
public:
    void add(std::string_view method, std::string_view pattern);
    std::variant<RouteMatch, NoRoute, OtherMethods> find(std::string_view method,
                                                         std::string_view rawPath) const;

private:
    struct Row {
        std::string method;
        std::vector<std::string> segments;
    };
    /// One segment deep in the patterns; children by literal text, or by being a parameter.
    struct Node {
        std::map<std::string, std::unique_ptr<Node>, std::less<>> literals;
        std::unique_ptr<Node> parameter;
        std::vector<std::size_t> rows;
    };
    void collect(const Node& node, const std::vector<std::string>& segments, std::size_t depth,
                 std::vector<std::size_t>& found) const;

    std::vector<Row> rows_;
    Node root_;
};

}  // namespace trusthub::http
