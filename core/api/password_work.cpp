#include "api/password_work.h"

#include "access/client_address.h"

#include <memory>

namespace trusthub::api {
namespace {

void finishWith(Finish& finish, Outcome outcome) {
    if (auto* deferred = std::get_if<Deferred>(&outcome)) return deferred->start(std::move(finish));
    auto result = std::holds_alternative<Error>(outcome)
                      ? Result<http::Response>(std::get<Error>(std::move(outcome)))
                      : Result<http::Response>(std::get<http::Response>(std::move(outcome)));
    finish([result = std::move(result)]() mutable { return std::move(result); });
}

Outcome overloaded() {
    Error error = fail(ErrorKind::Overloaded);
    error.retryAfter = Milliseconds{1'000};
    return error;
}

/// As somebody who is signed in is told it.
Error saidToSignedIn(Error error) {
    if (error.kind != ErrorKind::Unauthenticated) return error;
    if (error.code == "totp_required")
        return invalid("/totp", "one-time codes are on: send one, or a recovery code");
    const bool used = error.code == "totp_code_used";
    return fail(ErrorKind::Forbidden,
                used ? std::string(error.text()) : "The password or the one-time code is wrong.",
                "wrong_credentials");
}

Outcome proveAs(Call& call, Shown shown, Error (*said)(Error),
                base::MoveFunction<Outcome(people::LocalProof)> then) {
    people::LocalSignIn& local = call.hub.localSignIn;
    people::LocalSignIn::Attempt attempt;
    attempt.email = std::move(shown.email);
    attempt.password = std::move(shown.password);
    attempt.code = std::move(shown.code);
    attempt.addressBlock = access::addressBlock(call.actor().ip);
    attempt.actor = call.actor();
    auto ticket = local.admit(attempt.email, attempt.addressBlock);
    if (!ticket) return ticket.error();
    attempt.ticket = *ticket;
    return onPasswordPool(
        call,
        [&local, attempt = std::move(attempt), said, then = std::move(then)]() mutable -> Outcome {
            auto proof = local.prove(attempt);
            if (!proof) return said(std::move(proof).error());
            return then(*std::move(proof));
        },
        [&local, ticket = *std::move(ticket)] { local.giveBack(ticket); });
}

}  // namespace

Outcome onPasswordPool(Call& call, Work work, base::MoveFunction<void()> refused) {
    return Deferred{[&hub = call.hub, work = std::move(work),
                     refused = std::move(refused)](Finish finish) mutable {
        // Held apart: a full pool must still be able to answer. It also keeps the call alive.
        auto held = std::make_shared<Finish>(std::move(finish));
        const bool queued =
            hub.passwordPool.trySubmit([&hub, held, work = std::move(work)]() mutable {
                try {
                    finishWith(*held, work());
                } catch (const std::exception& exception) {
                    hub.log.error("password work failed").with("error", exception.what());
                    finishWith(*held, store::errorOf(exception));
                }
            });
        if (queued) return;
        if (refused) refused();
        finishWith(*held, overloaded());
    }};
}

Outcome prove(Call& call, Shown shown, base::MoveFunction<Outcome(people::LocalProof)> then) {
    return proveAs(
        call, std::move(shown), [](Error error) { return error; }, std::move(then));
}

Outcome proveAgain(Call& call, SecretString password, std::string code,
                   base::MoveFunction<Outcome(people::LocalProof)> then) {
    return proveAs(call, {call.who().user().email, std::move(password), std::move(code)},
                   saidToSignedIn, std::move(then));
}

Result<void> requireFreshAuthentication(const Call& call) {
    const auto* session = call.who().session();
    if (!session || call.hub.sessions.fresh(*session)) return {};
    return fail(ErrorKind::Forbidden, "Show your password again first: POST /v1/session/step-up.",
                "step_up_required");
}

}  // namespace trusthub::api
