// Addresses as configuration writes them: listen addresses, the public URL. Syntax only.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace trusthub::config {

struct ListenText {
    std::string address;  ///< without brackets
    std::uint16_t port = 0;
};

/// `127.0.0.1:8080`, `[::1]:8080`; the address is literal, port 0 asks for any free one.
std::optional<ListenText> parseListen(std::string_view text);

/// 127.0.0.0/8 and ::1.
bool isLoopback(std::string_view address);

struct UrlText {
    std::string scheme;     ///< lower case
    std::string authority;  ///< with port, without user
    bool hasUser = false;
    bool hasPath = false;  ///< anything after the authority but one slash
};

std::optional<UrlText> parseOrigin(std::string_view text);

}  // namespace trusthub::config
