#include "inventory.h"

#include <algorithm>
#include <array>
#include <utility>

namespace trusthub::inventory {
namespace {

constexpr std::size_t kMaxText = 512;

bool isPlain(std::string_view text) {
    return text.size() <= kMaxText && std::all_of(text.begin(), text.end(), [](char c) {
               return static_cast<unsigned char>(c) > 0x20 && static_cast<unsigned char>(c) < 0x7F;
           });
}

struct Algorithm {
    std::string_view tag;
    std::string_view name;
    std::size_t bytes;
};

constexpr std::array<Algorithm, 5> kAlgorithms{{{"sha512", "SHA-512", 64},
                                                {"sha384", "SHA-384", 48},
                                                {"sha256", "SHA-256", 32},
                                                {"sha1", "SHA-1", 20},
                                                {"md5", "MD5", 16}}};

const Algorithm* algorithmOf(std::string_view tag) {
    const auto found = std::find_if(kAlgorithms.begin(), kAlgorithms.end(),
                                    [&](const Algorithm& a) { return a.tag == tag; });
    return found == kAlgorithms.end() ? nullptr : &*found;
}

}  // namespace

bool Inventory::add(Entry entry) {
    if (stop_.stop_requested()) return false;
    if (entry.name.empty() || entry.purl.size() > 4 * kMaxText || !isPlain(entry.name) ||
        !isPlain(entry.group) || !isPlain(entry.version)) {
        ++leftOut_;
        return true;
    }
    auto found = components_.find(entry.purl);
    if (found == components_.end()) {
        if (components_.size() >= kMaxComponents) {
            cut_ = true;
            return false;
        }
        found = components_.emplace(std::move(entry.purl), Component{}).first;
        found->second.group = std::move(entry.group);
        found->second.name = std::move(entry.name);
        found->second.version = std::move(entry.version);
    }
    Component& component = found->second;
    component.scope = std::max(component.scope, entry.scope);
    component.lockFiles.insert(file_);
    for (Hash& hash : entry.hashes)
        if (component.hashes.size() < kMaxHashes) component.hashes.insert(std::move(hash));
    return true;
}

void Inventory::note(std::string kind, std::string text) {
    if (notes_.size() < kMaxNotes) notes_.push_back({std::move(kind), std::move(text)});
}

void Inventory::endFile() {
    if (leftOut_ != 0)
        note("left_out",
             file_ + ": " + std::to_string(leftOut_) + " entries without a usable name or version");
    leftOut_ = 0;
}

std::optional<Hash> taggedHash(std::string_view text) {
    const std::size_t colon = text.find(':');
    if (colon == std::string_view::npos) return std::nullopt;
    const Algorithm* algorithm = algorithmOf(text.substr(0, colon));
    const std::string_view digest = text.substr(colon + 1);
    if (!algorithm || digest.size() != algorithm->bytes * 2) return std::nullopt;
    std::string hex;
    for (const char c : digest) {
        const char low = c >= 'A' && c <= 'F' ? static_cast<char>(c + 32) : c;
        if (!((low >= '0' && low <= '9') || (low >= 'a' && low <= 'f'))) return std::nullopt;
        hex.push_back(low);
    }
    return Hash{std::string(algorithm->name), std::move(hex)};
}

std::optional<Hash> integrityHash(std::string_view text, const sdk::Crypto& crypto) {
    text = text.substr(0, text.find('?'));
    const std::size_t dash = text.find('-');
    if (dash == std::string_view::npos) return std::nullopt;
    const Algorithm* algorithm = algorithmOf(text.substr(0, dash));
    if (!algorithm) return std::nullopt;
    const auto digest = crypto.decodeBase64(text.substr(dash + 1));
    if (!digest || digest->size() != algorithm->bytes) return std::nullopt;
    return Hash{std::string(algorithm->name), crypto.hex(*digest)};
}

std::string cleanUtf8(std::string_view text) {
    const auto byte = [&](std::size_t i) {
        return i < text.size() ? static_cast<unsigned char>(text[i])
                               : static_cast<unsigned char>(0);
    };
    const auto tail = [&](std::size_t i) { return (byte(i) & 0xC0U) == 0x80U; };
    std::string out;
    for (std::size_t i = 0; i < text.size();) {
        const unsigned lead = byte(i), next = byte(i + 1);
        std::size_t length = 0;
        if (lead < 0x80) {
            length = 1;
        } else if (lead >= 0xC2 && lead <= 0xDF && tail(i + 1)) {
            length = 2;
        } else if (lead >= 0xE0 && lead <= 0xEF && tail(i + 1) && tail(i + 2) &&
                   !(lead == 0xE0 && next < 0xA0) && !(lead == 0xED && next > 0x9F)) {
            length = 3;
        } else if (lead >= 0xF0 && lead <= 0xF4 && tail(i + 1) && tail(i + 2) && tail(i + 3) &&
                   !(lead == 0xF0 && next < 0x90) && !(lead == 0xF4 && next > 0x8F)) {
            length = 4;
        }
        if (length == 0) {
            out += "\xEF\xBF\xBD";
            ++i;
        } else {
            out.append(text.substr(i, length));
            i += length;
        }
    }
    return out;
}

}  // namespace trusthub::inventory
