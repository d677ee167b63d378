#include "people/setup.h"

#include "base/text.h"

#include <boost/json.hpp>

namespace trusthub::people {
namespace {

constexpr std::string_view kInsert =
    "INSERT INTO setup_tokens (token_hmac, created_at, expires_at) VALUES ($1, $2, $3)";
constexpr std::string_view kEndOthers = "DELETE FROM setup_tokens WHERE used_at IS NULL";
constexpr std::string_view kUse =
    "UPDATE setup_tokens SET used_at = $1 WHERE token_hmac = $2 AND used_at IS NULL"
    " AND expires_at > $3";

constexpr std::string_view kExpire =
    "DELETE FROM setup_tokens WHERE token_hmac IN"
    " (SELECT token_hmac FROM setup_tokens WHERE expires_at < $1 LIMIT $2)";

constexpr std::chrono::minutes kValid{60};

}  // namespace

Error Setup::alreadySetUp() {
    return fail(ErrorKind::Conflict, "The hub is set up already; sign in, or ask a super_admin.",
                "already_set_up");
}

void dropSetupLink(const std::filesystem::path& data) {
    std::error_code ignored;
    std::filesystem::remove(data / kSetupLinkFile, ignored);
}

Setup::Setup(Users& users, audit::AuditLog& audit, const store::HubSecrets& secrets,
             const base::Clock& clock, base::Random& random)
    : users_(users), audit_(audit), secrets_(secrets), clock_(clock), random_(random) {}

store::Unit<std::string> Setup::issueToken() {
    const std::string token = base::toBase64Url(random_.bytes(32));
    return [this, token](store::WriteTx& tx) -> Result<std::string> {
        if (Users::any(tx)) return alreadySetUp();
        const TimePoint now = clock_.now();
        tx.execute(kEndOthers);
        tx.execute(kInsert, secrets_.fingerprint("setup", token), now, now + kValid);
        return token;
    };
}

store::Unit<User> Setup::complete(const Actor& actor, std::string token, Users::New admin) {
    return [this, actor, token = std::move(token),
            admin = std::move(admin)](store::WriteTx& tx) -> Result<User> {
        if (Users::any(tx)) return alreadySetUp();
        const TimePoint now = clock_.now();
        if (tx.execute(kUse, now, secrets_.fingerprint("setup", token), now) == 0)
            return fail(
                ErrorKind::Gone,
                "The set-up link was used, has expired or is not of this hub; print a new one"
                " with `trusthub setup-link`.",
                "setup_token_invalid");
        auto user = users_.createIn(tx, actor, admin);
        if (!user) return user;
        audit_.append(tx, actor, {"create", "setup", user->id.text, "", {}});
        return user;
    };
}

store::Unit<User> Setup::createFirstAdmin(const Actor& actor, Users::New admin) {
    return [this, actor, admin = std::move(admin)](store::WriteTx& tx) -> Result<User> {
        if (Users::any(tx)) return alreadySetUp();
        return users_.createIn(tx, actor, admin);
    };
}

std::size_t Setup::expire(store::WriteTx& tx, TimePoint before, std::size_t limit) {
    return static_cast<std::size_t>(tx.execute(kExpire, before, limit));
}

}  // namespace trusthub::people
