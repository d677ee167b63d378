// What people change about their own way in: password and one-time codes.
#include "api/handlers.h"
#include "api/password_work.h"
#include "api/people_input.h"
#include "people/password_rules.h"

#include <boost/json.hpp>

namespace trusthub::api {

Outcome changePassword(Call& call) {
    auto body = call.json();
    if (!body) return body.error();
    json::ObjectReader reader(*body);
    SecretString current(reader.string("current_password", 1, people::kPasswordMax));
    SecretString wanted =
        newPasswordOf(reader, "new_password", call.who().user().email, call.who().user().name);
    auto code = reader.optionalString("totp", 1, people::kCodeMax).value_or("");
    if (auto fits = reader.finish(); !fits) return fits.error();
    return proveAgain(call, std::move(current), std::move(code),
                      [&call, wanted = std::move(wanted)](people::LocalProof proof) -> Outcome {
                          auto& local = call.hub.localSignIn;
                          return commit<void>(
                              call,
                              local.changePassword(call.actor(), std::move(proof),
                                                   local.hash(wanted), call.who().session()->id),
                              [] { return http::Response::empty(204); });
                      });
}

Outcome beginTotp(Call& call) {
    // A session that somebody left open must not lock its owner out.
    if (auto fresh = requireFreshAuthentication(call); !fresh) return fresh.error();
    return commit<people::Totp::Enrolment>(
        call, call.hub.totp.begin(call.actor(), call.who().user()),
        [](const people::Totp::Enrolment& made) {
            auto response =
                jsonResponse(201, {{"secret", made.secret.reveal()}, {"otpauth_url", made.url}});
            response.headers.add("Cache-Control", "no-store");
            return response;
        });
}

Outcome confirmTotp(Call& call) {
    auto body = call.json();
    if (!body) return body.error();
    json::ObjectReader reader(*body);
    auto code = reader.string("code", 6, people::kCodeMax);
    if (auto fits = reader.finish(); !fits) return fits.error();
    return commit<std::vector<std::string>>(
        call, call.hub.totp.confirm(call.actor(), call.who().user(), std::move(code)),
        [](const std::vector<std::string>& codes) {
            auto response =
                jsonResponse(201, {{"recovery_codes", json::Array(codes.begin(), codes.end())}});
            response.headers.add("Cache-Control", "no-store");
            return response;
        });
}

Outcome removeTotp(Call& call) {
    auto body = call.json();
    if (!body) return body.error();
    json::ObjectReader reader(*body);
    SecretString password(reader.string("password", 1, people::kPasswordMax));
    auto code = reader.string("code", 6, people::kCodeMax);
    if (auto fits = reader.finish(); !fits) return fits.error();
    return proveAgain(
        call, std::move(password), std::move(code), [&call](people::LocalProof proof) -> Outcome {
            return commit<void>(call,
                                call.hub.localSignIn.removeTotp(call.actor(), std::move(proof)),
                                [] { return http::Response::empty(204); });
        });
}

}  // namespace trusthub::api
