// Outbound: a real client with its surroundings, as tests of outbound HTTP need it.
#pragma once

#include "base/fd.h"
#include "http/client.h"

#include <fcntl.h>

#include <future>
#include <memory>
#include <string>

namespace trusthub::test {

inline std::shared_ptr<const http::EgressGuard> guardAllowing(
    std::initializer_list<std::string_view> cidrs) {
    std::vector<http::EgressAllow> rows;
    for (const auto text : cidrs) rows.push_back({*http::Cidr::parse(text), {}, {}});
    return std::make_shared<const http::EgressGuard>(std::move(rows));
}

inline std::shared_ptr<const http::EgressGuard> loopbackAllowed() {
    return guardAllowing({"127.0.0.0/8", "::1/128"});
}

inline sdk::HttpRequest request(std::string method, std::string url, std::string body = {}) {
    sdk::HttpRequest request;
    request.method = std::move(method);
    request.url = std::move(url);
    request.body = std::move(body);
    return request;
}

inline Result<http::Addresses> addresses(std::initializer_list<std::string_view> texts) {
    http::Addresses list;
    for (const auto text : texts) list.push_back(*http::IpAddress::parse(text));
    return list;
}

struct Outbound {
    explicit Outbound(http::ClientConfig config = {},
                      std::shared_ptr<const http::EgressGuard> guard = loopbackAllowed())
        : client(std::make_unique<http::Client>(std::move(config), std::move(guard), clock, log,
                                                metrics)) {}

    http::Exchange send(sdk::HttpRequest what, std::stop_token stop = {}) {
        return client->exchange(std::move(what), "webhooks", stop);
    }
    http::Exchange get(std::string url) { return send(request("GET", std::move(url))); }
    std::future<http::Exchange> start(sdk::HttpRequest what) {
        std::promise<http::Exchange> promise;
        auto future = promise.get_future();
        client->start(std::move(what), "webhooks",
                      [promise = std::move(promise)](http::Exchange exchange) mutable {
                          promise.set_value(std::move(exchange));
                      });
        return future;
    }

    base::SystemClock clock;
    base::Fd null{::open("/dev/null", O_WRONLY | O_CLOEXEC)};
    base::Log log{clock, null.get()};
    base::NoMetrics metrics;
    std::unique_ptr<http::Client> client;
};

}  // namespace trusthub::test
