#include "connectors/descriptor.h"

#include "base/text.h"
#include "config/node_reader.h"

#include <algorithm>
#include <limits>

namespace trusthub::connectors {
namespace {

using config::Findings;
using config::Node;
using config::NodeReader;
using config::Problem;

const std::vector<std::string_view> kStatuses{"stable", "beta", "draft"};
const std::vector<std::string_view> kSecurity{"untrusted_input", "trusted_provider"};
const std::vector<std::string_view> kCapabilities{"inbound",  "scanner", "evidence",   "documents",
                                                  "identity", "events",  "secret_sink"};

bool isLower(char c) {
    return c >= 'a' && c <= 'z';
}
bool isDigit(char c) {
    return c >= '0' && c <= '9';
}

bool isWord(std::string_view text, std::size_t least, std::size_t most) {
    return text.size() >= least && text.size() <= most && isLower(text[0]) &&
           std::all_of(text.begin(), text.end(),
                       [](char c) { return isLower(c) || isDigit(c) || c == '_'; });
}

bool isVersion(std::string_view text) {
    const std::size_t dash = text.find('-');
    const auto parts = base::split(text.substr(0, dash), '.');
    if (parts.size() != 3 || text.size() > 40) return false;
    for (const auto part : parts)
        if (part.empty() || !std::all_of(part.begin(), part.end(), isDigit)) return false;
    if (dash == std::string_view::npos) return true;
    const std::string_view suffix = text.substr(dash + 1);
    return !suffix.empty() && std::all_of(suffix.begin(), suffix.end(), [](char c) {
        return isLower(c) || isDigit(c) || c == '.' || c == '-';
    });
}

bool isEventType(std::string_view text) {
    const auto parts = base::split(text, '.');
    return parts.size() >= 2 && text.size() <= 80 &&
           std::all_of(parts.begin(), parts.end(), [](auto part) { return isWord(part, 1, 40); });
}

/// `api.example.com`, `*.example.com`, `host:8443`.
bool isHostEntry(std::string_view text) {
    if (text.size() > 260) return false;
    if (const std::size_t colon = text.find(':'); colon != std::string_view::npos) {
        const auto port = base::parseInteger(text.substr(colon + 1));
        if (!port || *port < 1 || *port > 65535) return false;
        text = text.substr(0, colon);
    }
    const bool wildcard = text.starts_with("*.");
    if (wildcard) text.remove_prefix(2);
    const auto labels = base::split(text, '.');
    if (wildcard && labels.size() < 2) return false;
    return std::all_of(labels.begin(), labels.end(), [](std::string_view label) {
        return !label.empty() && label.size() <= 63 && label.front() != '-' &&
               label.back() != '-' && std::all_of(label.begin(), label.end(), [](char c) {
                   return isLower(c) || isDigit(c) || c == '-';
               });
    });
}

bool isFileName(std::string_view text) {
    return !text.empty() && text.front() != '.' && text.size() <= 80 && text.ends_with(".so") &&
           text.find('/') == std::string_view::npos;
}

/// Absent is a problem here.
std::string requiredText(NodeReader& reader, std::string_view name, std::size_t maxBytes) {
    if (!reader.has(name)) reader.refuse(name, "is missing");
    const auto found = reader.text(name);
    if (!found) return {};
    const bool oneLine = std::none_of(found->begin(), found->end(), [](char c) {
        return static_cast<unsigned char>(c) < 0x20 || c == 0x7F;
    });
    if (oneLine && found->size() <= maxBytes) return *found;
    reader.refuse(name, "must be one line of at most " + std::to_string(maxBytes) + " bytes");
    return {};
}

std::size_t requiredWord(NodeReader& reader, std::string_view name,
                         const std::vector<std::string_view>& words) {
    if (!reader.has(name)) reader.refuse(name, "is missing");
    const auto found = reader.oneOf(name, words);
    const auto at = std::find(words.begin(), words.end(), found.value_or(""));
    return at == words.end() ? 0 : static_cast<std::size_t>(at - words.begin());
}

/// A list of different texts that fit.
template <class Fits>
std::vector<std::string> differentTexts(NodeReader& reader, std::string_view name, Fits fits,
                                        const std::string& shape) {
    std::vector<std::string> out;
    for (auto& item : reader.texts(name).value_or(std::vector<std::string>{})) {
        if (!fits(item))
            reader.refuse(name, "must hold " + shape);
        else if (std::find(out.begin(), out.end(), item) != out.end())
            reader.refuse(name, "names `" + item + "` twice");
        else
            out.push_back(std::move(item));
    }
    return out;
}

void readIdentity(NodeReader& reader, std::string_view expectedId, Descriptor& out) {
    out.id = requiredText(reader, "id", 64);
    if (!out.id.empty() && !isConnectorId(out.id))
        reader.refuse("id", "must be 2 to 32 of a-z, 0-9 and _, with a letter first");
    else if (!out.id.empty() && out.id != expectedId)
        reader.refuse("id", "is `" + out.id + "`, but the name of the file says `" +
                                std::string(expectedId) + "`");
    out.name = requiredText(reader, "name", 80);
    out.summary = requiredText(reader, "summary", 300);
    out.version = requiredText(reader, "version", 40);
    if (!out.version.empty() && !isVersion(out.version))
        reader.refuse("version", "must be MAJOR.MINOR.PATCH, as in 1.0.0");
    if (!reader.has("sdk"))
        reader.refuse("sdk", "is missing");
    else if (const Node* sdk = reader.any("sdk"); sdk->asInteger() != kSdkVersion)
        reader.refuse(
            "sdk", "must be " + std::to_string(kSdkVersion) + ", which is what this program has");
    out.library = reader.text("library").value_or(out.id + ".so");
    if (reader.has("library") && !isFileName(out.library))
        reader.refuse("library", "must be the name of a .so file beside this one");
}

void readPosture(NodeReader& reader, Descriptor& out) {
    out.status = static_cast<Status>(requiredWord(reader, "status", kStatuses));
    out.security = static_cast<Security>(requiredWord(reader, "security", kSecurity));
    NodeReader provider = reader.section("provider");
    out.docsUrl = requiredText(provider, "docs_url", 300);
    if (!out.docsUrl.empty() && !out.docsUrl.starts_with("https://"))
        provider.refuse("docs_url", "must begin with https://");
    provider.finish();

    if (!reader.has("capabilities")) reader.refuse("capabilities", "is missing");
    const auto known = [](std::string_view word) {
        return std::find(kCapabilities.begin(), kCapabilities.end(), word) != kCapabilities.end();
    };
    const std::string shape = "some of " + base::join(kCapabilities, ", ");
    for (const auto& word : differentTexts(reader, "capabilities", known, shape)) {
        const auto at = std::find(kCapabilities.begin(), kCapabilities.end(), word);
        out.capabilities.push_back(static_cast<Capability>(at - kCapabilities.begin()));
    }
}

void readHosts(const Node& root, NodeReader& reader, Descriptor& out) {
    NodeReader hosts = reader.section("hosts");
    const Node* map = root.find("hosts");
    if (!map) return;
    for (const auto& [region, list] : map->members) {
        if (!isWord(region, 1, 32)) hosts.refuse(region, "must be a name of a-z, 0-9 and _");
        const auto fits = [&](std::string_view entry) {
            const config::Field* field = out.settings.find(hostSetting(entry));
            return isHostEntry(entry) || (field && field->type == config::FieldType::String);
        };
        out.hosts[region] =
            differentTexts(hosts, region, fits,
                           "host names: `api.example.com`, `*.example.com`, `host:8443`, or "
                           "`{name}` of a setting");
    }
}

void readLimits(const Node& root, NodeReader& reader, Descriptor& out) {
    NodeReader limits = reader.section("limits");
    if (out.has(Capability::Inbound) && !limits.has("max_body_bytes"))
        limits.refuse("max_body_bytes", "is missing: bodies from outside need a bound");
    const Node* map = root.find("limits");
    if (!map) return;
    for (const auto& [name, node] : map->members) {
        if (!isWord(name, 5, 40) || !name.starts_with("max_"))
            limits.refuse(name, "must be a name that begins with max_");
        else if (const auto value =
                     limits.integer(name, 1, std::numeric_limits<std::int64_t>::max()))
            out.limits[name] = *value;
    }
}

void readEvents(NodeReader& reader, Findings& findings, Descriptor& out) {
    const std::vector<Node>* items = reader.list("events");
    if (!items) return;
    for (const Node& item : *items) {
        NodeReader nested(item, "events", findings);
        if (item.kind != Node::Kind::Map) continue;
        EventInfo event{requiredText(nested, "type", 80), requiredText(nested, "summary", 300)};
        nested.finish();
        if (!event.type.empty() && !isEventType(event.type))
            nested.refuse("type", "must be like `repository.push`");
        const bool twice = std::any_of(out.events.begin(), out.events.end(),
                                       [&](const auto& e) { return e.type == event.type; });
        if (twice) nested.refuse("type", "names `" + event.type + "` twice");
        out.events.push_back(std::move(event));
    }
}

void readSettings(NodeReader& reader, Findings& findings, Descriptor& out) {
    const Node* settings = reader.any("settings");
    if (!settings) return;
    auto schema = config::readSchema(*settings, findings.file);
    if (auto* problems = std::get_if<std::vector<Problem>>(&schema))
        findings.problems.insert(findings.problems.end(), problems->begin(), problems->end());
    else
        out.settings = std::get<config::Schema>(std::move(schema));
}

DescriptorResult fromNode(const Node& root, const std::string& file, std::string_view expectedId) {
    if (root.kind != Node::Kind::Map)
        return {std::nullopt,
                {{file, std::max(1, root.line), "a descriptor is a map that begins with `id:`"}}};
    Findings findings;
    findings.file = file;
    NodeReader reader(root, "", findings);
    Descriptor out;
    readIdentity(reader, expectedId, out);
    readPosture(reader, out);
    readSettings(reader, findings, out);
    NodeReader auth = reader.section("auth");
    const auto isKind = [](std::string_view word) { return isWord(word, 1, 40); };
    out.authKinds =
        differentTexts(auth, "kinds", isKind, "words like `webhook_secret`, `api_key`, `none`");
    auth.finish();
    readHosts(root, reader, out);
    readLimits(root, reader, out);
    readEvents(reader, findings, out);
    reader.finish();

    std::stable_sort(findings.problems.begin(), findings.problems.end(),
                     [](const Problem& a, const Problem& b) { return a.line < b.line; });
    DescriptorResult result;
    if (findings.problems.empty()) result.descriptor = std::move(out);
    result.problems = std::move(findings.problems);
    return result;
}

DescriptorResult fromLoaded(std::variant<config::Loaded, Problem> loaded, std::string_view id) {
    if (auto* problem = std::get_if<Problem>(&loaded)) return {std::nullopt, {std::move(*problem)}};
    const auto& file = std::get<config::Loaded>(loaded);
    return fromNode(file.root, file.file, id);
}

}  // namespace

std::string_view text(Status status) {
    return kStatuses[static_cast<std::size_t>(status)];
}
std::string_view text(Security security) {
    return kSecurity[static_cast<std::size_t>(security)];
}
std::string_view text(Capability capability) {
    return kCapabilities[static_cast<std::size_t>(capability)];
}

bool Descriptor::has(Capability capability) const {
    return std::find(capabilities.begin(), capabilities.end(), capability) != capabilities.end();
}

std::int64_t Descriptor::limit(std::string_view limitName, std::int64_t fallback) const {
    const auto found = limits.find(std::string(limitName));
    return found == limits.end() ? fallback : found->second;
}

std::string_view hostSetting(std::string_view entry) {
    if (entry.size() < 3 || entry.front() != '{' || entry.back() != '}') return {};
    return entry.substr(1, entry.size() - 2);
}

bool isConnectorId(std::string_view text) {
    return isWord(text, 2, 32);
}

std::string idOfPath(const std::filesystem::path& file) {
    if (file.filename() != "plugin.yaml") return file.stem().string();
    const auto folder = std::filesystem::absolute(file).lexically_normal().parent_path();
    return folder.filename().string();
}

DescriptorResult readDescriptor(const std::filesystem::path& file) {
    return fromLoaded(config::loadYaml(file), idOfPath(file));
}

DescriptorResult parseDescriptor(std::string_view yaml, std::string file,
                                 std::string_view expectedId) {
    return fromLoaded(config::parseYaml(yaml, std::move(file)), expectedId);
}

}  // namespace trusthub::connectors
