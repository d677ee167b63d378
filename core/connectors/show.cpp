#include "connectors/show.h"

#include "connectors/describe.h"
#include "sdk/json.h"

#include <algorithm>

namespace trusthub::connectors {
namespace {

std::string padded(std::string text, std::size_t width) {
    text.resize(std::max(width, text.size() + 1), ' ');
    return text;
}

void writeValue(sdk::JsonWriter& json, const sdk::Settings::Value& value) {
    if (const auto* list = std::get_if<std::vector<std::string>>(&value)) {
        json.beginArray();
        for (const auto& item : *list) json.value(item);
        json.endArray();
    } else if (const auto* string = std::get_if<std::string>(&value)) {
        json.value(*string);
    } else if (const auto* flag = std::get_if<bool>(&value)) {
        json.value(*flag);
    } else {
        json.value(std::get<std::int64_t>(value));
    }
}

void writeTexts(sdk::JsonWriter& json, std::string_view name,
                const std::vector<std::string>& items) {
    json.key(name).beginArray();
    for (const auto& item : items) json.value(item);
    json.endArray();
}

void writeField(sdk::JsonWriter& json, const config::Field& field) {
    json.beginObject()
        .member("name", field.name)
        .member("type", text(field.type))
        .member("description", field.description)
        .member("required", field.required)
        .member("host_only", field.hostOnly)
        .member("advanced", field.advanced);
    if (field.defaultValue) writeValue(json.key("default"), *field.defaultValue);
    if (!field.enumeration.empty()) writeTexts(json, "enum", field.enumeration);
    if (!field.pattern.empty()) json.member("pattern", field.pattern);
    if (field.min) json.member("min", *field.min);
    if (field.max) json.member("max", *field.max);
    if (!field.example.empty()) json.member("example", field.example);
    json.endObject();
}

void writeDescriptor(sdk::JsonWriter& json, const Descriptor& d) {
    json.member("name", d.name)
        .member("summary", d.summary)
        .member("version", d.version)
        .member("status", text(d.status))
        .member("security", text(d.security))
        .member("docs_url", d.docsUrl);
    json.key("capabilities").beginArray();
    for (const Capability capability : d.capabilities) json.value(text(capability));
    json.endArray();
    json.key("settings").beginArray();
    for (const auto& field : d.settings.fields) writeField(json, field);
    json.endArray();
    writeTexts(json, "auth_kinds", d.authKinds);
    json.key("hosts").beginObject();
    for (const auto& [region, hosts] : d.hosts) writeTexts(json, region, hosts);
    json.endObject().key("limits").beginObject();
    for (const auto& [name, value] : d.limits) json.member(name, value);
    json.endObject().key("events").beginArray();
    for (const auto& event : d.events)
        json.beginObject().member("type", event.type).member("summary", event.summary).endObject();
    json.endArray();
}

void writeFound(sdk::JsonWriter& json, const Found& found) {
    json.beginObject()
        .member("id", idOf(found))
        .member("loaded", found.refusal.empty())
        .member("descriptor", found.yaml.string())
        .member("library", found.library.string());
    if (!found.refusal.empty()) json.member("refusal", found.refusal);
    if (found.descriptor) writeDescriptor(json, *found.descriptor);
    json.endObject();
}

}  // namespace

std::string idOf(const Found& found) {
    return found.descriptor ? found.descriptor->id : found.yaml.stem().string();
}

const Found* findConnector(const std::vector<Found>& found, std::string_view id) {
    const auto at =
        std::find_if(found.begin(), found.end(), [&](const Found& one) { return idOf(one) == id; });
    return at == found.end() ? nullptr : &*at;
}

std::string listText(const std::vector<Found>& found) {
    std::string out;
    for (const Found& one : found) {
        out += padded(idOf(one), 20);
        if (one.descriptor)
            out += padded(one.descriptor->version, 10) +
                   padded(std::string(text(one.descriptor->status)), 8) +
                   padded(capabilitiesText(*one.descriptor), 20);
        out += one.refusal.empty() ? "loads" : "REFUSED " + one.refusal;
        out += "\n";
    }
    return out.empty() ? "no connectors\n" : out;
}

std::string listJson(const std::vector<Found>& found) {
    sdk::JsonWriter json;
    json.beginObject().key("items").beginArray();
    for (const Found& one : found) writeFound(json, one);
    json.endArray().endObject();
    return std::move(json).text() + "\n";
}

std::string showText(const Found& found) {
    std::string out;
    const auto row = [&](std::string label, std::string_view value) {
        out += padded(std::move(label), 14).append(value).append("\n");
    };
    row("id", idOf(found));
    row("descriptor", found.yaml.string());
    row("library", found.library.string());
    row("loads", found.refusal.empty() ? "yes" : "no: " + found.refusal);
    if (!found.descriptor) return out;
    const Descriptor& d = *found.descriptor;
    row("name", d.name);
    row("summary", d.summary);
    row("version", d.version);
    row("status", text(d.status));
    row("security", text(d.security));
    row("provider", d.docsUrl);
    row("capabilities", capabilitiesText(d));
    row("auth", commaList(d.authKinds));
    if (d.hosts.empty()) row("hosts", "none: it makes no calls");
    for (const auto& [region, hosts] : d.hosts) row("hosts", region + ": " + hostsText(hosts));
    for (const auto& [name, value] : d.limits) row("limit", name + " = " + std::to_string(value));
    for (const auto& event : d.events) row("event", event.type + ": " + event.summary);
    if (d.settings.fields.empty()) row("settings", "none");
    for (const auto& field : d.settings.fields) {
        row("setting", field.name + " (" + shapeOf(field) + ")");
        if (!field.description.empty()) row("", field.description);
    }
    return out;
}

std::string showJson(const Found& found) {
    sdk::JsonWriter json;
    writeFound(json, found);
    return std::move(json).text() + "\n";
}

}  // namespace trusthub::connectors
