// Router: finds the row of a route table that a method and a raw path name.
#pragma once

#include "http/message.h"

#include <boost/container/small_vector.hpp>

#include <cstddef>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace trusthub::http {

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
    using Segments = boost::container::small_vector<std::string_view, 8>;
    using Rows = boost::container::small_vector<std::size_t, 8>;

    static void collect(const Node& node, const Segments& segments, std::size_t depth, Rows& found);
    static std::string allowOf(const std::vector<Row>& rows, const Rows& found);

    std::vector<Row> rows_;
    Node root_;
};

}  // namespace trusthub::http
