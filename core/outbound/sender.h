// Sender: how the dispatcher reaches receivers. The HTTP client in production, a script in tests.
#pragma once

#include "base/move_function.h"
#include "http/client.h"
#include "outbound/endpoint_rules.h"
#include "sdk/http.h"

namespace trusthub::outbound {

class Sender {
public:
    /// Starts and returns; `done` runs once, on any thread, perhaps before this returns.
    /// [thread-safe]
    virtual void start(sdk::HttpRequest request, base::MoveFunction<void(http::Exchange)> done) = 0;

protected:
    ~Sender() = default;
};

class ClientSender final : public Sender {
public:
    explicit ClientSender(http::Client& client) : client_(client) {}
    void start(sdk::HttpRequest request, base::MoveFunction<void(http::Exchange)> done) override {
        client_.start(std::move(request), kPurpose, std::move(done));
    }

private:
    http::Client& client_;
};

}  // namespace trusthub::outbound
