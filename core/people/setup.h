// Setup: the one-time link by which the first person becomes super_admin.
#pragma once

#include "audit/audit_log.h"
#include "base/clock.h"
#include "people/users.h"
#include "store/hub_secrets.h"
#include "store/store.h"

#include <filesystem>
#include <optional>
#include <string>

namespace trusthub::people {

/// In the data folder while there is a set-up link to be used; readable by the hub's user only.
inline constexpr const char* kSetupLinkFile = "setup-link";
/// Removes it: once there is a user the link leads nowhere, whoever made that user.
void dropSetupLink(const std::filesystem::path& data);

class Setup {
public:
    Setup(Users& users, audit::AuditLog& audit, const store::HubSecrets& secrets,
          const base::Clock& clock, base::Random& random);

    /// A fresh token, valid for 60 minutes; those before it end. Conflict `already_set_up` once
    /// there is a user.
    store::Unit<std::string> issueToken();
    /// Uses the token up and makes the first super_admin. Gone when it is used, expired or never
    /// was; Conflict `already_set_up` once there is a user.
    store::Unit<User> complete(const Actor& actor, std::string token, Users::New admin);
    /// Without a token, for the command line and unattended set-up on the host.
    store::Unit<User> createFirstAdmin(const Actor& actor, Users::New admin);

    static Error alreadySetUp();
    /// Removes up to `limit` tokens that ran out before `before`; answers how many.
    static std::size_t expire(store::WriteTx& tx, TimePoint before, std::size_t limit);

private:
    Users& users_;
    audit::AuditLog& audit_;
    const store::HubSecrets& secrets_;
    const base::Clock& clock_;
    base::Random& random_;
};

}  // namespace trusthub::people
