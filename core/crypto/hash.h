// SHA-256 and HMAC-SHA-256 on OpenSSL EVP with algorithms fetched once. [thread-safe]
#pragma once

#include <cstddef>
#include <initializer_list>
#include <string>
#include <string_view>

namespace trusthub::crypto {

std::string sha256(std::string_view data);                            ///< 32 raw bytes
std::string hmacSha256(std::string_view key, std::string_view data);  ///< 32 raw bytes
/// HMAC over several parts, as if joined. Of the key nothing stays behind here.
std::string hmacSha256(std::string_view key, std::initializer_list<std::string_view> parts);
/// The same for the one key that comes with each request, the pepper: each thread keeps it
/// prepared, until it ends or another key comes.
std::string keptHmacSha256(std::string_view key, std::initializer_list<std::string_view> parts);
/// HMAC-SHA-1, 20 raw bytes: only to recognise what old senders sign with, never to trust it.
std::string hmacSha1(std::string_view key, std::string_view data);
/// HKDF-SHA-256 (RFC 5869), extract and expand; `length` is at most 255 * 32.
std::string hkdfSha256(std::string_view secret, std::string_view info, std::size_t length,
                       std::string_view salt = {});

/// Same time wherever they differ. Texts of unequal length are unequal at once: lengths are no
/// secret here.
bool equalConstantTime(std::string_view a, std::string_view b) noexcept;

}  // namespace trusthub::crypto
