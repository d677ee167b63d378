#include "config/yaml.h"

#include "base/text.h"

#include <yaml-cpp/eventhandler.h>
#include <yaml-cpp/exceptions.h>
#include <yaml-cpp/parser.h>

#include <charconv>
#include <cmath>
#include <fstream>
#include <set>
#include <sstream>

namespace trusthub::config {
namespace {

/// Ends the parsing with a reason and the line where it stands.
struct Refused {
    int line;
    std::string reason;
};

int lineOf(const YAML::Mark& mark) {
    return mark.line + 1;
}

/// Builds our tree from the parser's events, so that nothing is ever expanded or looked up behind
/// our back.
class TreeBuilder final : public YAML::EventHandler {
public:
    explicit TreeBuilder(const YamlLimits& limits) : limits_(limits) {}

    Node take() { return std::move(root_); }

    void OnDocumentStart(const YAML::Mark&) override {}
    void OnDocumentEnd() override {}
    void OnAnchor(const YAML::Mark& mark, const std::string&) override {
        throw Refused{lineOf(mark), "anchors are not allowed"};
    }
    void OnAlias(const YAML::Mark& mark, YAML::anchor_t) override {
        throw Refused{lineOf(mark), "aliases are not allowed"};
    }
    void OnNull(const YAML::Mark& mark, YAML::anchor_t anchor) override {
        add(mark, "", anchor, Node::Kind::Null);
    }
    void OnScalar(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                  const std::string& value) override {
        if (expectsKey()) {
            check(mark, tag, anchor);
            openKey(mark, tag, value);
            return;
        }
        Node& node = add(mark, tag, anchor, Node::Kind::Scalar);
        node.scalar = value;
        node.quoted = tag == "!";
    }
    void OnSequenceStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                         YAML::EmitterStyle::value) override {
        open(add(mark, tag, anchor, Node::Kind::List), mark);
    }
    void OnSequenceEnd() override { frames_.pop_back(); }
    void OnMapStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                    YAML::EmitterStyle::value) override {
        open(add(mark, tag, anchor, Node::Kind::Map), mark);
    }
    void OnMapEnd() override { frames_.pop_back(); }

private:
    /// A list or map that is still being read. Its node does not move: its parent grows only after
    /// it is done.
    struct Frame {
        Node* node;
        std::set<std::string> keys;
        bool hasKey = false;  ///< a map's key was read, its value comes next
    };

    bool expectsKey() const {
        return !frames_.empty() && frames_.back().node->kind == Node::Kind::Map &&
               !frames_.back().hasKey;
    }

    void check(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor) {
        if (anchor != YAML::NullAnchor) throw Refused{lineOf(mark), "anchors are not allowed"};
        if (!tag.empty() && tag != "?" && tag != "!")
            throw Refused{lineOf(mark), "tags are not allowed"};
        if (++nodes_ > limits_.maxNodes)
            throw Refused{lineOf(mark),
                          "more than " + std::to_string(limits_.maxNodes) + " values"};
    }

    void openKey(const YAML::Mark& mark, const std::string& tag, const std::string& key) {
        Frame& frame = frames_.back();
        if (key == "<<" && tag != "!") throw Refused{lineOf(mark), "merge keys are not allowed"};
        if (!frame.keys.insert(key).second)
            throw Refused{lineOf(mark), "`" + std::string(base::clipUtf8(key, 100)) +
                                            "` stands twice in this map"};
        frame.node->members.emplace_back(key, Node{});
        frame.hasKey = true;
    }

    Node& add(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
              Node::Kind kind) {
        check(mark, tag, anchor);
        if (expectsKey()) throw Refused{lineOf(mark), "a key must be plain text"};
        Node* node = &root_;
        if (!frames_.empty()) {
            Frame& frame = frames_.back();
            if (frame.node->kind == Node::Kind::List) {
                node = &frame.node->items.emplace_back();
            } else {
                node = &frame.node->members.back().second;
                frame.hasKey = false;
            }
        }
        node->kind = kind;
        node->line = lineOf(mark);
        return *node;
    }

    void open(Node& node, const YAML::Mark& mark) {
        if (frames_.size() >= limits_.maxDepth)
            throw Refused{lineOf(mark),
                          "nested deeper than " + std::to_string(limits_.maxDepth) + " levels"};
        frames_.push_back({&node, {}, false});
    }

    const YamlLimits& limits_;
    Node root_;
    std::vector<Frame> frames_;
    std::size_t nodes_ = 0;
};

}  // namespace

const Node* Node::find(std::string_view key) const {
    for (const auto& [name, node] : members)
        if (name == key) return &node;
    return nullptr;
}

std::optional<bool> Node::asBool() const {
    if (kind != Kind::Scalar || quoted) return std::nullopt;
    if (scalar == "true") return true;
    if (scalar == "false") return false;
    return std::nullopt;
}

std::optional<std::int64_t> Node::asInteger() const {
    if (kind != Kind::Scalar || quoted) return std::nullopt;
    return base::parseInteger(scalar);
}

std::optional<double> Node::asNumber() const {
    if (kind != Kind::Scalar || quoted || scalar.empty()) return std::nullopt;
    double value = 0;
    const char* const last = scalar.data() + scalar.size();
    const auto [end, error] = std::from_chars(scalar.data(), last, value);
    if (error != std::errc{} || end != last || !std::isfinite(value)) return std::nullopt;
    return value;
}

std::string Problem::text() const {
    return line > 0 ? file + ":" + std::to_string(line) + ": " + reason : file + ": " + reason;
}

std::variant<Loaded, Problem> parseYaml(std::string_view text, std::string file,
                                        const YamlLimits& limits) {
    if (text.size() > limits.maxBytes)
        return Problem{file, 1, "more than " + std::to_string(limits.maxBytes) + " bytes"};
    if (!base::isUtf8(text) || text.find('\0') != text.npos)
        return Problem{file, 1, "is not UTF-8 text"};
    TreeBuilder builder(limits);
    try {
        std::istringstream stream{std::string(text)};
        YAML::Parser parser(stream);
        if (parser.HandleNextDocument(builder)) {
            TreeBuilder second(limits);
            if (parser.HandleNextDocument(second))
                return Problem{file, second.take().line, "more than one document"};
        }
    } catch (const Refused& refused) {
        return Problem{file, refused.line, refused.reason};
    } catch (const YAML::Exception& e) {
        return Problem{file, lineOf(e.mark), e.msg};
    }
    return Loaded{std::move(file), builder.take()};
}

std::variant<Loaded, Problem> loadYaml(const std::filesystem::path& file,
                                       const YamlLimits& limits) {
    std::ifstream stream(file, std::ios::binary);
    std::string text(limits.maxBytes + 1, '\0');
    std::error_code ec;
    if (!stream || !std::filesystem::is_regular_file(file, ec))
        return Problem{file.string(), 0, "cannot be read"};
    stream.read(text.data(), static_cast<std::streamsize>(text.size()));
    if (stream.bad()) return Problem{file.string(), 0, "cannot be read"};
    text.resize(static_cast<std::size_t>(stream.gcount()));
    return parseYaml(text, file.string(), limits);
}

}  // namespace trusthub::config
