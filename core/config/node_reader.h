// NodeReader: reads the members of a YAML map once, by name and type, and names what was not asked
// for.
#pragma once

#include "config/yaml.h"

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace trusthub::config {

/// Where problems and the origins of values are gathered; outlives the readers.
struct Findings {
    std::string file;
    std::vector<Problem> problems;
    std::map<std::string, std::string> origins;  ///< dotted name -> `file:line`

    void refuse(int line, std::string reason) {
        problems.push_back({file, line, std::move(reason)});
    }
};

/// An absent member gives null and no problem; an ill-typed one gives null and a problem.
class NodeReader {
public:
    /// `path` is the dotted name of the map itself, "" for the file. An empty value counts as an
    /// empty map.
    NodeReader(const Node& node, std::string path, Findings& findings);

    const Node* any(std::string_view name);
    std::optional<std::string> text(std::string_view name);
    std::optional<std::int64_t> integer(std::string_view name, std::int64_t min, std::int64_t max);
    std::optional<double> number(std::string_view name, double min, double max);
    std::optional<bool> boolean(std::string_view name);
    std::optional<std::string> oneOf(std::string_view name,
                                     const std::vector<std::string_view>& choices);
    /// Null unless it is a list.
    const std::vector<Node>* list(std::string_view name);
    std::optional<std::vector<std::string>> texts(std::string_view name);
    /// A reader of the nested map; of an empty one when absent.
    NodeReader section(std::string_view name);

    void refuse(std::string_view name, std::string reason);
    bool has(std::string_view name) const { return node_->find(name) != nullptr; }
    int line(std::string_view name) const;
    /// Notes each member that was not asked for. Call it last.
    void finish();

private:
    const Node* scalar(std::string_view name);
    std::string dotted(std::string_view name) const;

    const Node* node_;
    std::string path_;
    Findings& findings_;
    std::vector<std::string> known_;
};

}  // namespace trusthub::config
