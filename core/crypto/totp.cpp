#include "crypto/totp.h"

#include "crypto/evp.h"

#include <array>
#include <stdexcept>

namespace trusthub::crypto {
namespace {

constexpr std::size_t kSha1Bytes = 20;
constexpr std::chrono::seconds kStep{30};

std::array<unsigned char, kSha1Bytes> hmacSha1(std::string_view key, std::string_view data) {
    std::array<unsigned char, kSha1Bytes> out{};
    std::size_t size = 0;
    require(EVP_Q_mac(nullptr, "HMAC", nullptr, "SHA1", nullptr, key.data(), key.size(),
                      bytes(data), data.size(), out.data(), out.size(), &size) != nullptr &&
            size == out.size());
    return out;
}

}  // namespace

std::string hotp(std::string_view key, std::uint64_t counter, int digits) {
    if (digits < 6 || digits > 8) throw std::invalid_argument("a one-time code has 6 to 8 digits");
    std::string message(8, '\0');
    for (std::size_t i = 0; i < message.size(); ++i)
        message[i] = static_cast<char>(counter >> (56 - 8 * i) & 0xFF);
    const auto mac = hmacSha1(key, message);
    const std::size_t offset = mac.back() & 0xFU;
    std::uint32_t number = 0;
    for (std::size_t i = 0; i < 4; ++i) number = number << 8 | mac[offset + i];
    number &= 0x7FFFFFFF;
    std::string code(static_cast<std::size_t>(digits), '0');
    for (auto digit = code.rbegin(); digit != code.rend(); ++digit, number /= 10)
        *digit = static_cast<char>('0' + number % 10);
    return code;
}

std::uint64_t totpStep(TimePoint time) {
    const auto seconds = std::chrono::floor<std::chrono::seconds>(time.time_since_epoch());
    return static_cast<std::uint64_t>(seconds / kStep);
}

std::string toBase32(std::string_view bytes) {
    static constexpr std::string_view kDigits = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
    std::string out;
    std::uint32_t held = 0;
    int bits = 0;
    for (const char byte : bytes) {
        held = held << 8 | static_cast<unsigned char>(byte);
        for (bits += 8; bits >= 5; bits -= 5) out.push_back(kDigits[held >> (bits - 5) & 0x1F]);
    }
    if (bits > 0) out.push_back(kDigits[held << (5 - bits) & 0x1F]);
    return out;
}

}  // namespace trusthub::crypto
