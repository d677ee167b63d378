// LocalSignIn: proves that somebody is a user of this hub, by password and, where it is on, by a
// one-time code.
#pragma once

#include "audit/refusal_rows.h"
#include "base/random.h"
#include "crypto/password.h"
#include "people/sign_in_throttle.h"
#include "people/totp.h"
#include "people/users.h"

#include <optional>
#include <string>

namespace trusthub::people {

/// Who was proven, and by what; it holds only while the password and the second factor are as they
/// were, which the unit that relies on it asks with stillHolds().
struct LocalProof {
    User user;
    std::string passwordHash;
    std::optional<TotpProof> totp;
};

class LocalSignIn {
public:
    LocalSignIn(store::Store& store, Users& users, Totp& totp, SignInThrottle& throttle,
                audit::RefusalRows& rows, audit::AuditLog& audit, const store::HubSecrets& secrets,
                const base::Clock& clock, base::Random& random, crypto::Argon2Cost cost);

    struct Attempt {
        std::string email;  ///< normalised, or whatever was sent
        SecretString password;
        std::string code;  ///< one-time or recovery code; empty: none was sent
        std::string addressBlock;
        Actor actor;  ///< address, user agent and request id of whoever tries
        SignInThrottle::Ticket ticket;
    };
    /// Before prove(), and quick: RateLimited `too_many_attempts`.
    Result<SignInThrottle::Ticket> admit(std::string_view email, std::string_view addressBlock);
    /// The attempt was not looked at.
    void giveBack(const SignInThrottle::Ticket& ticket) { throttle_.giveBack(ticket); }

    /// Verifies one argon2 hash whatever it finds. Unauthenticated with the same text for an
    /// unknown account, a wrong password, a wrong code, a disabled account and a service account;
    /// Unauthenticated `totp_required` once the password was right and a code is missing, and
    /// `totp_code_used` when it was used before, which counts as a failure. Failures are audited,
    /// one row for account, address block and minute. [slow; waits for no commit]
    Result<LocalProof> prove(const Attempt& attempt);
    /// Unauthenticated when password, second factor or status changed since; `totp_code_used` when
    /// the code was used meanwhile.
    /// Uses the code up. [in a unit]
    Result<void> stillHolds(store::WriteTx& tx, const LocalProof& proof);

    /// [slow]
    std::string hash(const SecretString& password);
    /// Ends the user's other sessions.
    store::Unit<void> changePassword(const Actor& actor, LocalProof proof, std::string newHash,
                                     const SessionId& keep);
    /// Takes one-time codes off; Conflict `totp_not_enabled`.
    store::Unit<void> removeTotp(const Actor& actor, LocalProof proof);
    /// For the host: a new password, and every session ends. NotFound.
    store::Unit<User> reset(const Actor& actor, std::string email, std::string newHash,
                            bool removeTotp);

private:
    struct Known {
        std::optional<User> user;
        std::string hash;
        bool totpEnabled = false;
        Totp::Checked totp;
    };
    Result<Known> lookUp(const Attempt& attempt);
    void recordFailure(const Attempt& attempt, const Known& known);

    store::Store& store_;
    Users& users_;
    Totp& totp_;
    SignInThrottle& throttle_;
    audit::RefusalRows& rows_;
    audit::AuditLog& audit_;
    const store::HubSecrets& secrets_;
    const base::Clock& clock_;
    base::Random& random_;
    const crypto::Argon2Cost cost_;
    const std::string decoyHash_;  ///< verified where there is no hash
};

}  // namespace trusthub::people
