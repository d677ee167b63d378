// Descriptor: a connector's plugin.yaml, read and checked before its library is touched.
#pragma once

#include "config/schema.h"
#include "config/yaml.h"

#include <cstdint>
#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace trusthub::connectors {

/// What this program can read; `sdk:` in plugin.yaml must be it.
inline constexpr int kSdkVersion = 1;

enum class Status : std::uint8_t { Stable, Beta, Draft };
enum class Security : std::uint8_t { UntrustedInput, TrustedProvider };
enum class Capability : std::uint8_t {
    Inbound,
    Scanner,
    Evidence,
    Documents,
    Identity,
    Events,
    SecretSink,
};

std::string_view text(Status status);
std::string_view text(Security security);
std::string_view text(Capability capability);

struct EventInfo {
    std::string type;
    std::string summary;
};

struct Descriptor {
    std::string id;  ///< [a-z][a-z0-9_]{1,31}, the name of its file (or folder, for plugin.yaml)
    std::string name;
    std::string summary;
    std::string version;  ///< MAJOR.MINOR.PATCH, with a suffix after '-' at most
    std::string library;  ///< file name beside the descriptor
    Status status = Status::Draft;
    Security security = Security::UntrustedInput;
    std::string docsUrl;
    std::vector<Capability> capabilities;
    config::Schema settings;
    std::vector<std::string> authKinds;
    /// Egress allow-list by region: `host`, `*.domain`, each with `:port` where it is not 443, or
    /// `{setting}`: the host that this setting of the connection names.
    std::map<std::string, std::vector<std::string>> hosts;
    std::map<std::string, std::int64_t>
        limits;  ///< positive; `max_body_bytes` bounds inbound bodies
    std::vector<EventInfo> events;

    bool has(Capability capability) const;
    /// The bound that the descriptor sets, or `fallback`.
    std::int64_t limit(std::string_view limitName, std::int64_t fallback) const;
};

struct DescriptorResult {
    std::optional<Descriptor> descriptor;  ///< null when there are problems
    std::vector<config::Problem>
        problems;  ///< in the order of the file, as far as they have a line
};

/// Reads a descriptor: `<id>.yaml` beside a built library, or `<id>/plugin.yaml` in a source
/// folder.
DescriptorResult readDescriptor(const std::filesystem::path& file);
/// The same from text; `expectedId` is what the file name promises.
DescriptorResult parseDescriptor(std::string_view yaml, std::string file,
                                 std::string_view expectedId);
/// What a descriptor at this path must have as `id`.
std::string idOfPath(const std::filesystem::path& file);

/// The setting that an entry of `hosts` stands for; empty: it is a host itself.
std::string_view hostSetting(std::string_view entry);

bool isConnectorId(std::string_view text);

}  // namespace trusthub::connectors
