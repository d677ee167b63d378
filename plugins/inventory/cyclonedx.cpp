#include "cyclonedx.h"

#include "sdk/json.h"

namespace trusthub::inventory {
namespace {

/// A UUID made of a digest of scan and commit, in the layout of the name-based ones (RFC 4122,
/// section 4.3).
std::string serialNumber(const Subject& subject, const sdk::Crypto& crypto) {
    std::string bytes = crypto.sha256(subject.scanId + "\n" + subject.commit).substr(0, 16);
    bytes[6] = static_cast<char>((static_cast<unsigned char>(bytes[6]) & 0x0FU) | 0x50U);
    bytes[8] = static_cast<char>((static_cast<unsigned char>(bytes[8]) & 0x3FU) | 0x80U);
    const std::string hex = crypto.hex(bytes);
    return "urn:uuid:" + hex.substr(0, 8) + "-" + hex.substr(8, 4) + "-" + hex.substr(12, 4) + "-" +
           hex.substr(16, 4) + "-" + hex.substr(20);
}

void writeProperty(sdk::JsonWriter& json, std::string_view name, std::string_view value) {
    json.beginObject().member("name", name).member("value", value).endObject();
}

void writeMetadata(sdk::JsonWriter& json, const Inventory& inventory, const Subject& subject) {
    json.key("metadata").beginObject();
    json.member("timestamp", sdk::formatTime(subject.at));
    json.key("tools").beginObject().key("components").beginArray().beginObject();
    json.member("type", "application").member("name", "trusthub-inventory");
    json.member("version", kVersion).endObject().endArray().endObject();
    json.key("component").beginObject();
    json.member("type", "application").member("bom-ref", "trusthub:project");
    json.member("name", cleanUtf8(subject.project)).member("version", subject.commit).endObject();
    json.key("properties").beginArray();
    writeProperty(json, "trusthub:scan_id", subject.scanId);
    if (!subject.ref.empty()) writeProperty(json, "trusthub:ref", cleanUtf8(subject.ref));
    for (const Note& note : inventory.notes())
        writeProperty(json, "trusthub:" + note.kind, note.text);
    json.endArray().endObject();
}

void writeComponent(sdk::JsonWriter& json, const std::string& purl, const Component& component) {
    json.beginObject().member("type", "library").member("bom-ref", purl);
    if (!component.group.empty()) json.member("group", component.group);
    json.member("name", component.name);
    if (!component.version.empty()) json.member("version", component.version);
    if (component.scope != Scope::Unknown)
        json.member("scope", component.scope == Scope::Required ? "required" : "optional");
    if (!component.hashes.empty()) {
        json.key("hashes").beginArray();
        for (const Hash& hash : component.hashes)
            json.beginObject()
                .member("alg", hash.algorithm)
                .member("content", hash.hex)
                .endObject();
        json.endArray();
    }
    json.member("purl", purl);
    json.key("properties").beginArray();
    for (const std::string& file : component.lockFiles)
        writeProperty(json, "trusthub:lock_file", file);
    json.endArray().endObject();
}

}  // namespace

std::string writeCycloneDx(const Inventory& inventory, const Subject& subject,
                           const sdk::Crypto& crypto) {
    sdk::JsonWriter json;
    json.beginObject().member("bomFormat", "CycloneDX").member("specVersion", "1.5");
    json.member("serialNumber", serialNumber(subject, crypto)).member("version", 1);
    writeMetadata(json, inventory, subject);
    json.key("components").beginArray();
    for (const auto& [purl, component] : inventory.components())
        writeComponent(json, purl, component);
    json.endArray().endObject();
    return std::move(json).text();
}

}  // namespace trusthub::inventory
