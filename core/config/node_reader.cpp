#include "config/node_reader.h"

#include "config/suggest.h"

namespace trusthub::config {
namespace {

const Node& emptyMap() {
    static const Node kEmpty{.kind = Node::Kind::Map};
    return kEmpty;
}

std::string number(double value) {
    std::string text = std::to_string(value);
    text.erase(text.find_last_not_of('0') + 1);
    if (text.ends_with('.')) text.pop_back();
    return text;
}

}  // namespace

NodeReader::NodeReader(const Node& node, std::string path, Findings& findings)
    : node_(&node), path_(std::move(path)), findings_(findings) {
    if (node.kind == Node::Kind::Map) return;
    if (node.kind != Node::Kind::Null)
        findings_.refuse(node.line, (path_.empty() ? "the file" : "`" + path_ + "`") +
                                        std::string(" must be a map of keys and values"));
    node_ = &emptyMap();
}

std::string NodeReader::dotted(std::string_view name) const {
    return path_.empty() ? std::string(name) : path_ + "." + std::string(name);
}

int NodeReader::line(std::string_view name) const {
    const Node* node = node_->find(name);
    return node ? node->line : node_->line;
}

void NodeReader::refuse(std::string_view name, std::string reason) {
    findings_.refuse(line(name), "`" + dotted(name) + "` " + std::move(reason));
}

const Node* NodeReader::any(std::string_view name) {
    known_.emplace_back(name);
    const Node* node = node_->find(name);
    if (node) {
        findings_.origins[dotted(name)] = findings_.file + ":" + std::to_string(node->line) +
                                          (node->source.empty() ? "" : " (" + node->source + ")");
    }
    return node;
}

const Node* NodeReader::scalar(std::string_view name) {
    const Node* node = any(name);
    if (!node || node->kind == Node::Kind::Scalar) return node;
    refuse(name, node->kind == Node::Kind::Null ? "has no value" : "must be a single value");
    return nullptr;
}

std::optional<std::string> NodeReader::text(std::string_view name) {
    const Node* node = scalar(name);
    if (!node) return std::nullopt;
    if (node->scalar.empty()) {
        refuse(name, "must not be empty");
        return std::nullopt;
    }
    return node->scalar;
}

std::optional<std::int64_t> NodeReader::integer(std::string_view name, std::int64_t min,
                                                std::int64_t max) {
    const Node* node = scalar(name);
    if (!node) return std::nullopt;
    const auto value = node->asInteger();
    if (value && *value >= min && *value <= max) return value;
    refuse(name,
           "must be a whole number from " + std::to_string(min) + " to " + std::to_string(max));
    return std::nullopt;
}

std::optional<double> NodeReader::number(std::string_view name, double min, double max) {
    const Node* node = scalar(name);
    if (!node) return std::nullopt;
    const auto value = node->asNumber();
    if (value && *value >= min && *value <= max) return value;
    refuse(name, "must be a number from " + config::number(min) + " to " + config::number(max));
    return std::nullopt;
}

std::optional<bool> NodeReader::boolean(std::string_view name) {
    const Node* node = scalar(name);
    if (!node) return std::nullopt;
    const auto value = node->asBool();
    if (!value) refuse(name, "must be true or false");
    return value;
}

std::optional<std::string> NodeReader::oneOf(std::string_view name,
                                             const std::vector<std::string_view>& choices) {
    const Node* node = scalar(name);
    if (!node) return std::nullopt;
    if (std::find(choices.begin(), choices.end(), node->scalar) != choices.end())
        return node->scalar;
    std::string known;
    for (const std::string_view choice : choices)
        known += (known.empty() ? "" : ", ") + std::string(choice);
    refuse(name, "must be one of " + known);
    return std::nullopt;
}

const std::vector<Node>* NodeReader::list(std::string_view name) {
    const Node* node = any(name);
    if (!node) return nullptr;
    if (node->kind == Node::Kind::List || node->kind == Node::Kind::Null) return &node->items;
    refuse(name, "must be a list");
    return nullptr;
}

std::optional<std::vector<std::string>> NodeReader::texts(std::string_view name) {
    const std::vector<Node>* items = list(name);
    if (!items) return std::nullopt;
    std::vector<std::string> out;
    for (const Node& item : *items) {
        if (item.kind != Node::Kind::Scalar || item.scalar.empty())
            findings_.refuse(item.line, "`" + dotted(name) + "` must be a list of texts");
        else
            out.push_back(item.scalar);
    }
    return out;
}

NodeReader NodeReader::section(std::string_view name) {
    known_.emplace_back(name);
    const Node* node = node_->find(name);
    return {node ? *node : emptyMap(), dotted(name), findings_};
}

void NodeReader::finish() {
    const std::vector<std::string_view> known(known_.begin(), known_.end());
    for (const auto& [name, node] : node_->members) {
        if (std::find(known.begin(), known.end(), name) != known.end()) continue;
        std::string reason = unknownKey(name, known);
        if (!path_.empty()) reason += " (in `" + path_ + "`)";
        findings_.refuse(node.line, std::move(reason));
    }
}

}  // namespace trusthub::config
