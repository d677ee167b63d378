// The first super_admin, made on the host: from the environment, by the command line, or by a
// set-up link.
#pragma once

#include "app/wiring.h"

#include <filesystem>
#include <string>

namespace trusthub::app {

/// The token stands in the fragment, so that no server and no proxy ever logs it.
std::string setupLink(const std::string& publicUrl, const std::string& token);

/// Makes a super_admin: all is checked like in the API. Without a name the address stands for it.
struct NewAdmin {
    std::string email, name;
    SecretString password;
};
Result<people::User> createAdmin(Core& core, Ground& ground, const base::HostAccount& by,
                                 const NewAdmin& wanted);

/// With TRUSTHUB_ADMIN_EMAIL and TRUSTHUB_ADMIN_PASSWORD_FILE on an empty database; nothing
/// otherwise.
Result<void> createAdminFromEnvironment(Core& core, Ground& ground);

/// Who acts when somebody works on the host itself.
Actor hostActor(const base::HostAccount& account);

/// First line of a file.
Result<SecretString> readPasswordFile(const std::filesystem::path& file);

}  // namespace trusthub::app
