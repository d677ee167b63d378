// Router: finds the row of a route table that a method and a raw path name.
#pragma once

#include <cstddef>
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

/// Built once, then read-only and thread-safe. Patterns: "/v1/projects/{id}/scans", "/v1/events:batch".
/// A literal segment wins over a parameter. A segment that is empty, `.` or `..`, or holds an encoded
/// slash, NUL or broken escape matches nothing. HEAD finds the GET row, OPTIONS is answered by the API.
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
    std::vector<Row> rows_;
};

}  // namespace trusthub::http
