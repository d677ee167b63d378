// What a scan collects: components merged over all lock files, and notes on what could not be read.
#pragma once

#include "sdk/host.h"

#include <compare>
#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <stop_token>
#include <string>
#include <string_view>
#include <vector>

namespace trusthub::inventory {

inline constexpr std::size_t kMaxComponents = 100'000;
inline constexpr std::size_t kMaxHashes = 256;  ///< of one component; the rest is dropped
inline constexpr std::size_t kMaxNotes = 500;

/// As CycloneDX names the algorithms; the content is lower-case hex.
struct Hash {
    std::string algorithm;
    std::string hex;
    auto operator<=>(const Hash&) const = default;
};

/// In the order of how much it binds: what one lock file requires and another has for development
/// is required.
enum class Scope : std::uint8_t { Unknown, Optional, Required };

/// One entry of one lock file.
struct Entry {
    std::string group;  ///< npm's scope, else empty
    std::string name;
    std::string version;  ///< empty only where the purl's qualifiers say what it is
    std::string purl;
    std::vector<Hash> hashes;
    Scope scope = Scope::Unknown;
};

struct Component {
    std::string group;
    std::string name;
    std::string version;
    Scope scope = Scope::Unknown;
    std::set<Hash> hashes;
    std::set<std::string> lockFiles;
};

/// A remark about a file, shown in the inventory as the property `trusthub:<kind>`.
struct Note {
    std::string kind;
    std::string text;
};

/// [the scan's thread]
class Inventory {
public:
    Inventory(std::stop_token stop, bool omitDevelopment)
        : stop_(std::move(stop)), omitDevelopment_(omitDevelopment) {}

    /// Names the file that the next entries come from.
    void startFile(std::string path) { file_ = std::move(path); }
    /// False when there is no sense in reading on: cancelled, or the cap is reached. Entries whose
    /// name or version is not short visible ASCII are left out and counted.
    bool add(Entry entry);
    void note(std::string kind, std::string text);
    /// Puts a note about the entries of this file that were left out, if there are any.
    void endFile();

    bool cancelled() const { return stop_.stop_requested(); }
    bool omitsDevelopment() const { return omitDevelopment_; }
    bool cut() const { return cut_; }
    const std::map<std::string, Component>& components() const { return components_; }  ///< by purl
    const std::vector<Note>& notes() const { return notes_; }

private:
    std::stop_token stop_;
    bool omitDevelopment_;
    bool cut_ = false;
    std::string file_;
    std::size_t leftOut_ = 0;
    std::map<std::string, Component> components_;
    std::vector<Note> notes_;
};

/// What the readers of lock files need of the host.
struct Tools {
    const sdk::Crypto& crypto;
    const sdk::JsonParser& json;
};

/// `sha256:<hex>` and the like; null for what is not a digest that CycloneDX names.
std::optional<Hash> taggedHash(std::string_view text);
/// `sha512-<base64>` of Subresource Integrity; null as above.
std::optional<Hash> integrityHash(std::string_view text, const sdk::Crypto& crypto);
/// Replaces what is not UTF-8, for paths of a repository may be any bytes.
std::string cleanUtf8(std::string_view text);

}  // namespace trusthub::inventory
