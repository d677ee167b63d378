// Authenticator: from the headers of a request to a Principal.
#pragma once

#include "access/key_verifier.h"
#include "access/principal.h"
#include "http/message.h"
#include "people/sessions.h"

#include <string>

namespace trusthub::access {

inline constexpr std::string_view kSessionCookie = "__Host-trusthub";

/// [HTTP workers] A session's row is read each time; a key that is known costs no SQL.
class Authenticator {
public:
    Authenticator(store::Store& store, const people::Sessions& sessions, KeyVerifier& keys,
                  std::string publicOrigin, const base::Clock& clock);

    /// Bearer token (access token or API key), else the session cookie; the cookie counts for
    /// unsafe methods only when Origin is the hub's own and X-CSRF-Token is the session's
    /// (Forbidden `csrf_token_invalid`). `actor` carries address, user agent and request id.
    /// Unauthenticated never says why. Forbidden `totp_enrolment_required` for people who must turn
    /// on one-time codes, but for what they need to do so.
    Result<Principal> authenticate(const http::RequestHead& head, Actor actor) const;

    const people::Sessions& sessions() const { return sessions_; }
    /// Once the port is known. [before the first request]
    void setPublicOrigin(std::string origin) { publicOrigin_ = std::move(origin); }

private:
    Result<Principal> bySession(store::ReadTx& tx, std::optional<people::Session> session,
                                const http::RequestHead& head, Actor actor) const;
    Result<void> checkPage(const people::Session& session, const http::RequestHead& head) const;

    store::Store& store_;
    const people::Sessions& sessions_;
    KeyVerifier& keys_;
    std::string publicOrigin_;
    const base::Clock& clock_;
};

/// The value of one cookie; empty when absent.
std::string_view cookieValue(const http::RequestHead& head, std::string_view name);

}  // namespace trusthub::access
