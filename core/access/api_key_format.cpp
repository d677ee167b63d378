#include "access/api_key_format.h"

#include "base/text.h"

#include <boost/crc.hpp>

#include <algorithm>

namespace trusthub::access {
namespace {

constexpr std::size_t kPrefixHex = 8;
constexpr std::size_t kSecretDigits = 26;  // 154 bits
constexpr std::size_t kChecksumDigits = 6;

bool isBase62(char c) {
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}
bool isHex(char c) {
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f');
}

}  // namespace

bool isUrlSafe(char c) noexcept {
    return isBase62(c) || c == '-' || c == '_';
}

std::string checksum62(std::string_view text) {
    boost::crc_32_type crc;
    crc.process_bytes(text.data(), text.size());
    return base::toBase62(crc.checksum(), kChecksumDigits);
}

NewKeyText makeKeyText(std::string_view brand, base::Random& random) {
    static constexpr std::string_view kDigits =
        "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
    NewKeyText made;
    made.prefix = std::string(brand) + "_" + base::toHex(random.bytes(kPrefixHex / 2));
    std::string whole = made.prefix + "_";
    for (std::size_t i = 0; i < kSecretDigits; ++i)
        whole.push_back(kDigits[random.below(kDigits.size())]);
    whole += checksum62(whole);
    made.whole = SecretString(std::move(whole));
    return made;
}

std::optional<std::string_view> keyPrefix(std::string_view text, std::string_view brand) {
    const std::size_t prefixSize = brand.size() + 1 + kPrefixHex;
    if (text.size() != prefixSize + 1 + kSecretDigits + kChecksumDigits) return std::nullopt;
    if (!text.starts_with(brand) || text[brand.size()] != '_' || text[prefixSize] != '_')
        return std::nullopt;
    if (!std::ranges::all_of(text.substr(brand.size() + 1, kPrefixHex), isHex) ||
        !std::ranges::all_of(text.substr(prefixSize + 1), isBase62))
        return std::nullopt;
    const std::size_t covered = text.size() - kChecksumDigits;
    if (checksum62(text.substr(0, covered)) != text.substr(covered)) return std::nullopt;
    return text.substr(0, prefixSize);
}

std::optional<std::uint32_t> prefixNumber(std::string_view prefix, std::string_view brand) {
    if (prefix.size() != brand.size() + 1 + kPrefixHex || !prefix.starts_with(brand) ||
        prefix[brand.size()] != '_')
        return std::nullopt;
    std::uint32_t number = 0;
    for (const char c : prefix.substr(brand.size() + 1)) {
        if (!isHex(c)) return std::nullopt;
        number = number << 4 | static_cast<std::uint32_t>(c <= '9' ? c - '0' : c - 'a' + 10);
    }
    return number;
}

std::optional<KeyShape> keyShape(std::string_view text, std::string_view brand) {
    const std::size_t prefixSize = brand.size() + 1 + kPrefixHex;
    if (text.size() < prefixSize + 1 + kShortestSecret ||
        text.size() > prefixSize + 1 + kLongestSecret || text[prefixSize] != '_')
        return std::nullopt;
    const auto number = prefixNumber(text.substr(0, prefixSize), brand);
    if (!number) return std::nullopt;
    if (keyPrefix(text, brand)) return KeyShape{text.substr(0, prefixSize), *number, true};
    if (!std::ranges::all_of(text.substr(prefixSize + 1), isUrlSafe)) return std::nullopt;
    return KeyShape{text.substr(0, prefixSize), *number, false};
}

}  // namespace trusthub::access
