// The `mail` section of the configuration: the server that takes the hub's mail.
#pragma once

#include "config/node_reader.h"
#include "sdk/secret.h"

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

namespace trusthub::config {

struct MailConfig {
    std::string host;
    std::uint16_t port = 587;
    std::string tls = "starttls";  ///< starttls | implicit | none
    bool allowPlaintext = false;   ///< `none` to another machine
    std::string user;              ///< empty: no sign-in
    SecretString password;
    std::string fromName, fromAddress;
    std::filesystem::path ca;  ///< empty: the system's authorities alone
    int timeoutSeconds = 30;
    std::vector<int> scheduleSeconds{0, 60, 300, 900, 3'600, 10'800, 21'600, 43'200};
};

/// Null without the section. Problems go to the findings, warnings to `warnings`.
std::optional<MailConfig> readMail(NodeReader& root, Findings& findings,
                                   const std::filesystem::path& file,
                                   std::vector<Problem>& warnings);

}  // namespace trusthub::config
