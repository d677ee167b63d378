#include "connectors/describe.h"
#include "connectors/show.h"

namespace trusthub::connectors {
namespace {

/// A cell of a Markdown table: no line ends, and no bar that would end it.
std::string cell(std::string_view text) {
    std::string out;
    for (const char c : text) {
        if (c == '|') out.push_back('\\');
        out.push_back(c == '\n' ? ' ' : c);
    }
    return out;
}

std::string code(std::string_view text) {
    return "`" + cell(text) + "`";
}

void addSettings(std::string& out, const config::Schema& schema) {
    out += "\n## Settings\n\n";
    if (schema.fields.empty()) {
        out += "None.\n";
        return;
    }
    out += "| setting | is | what it does | example |\n|---|---|---|---|\n";
    for (const auto& field : schema.fields)
        out += "| " + code(field.name) + " | " + cell(shapeOf(field)) + " | " +
               cell(field.description) + " | " +
               (field.example.empty() ? "" : code(field.example)) + " |\n";
}

}  // namespace

std::string docMarkdown(const Descriptor& d) {
    std::string out = "# " + d.name + "\n\n" + d.summary + "\n\n";
    out += "| | |\n|---|---|\n";
    out += "| connector | " + code(d.id) + " " + d.version + " |\n";
    out += "| status | " + std::string(text(d.status)) + " |\n";
    out += "| capabilities | " + capabilitiesText(d) + " |\n";
    out += "| security | " + std::string(text(d.security)) + " |\n";
    out += "| authentication | " + commaList(d.authKinds) + " |\n";
    out += "| provider's page | <" + d.docsUrl + "> |\n";
    for (const auto& [name, value] : d.limits)
        out += "| limit " + code(name) + " | " + std::to_string(value) + " |\n";
    addSettings(out, d.settings);
    out += "\n## Calls\n\n";
    if (d.hosts.empty()) out += "It makes no outbound calls.\n";
    for (const auto& [region, hosts] : d.hosts)
        out += "* " + region + ": " + hostsText(hosts) + "\n";
    if (d.events.empty()) return out;
    out += "\n## Events\n\n| type | when |\n|---|---|\n";
    for (const auto& event : d.events)
        out += "| " + code(event.type) + " | " + cell(event.summary) + " |\n";
    return out;
}

}  // namespace trusthub::connectors
