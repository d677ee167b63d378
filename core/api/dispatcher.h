// Dispatcher: takes each request through the route table: route, credential, permission, handler,
// answer.
#pragma once

#include "api/routes.h"
#include "api/services.h"
#include "http/router.h"
#include "http/server.h"

namespace trusthub::api {

/// The application behind http::Server. [server workers]
class Dispatcher final : public http::Handler {
public:
    explicit Dispatcher(const Services& services);

    http::Verdict onHead(const http::RequestHead& head) override;
    void onRequest(http::Request request, http::Responder responder) override;
    std::string_view titleOf(std::string_view code) const override;
    void onDone(const http::RequestHead& head, std::optional<std::size_t> row, int status,
                Milliseconds took) noexcept override;

private:
    /// Whether the head alone brings a credential in force.
    bool known(const http::RequestHead& head) const;
    /// Who calls, as far as the head tells.
    Actor stranger(const http::RequestHead& head) const;
    /// Everything before the handler; an Error ends the request.
    Result<void> admit(Call& call, const Route& route) const;
    void watchUrl(const http::RequestHead& head) noexcept;
    void answer(const std::shared_ptr<Call>& call, Outcome outcome) const;
    /// Every answer passes here once: counts the use of a key, says how it stands with its limits.
    http::Response finished(Call& call, http::Response response) const;
    /// A failing credential, or a webhook that is refused, becomes a 429 when its address block has
    /// too many of them. What holds never gets here.
    void throttleFailure(Call& call, http::Response& response) const;

    const Services& hub_;
    const http::Router& router_;
    std::vector<std::string> routeNames_;  ///< `GET /v1/me`, by row
};

}  // namespace trusthub::api
