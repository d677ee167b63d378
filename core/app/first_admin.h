// The first super_admin, made on the host: from the environment, by the command line, or by a
// set-up link.
#pragma once

#include "app/wiring.h"

#include <filesystem>
#include <string>

namespace trusthub::app {

/// The token stands in the fragment, so that no server and no proxy ever logs it.
std::string setupLink(const std::string& publicUrl, const std::string& token);

/// Makes a super_admin: e-mail address and password are checked like in the API.
Result<people::User> createAdmin(Core& core, Ground& ground, const std::string& email,
                                 const SecretString& password);

/// With TRUSTHUB_ADMIN_EMAIL and TRUSTHUB_ADMIN_PASSWORD_FILE on an empty database; nothing
/// otherwise.
Result<void> createAdminFromEnvironment(Core& core, Ground& ground);

/// Who acts when somebody works on the host itself.
Actor hostActor();

/// InvalidInput when a password is too short or too long.
Result<void> checkPassword(const SecretString& password);

/// First line of a file.
Result<SecretString> readPasswordFile(const std::filesystem::path& file);

}  // namespace trusthub::app
