#include "people/totp.h"

#include "base/text.h"
#include "crypto/hash.h"
#include "crypto/totp.h"

#include <boost/json.hpp>

namespace trusthub::people {
namespace {

constexpr std::string_view kBegin =
    "INSERT INTO totp_secrets (user_id, secret_sealed, created_at) VALUES ($1, $2, $3)"
    " ON CONFLICT (user_id) DO UPDATE SET secret_sealed = excluded.secret_sealed,"
    " created_at = excluded.created_at, last_step = 0";
constexpr std::string_view kSelect =
    "SELECT secret_sealed, last_step FROM totp_secrets WHERE user_id = $1";
constexpr std::string_view kConfirmed =
    "SELECT confirmed_at IS NOT NULL FROM totp_secrets WHERE user_id = $1";
constexpr std::string_view kConfirm =
    "UPDATE totp_secrets SET confirmed_at = $1 WHERE user_id = $2";
constexpr std::string_view kUseStep =
    "UPDATE totp_secrets SET last_step = $1 WHERE user_id = $2 AND last_step < $3";
constexpr std::string_view kDrop = "DELETE FROM totp_secrets WHERE user_id = $1";
constexpr std::string_view kInsertRecovery =
    "INSERT INTO recovery_codes (user_id, code_hmac) VALUES ($1, $2)"
    " ON CONFLICT (user_id, code_hmac) DO NOTHING";
constexpr std::string_view kRecovery =
    "SELECT used_at IS NOT NULL FROM recovery_codes WHERE user_id = $1 AND code_hmac = $2";
constexpr std::string_view kUseRecovery =
    "UPDATE recovery_codes SET used_at = $1 WHERE user_id = $2 AND code_hmac = $3"
    " AND used_at IS NULL";
constexpr std::string_view kDropRecovery = "DELETE FROM recovery_codes WHERE user_id = $1";

constexpr std::size_t kSecretBytes = 20;  // RFC 4226, section 4: 160 bits
constexpr int kDigits = 6;
constexpr std::int64_t kWindow = 1;  // steps before and after now: slow typing, clocks apart
constexpr int kRecoveryCodes = 10;
constexpr std::size_t kRecoveryBytes = 10;  // 80 bits: 16 digits of base32

store::SealPlace placeOf(const UserId& id) {
    return {"totp_secrets", "secret_sealed", id.text};
}

/// `abcd-efgh-ijkl-mnop`.
std::string recoveryText(base::Random& random) {
    const std::string digits = base::toLower(crypto::toBase32(random.bytes(kRecoveryBytes)));
    std::string text;
    for (std::size_t i = 0; i < digits.size(); ++i) {
        if (i > 0 && i % 4 == 0) text.push_back('-');
        text.push_back(digits[i]);
    }
    return text;
}

/// As people type it: any case, with or without dashes and blanks.
std::string bare(std::string_view code) {
    std::string text;
    for (const char c : code)
        if (c != '-' && c != ' ') text.push_back(c);
    return base::toLower(text);
}

}  // namespace

store::Unit<Totp::Enrolment> Totp::begin(const Actor& actor, const User& user) {
    const SecretString key(random_.bytes(kSecretBytes));
    const std::string shown = crypto::toBase32(key.reveal());
    auto sealed = sealer_.seal({"", "secrets"}, placeOf(user.id), key.reveal());
    Enrolment made{SecretString(shown),
                   "otpauth://totp/TrustHub:" + base::percentEncode(user.email, "@") +
                       "?secret=" + shown + "&issuer=TrustHub&algorithm=SHA1&digits=6&period=30"};
    return [this, actor, id = user.id, sealed = std::move(sealed),
            made = std::move(made)](store::WriteTx& tx) -> Result<Enrolment> {
        if (enabled(tx, id))
            return fail(ErrorKind::Conflict,
                        "One-time codes are on already; take them off first with password and"
                        " code.",
                        "totp_enabled");
        tx.execute(kBegin, id, sealed.into(tx), clock_.now());
        audit_.append(tx, actor, {"create", "totp", id.text, "", {}});
        return made;
    };
}

store::Unit<std::vector<std::string>> Totp::confirm(const Actor& actor, const User& user,
                                                    std::string code) {
    std::vector<std::string> codes;
    for (int i = 0; i < kRecoveryCodes; ++i) codes.push_back(recoveryText(random_));
    return [this, actor, user, code = std::move(code),
            codes = std::move(codes)](store::WriteTx& tx) -> Result<std::vector<std::string>> {
        if (enabled(tx, user.id))
            return fail(ErrorKind::Conflict, "One-time codes are on already.", "totp_enabled");
        if (!tx.query(kSelect, user.id).next())
            return fail(ErrorKind::Conflict, "Ask for a secret first: POST /v1/me/totp.",
                        "totp_not_begun");
        const auto step = stepOf(tx, user.id, code);
        if (!step) return step.error();
        if (!step->fresh || !use(tx, user.id, {*step->fresh, {}}))
            return invalid("/code",
                           "is not the app's current code; look at the clock of the phone");
        tx.execute(kConfirm, clock_.now(), user.id);
        tx.execute(kDropRecovery, user.id);
        for (const auto& recovery : codes)
            tx.execute(kInsertRecovery, user.id, recoveryHmac(user.id, bare(recovery)));
        audit_.append(tx, actor, {"confirm", "totp", user.id.text, "", {}});
        users_.emitUpdated(tx, actor, user, {"totp"});
        return codes;
    };
}

void Totp::removeIn(store::WriteTx& tx, const Actor& actor, const User& user) {
    tx.execute(kDropRecovery, user.id);
    if (tx.execute(kDrop, user.id) == 0) return;
    audit_.append(tx, actor, {"delete", "totp", user.id.text, "", {}});
    users_.emitUpdated(tx, actor, user, {"totp"});
}

bool Totp::enabled(store::ReadTx& tx, const UserId& id) {
    store::Rows rows = tx.query(kConfirmed, id);
    return rows.next() && rows.boolean(0);
}

Result<Totp::Step> Totp::stepOf(store::ReadTx& tx, const UserId& id, std::string_view code) {
    std::string sealed;
    std::int64_t last = 0;
    {
        store::Rows rows = tx.query(kSelect, id);
        if (!rows.next()) return Step{};
        sealed = rows.text(0);
        last = rows.integer(1);
    }
    const auto key = sealer_.openSecret(tx, placeOf(id), sealed);
    if (!key) return key.error();
    const auto now = static_cast<std::int64_t>(crypto::totpStep(clock_.now()));
    Step found;
    for (std::int64_t step = now - kWindow; step <= now + kWindow; ++step) {
        const auto right = crypto::hotp(key->reveal(), static_cast<std::uint64_t>(step), kDigits);
        if (!crypto::equalConstantTime(right, code)) continue;
        if (step <= last)
            found.used = true;
        else if (!found.fresh)
            found.fresh = step;
    }
    return found;
}

Result<Totp::Checked> Totp::check(store::ReadTx& tx, const UserId& id, std::string_view code) {
    const std::string typed = bare(code);
    const auto step = stepOf(tx, id, typed);
    if (!step) return step.error();
    if (step->fresh) return Checked{TotpProof{*step->fresh, {}}, false};
    std::string hmac = recoveryHmac(id, typed);
    store::Rows rows = tx.query(kRecovery, id, hmac);
    if (!rows.next()) return Checked{{}, step->used};
    if (rows.boolean(0)) return Checked{{}, true};
    return Checked{TotpProof{0, std::move(hmac)}, false};
}

bool Totp::use(store::WriteTx& tx, const UserId& id, const TotpProof& proof) {
    if (proof.recoveryHmac.empty()) return tx.execute(kUseStep, proof.step, id, proof.step) == 1;
    return tx.execute(kUseRecovery, clock_.now(), id, proof.recoveryHmac) == 1;
}

std::string Totp::recoveryHmac(const UserId& id, std::string_view code) const {
    return secrets_.fingerprint("recovery", id.text + " " + std::string(code));
}

}  // namespace trusthub::people
