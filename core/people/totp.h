// Totp: one-time codes as a second factor of local sign-in (RFC 6238: SHA-1, 30 s, 6 digits), with
// recovery codes for the day the phone is lost.
#pragma once

#include "audit/audit_log.h"
#include "base/clock.h"
#include "base/random.h"
#include "people/users.h"
#include "sdk/secret.h"
#include "store/hub_secrets.h"
#include "store/sealer.h"

#include <optional>
#include <string>
#include <vector>

namespace trusthub::people {

/// What a code has shown; it must still be used up in the unit that relies on it.
struct TotpProof {
    std::int64_t step = 0;     ///< of a one-time code
    std::string recoveryHmac;  ///< of a recovery code; empty: a one-time code
};

class Totp {
public:
    Totp(Users& users, store::Sealer& sealer, audit::AuditLog& audit,
         const store::HubSecrets& secrets, const base::Clock& clock, base::Random& random)
        : users_(users),
          sealer_(sealer),
          audit_(audit),
          secrets_(secrets),
          clock_(clock),
          random_(random) {}

    struct Enrolment {
        SecretString secret;  ///< base32, as apps take it; shown this once
        std::string url;      ///< otpauth://…, for a QR code
    };
    /// A fresh secret that counts once a code of it was seen; an earlier unconfirmed one is
    /// replaced. Conflict `totp_enabled`.
    store::Unit<Enrolment> begin(const Actor& actor, const User& user);
    /// Answers the recovery codes, shown this once. InvalidInput when the code is wrong or used;
    /// Conflict `totp_not_begun`.
    store::Unit<std::vector<std::string>> confirm(const Actor& actor, const User& user,
                                                  std::string code);
    /// Takes the second factor off. [in a unit]
    void removeIn(store::WriteTx& tx, const Actor& actor, const User& user);

    /// Confirmed, so that sign-in asks for it.
    static bool enabled(store::ReadTx& tx, const UserId& id);
    struct Checked {
        std::optional<TotpProof> proof;  ///< null: the code is wrong, or
        bool used = false;               ///< it was right once, or is older than one that was used
    };
    /// Internal when the secret does not open.
    Result<Checked> check(store::ReadTx& tx, const UserId& id, std::string_view code);
    /// False when the code was used meanwhile. [in a unit]
    bool use(store::WriteTx& tx, const UserId& id, const TotpProof& proof);

private:
    struct Step {
        std::optional<std::int64_t> fresh;
        bool used = false;
    };
    Result<Step> stepOf(store::ReadTx& tx, const UserId& id, std::string_view code);
    std::string recoveryHmac(const UserId& id, std::string_view code) const;

    Users& users_;
    store::Sealer& sealer_;
    audit::AuditLog& audit_;
    const store::HubSecrets& secrets_;
    const base::Clock& clock_;
    base::Random& random_;
};

}  // namespace trusthub::people
