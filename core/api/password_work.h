// Password work: argon2 in a pool of its own, so that sign-ins and other slow calls do not wait for
// each other.
#pragma once

#include "api/call.h"
#include "people/local_sign_in.h"

#include <string>

namespace trusthub::api {

using Work = base::MoveFunction<Outcome()>;

/// Answers what `work` answers once it has run in the pool for passwords; when that is full,
/// `refused` runs instead and the answer is Overloaded. `call` is there until then.
Outcome onPasswordPool(Call& call, Work work, base::MoveFunction<void()> refused = {});

/// What somebody sends to show who they are.
struct Shown {
    std::string email;
    SecretString password;
    std::string code;  ///< one-time or recovery code; empty: none
};
/// Throttles, proves, and goes on with the proof.
Outcome prove(Call& call, Shown shown, base::MoveFunction<Outcome(people::LocalProof)> then);

/// The same for somebody who is signed in: a wrong password is 403 `wrong_credentials`, since the
/// session itself stands.
Outcome proveAgain(Call& call, SecretString password, std::string code,
                   base::MoveFunction<Outcome(people::LocalProof)> then);

/// Forbidden `step_up_required` when the caller's session has not been backed by a password for too
/// long to be given credentials that outlast it; an access token of it counts no more than its
/// cookie, for the cookie is all it takes to get one.
Result<void> requireFreshAuthentication(const Call& call);

}  // namespace trusthub::api
