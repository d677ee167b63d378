// YAML with line numbers: the only user of yaml-cpp. Duplicate keys, aliases, merge keys and tags
// are refused.
#pragma once

#include "sdk/result.h"

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

namespace trusthub::config {

/// A YAML value with the place where it stands. Scalars keep their text; only the schema gives them
/// a type.
struct Node {
    enum class Kind : std::uint8_t { Null, Scalar, List, Map };
    Kind kind = Kind::Null;
    int line = 0;         ///< 1-based
    bool quoted = false;  ///< a quoted scalar is never a number, boolean or null
    std::string scalar;
    std::string source;  ///< "environment NAME" or "file PATH" where expand() put the text in
    std::vector<Node> items;
    std::vector<std::pair<std::string, Node>> members;  ///< in file order

    const Node* find(std::string_view key) const;
    std::optional<bool> asBool() const;  ///< true|false only
    std::optional<std::int64_t> asInteger() const;
    std::optional<double> asNumber() const;
};

struct YamlLimits {
    std::size_t maxBytes = 4UL << 20;
    std::size_t maxDepth = 32;
    std::size_t maxNodes = 100'000;
};

/// One problem of a file: `path:line: reason`.
struct Problem {
    std::string file;
    int line = 0;
    std::string reason;
    std::string text() const;
};

struct Loaded {
    std::string file;  ///< as given, for messages
    Node root;
};

/// Reads a file, or text under a name. All errors carry file and line.
std::variant<Loaded, Problem> loadYaml(const std::filesystem::path& file,
                                       const YamlLimits& limits = {});
std::variant<Loaded, Problem> parseYaml(std::string_view text, std::string file,
                                        const YamlLimits& limits = {});

}  // namespace trusthub::config
