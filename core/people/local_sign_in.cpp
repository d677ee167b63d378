#include "people/local_sign_in.h"

#include <boost/json.hpp>

namespace trusthub::people {
namespace {

Error wrong() {
    return fail(ErrorKind::Unauthenticated, "E-mail address, password or one-time code is wrong.");
}

Error codeUsed() {
    return fail(ErrorKind::Unauthenticated,
                "This code was used already: wait for the next one, or send another recovery code.",
                "totp_code_used");
}

}  // namespace

LocalSignIn::LocalSignIn(store::Store& store, Users& users, Totp& totp, SignInThrottle& throttle,
                         audit::RefusalRows& rows, audit::AuditLog& audit,
                         const store::HubSecrets& secrets, const base::Clock& clock,
                         base::Random& random, crypto::Argon2Cost cost)
    : store_(store),
      users_(users),
      totp_(totp),
      throttle_(throttle),
      rows_(rows),
      audit_(audit),
      secrets_(secrets),
      clock_(clock),
      random_(random),
      cost_(cost),
      decoyHash_(crypto::hashPassword(SecretString("no such user"), cost, random)) {}

Result<SignInThrottle::Ticket> LocalSignIn::admit(std::string_view email,
                                                  std::string_view addressBlock) {
    return throttle_.attempt(email, addressBlock);
}

Result<LocalSignIn::Known> LocalSignIn::lookUp(const Attempt& attempt) {
    return store_.read([&](store::ReadTx& tx) -> Result<Known> {
        Known known;
        const auto id = Users::idByEmail(tx, attempt.email);
        if (!id) return known;
        known.user = Users::find(tx, *id, clock_.now());
        known.hash = Users::passwordHash(tx, *id);
        known.totpEnabled = Totp::enabled(tx, *id);
        if (known.totpEnabled && !attempt.code.empty()) {
            auto checked = totp_.check(tx, *id, attempt.code);
            if (!checked) return checked.error();
            known.totp = *std::move(checked);
        }
        return known;
    });
}

Result<LocalProof> LocalSignIn::prove(const Attempt& attempt) {
    auto known = lookUp(attempt);
    if (!known) {
        throttle_.giveBack(attempt.ticket);
        return known.error();
    }
    const bool local = !known->hash.empty();
    const bool right = crypto::verifyPassword(attempt.password, local ? known->hash : decoyHash_) &&
                       local && known->user->status == "active" && known->user->kind == kPerson;
    if (right && known->totpEnabled && attempt.code.empty()) {
        throttle_.giveBack(attempt.ticket);
        return fail(ErrorKind::Unauthenticated,
                    "Send the one-time code, or a recovery code, as `totp` too.", "totp_required");
    }
    if (!right || (known->totpEnabled && !known->totp.proof)) {
        recordFailure(attempt, *known);
        return right && known->totp.used ? codeUsed() : wrong();
    }
    throttle_.succeeded(attempt.ticket);
    return LocalProof{*std::move(known->user), std::move(known->hash),
                      std::move(known->totp.proof)};
}

void LocalSignIn::recordFailure(const Attempt& attempt, const Known& known) {
    // What was typed where an address belongs may be a password: a hash stands for it.
    const std::string account =
        known.user ? known.user->id.text
                   : "unknown:" + secrets_.fingerprint("account", attempt.email).substr(0, 16);
    Actor actor = attempt.actor;
    actor.kind = ActorKind::System;
    // Accounts that there are none of are as many as a stranger likes.
    const std::string wider = known.user ? account : "unknown";
    rows_.record(clock_.now(), {std::move(actor),
                                {"sign_in_failed",
                                 "sessions",
                                 "",
                                 "",
                                 {{"account", account}, {"address_block", attempt.addressBlock}}},
                                account + "\n" + attempt.addressBlock,
                                wider,
                                {{"account", wider}, {"address_block", "many"}}});
}

Result<void> LocalSignIn::stillHolds(store::WriteTx& tx, const LocalProof& proof) {
    const auto& id = proof.user.id;
    const auto user = Users::find(tx, id, clock_.now());
    if (!user || user->status != "active" || user->kind != kPerson ||
        Users::passwordHash(tx, id) != proof.passwordHash)
        return wrong();
    if (!Totp::enabled(tx, id)) return {};
    if (!proof.totp) return wrong();
    if (!totp_.use(tx, id, *proof.totp)) return codeUsed();
    return {};
}

std::string LocalSignIn::hash(const SecretString& password) {
    return crypto::hashPassword(password, cost_, random_);
}

store::Unit<void> LocalSignIn::changePassword(const Actor& actor, LocalProof proof,
                                              std::string newHash, const SessionId& keep) {
    return [this, actor, proof = std::move(proof), newHash = std::move(newHash),
            keep](store::WriteTx& tx) -> Result<void> {
        if (auto holds = stillHolds(tx, proof); !holds) return holds;
        const TimePoint now = clock_.now();
        Users::setPassword(tx, proof.user.id, newHash, now);
        const auto ended = Users::endSessions(tx, proof.user.id, keep, now);
        audit_.append(tx, actor,
                      {"update",
                       "users",
                       proof.user.id.text,
                       "",
                       {{"changed", json::Array{"password"}}, {"sessions_ended", ended}}});
        users_.emitUpdated(tx, actor, proof.user, {"password"});
        return {};
    };
}

store::Unit<void> LocalSignIn::removeTotp(const Actor& actor, LocalProof proof) {
    return [this, actor, proof = std::move(proof)](store::WriteTx& tx) -> Result<void> {
        if (!Totp::enabled(tx, proof.user.id))
            return fail(ErrorKind::Conflict, "One-time codes are not on.", "totp_not_enabled");
        if (auto holds = stillHolds(tx, proof); !holds) return holds;
        totp_.removeIn(tx, actor, proof.user);
        return {};
    };
}

store::Unit<User> LocalSignIn::reset(const Actor& actor, std::string email, std::string newHash,
                                     bool removeTotp) {
    return [this, actor, email = std::move(email), newHash = std::move(newHash),
            removeTotp](store::WriteTx& tx) -> Result<User> {
        const TimePoint now = clock_.now();
        const auto id = Users::idByEmail(tx, email);
        if (!id) return fail(ErrorKind::NotFound, "There is no user with this e-mail address.");
        Users::setPassword(tx, *id, newHash, now);
        const auto ended = Users::endSessions(tx, *id, {}, now);
        User user = *Users::find(tx, *id, now);
        audit_.append(tx, actor,
                      {"reset",
                       "users",
                       id->text,
                       "",
                       {{"changed", json::Array{"password"}}, {"sessions_ended", ended}}});
        users_.emitUpdated(tx, actor, user, {"password"});
        if (removeTotp) totp_.removeIn(tx, actor, user);
        return user;
    };
}

}  // namespace trusthub::people
