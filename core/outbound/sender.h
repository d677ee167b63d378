// Sender: how the dispatcher reaches receivers. The HTTP client in production, a script in tests.
#pragma once

#include "access/leaks.h"
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

/// Tells the tripwire of own API keys in what is about to leave; it leaves all the same.
class WatchedSender final : public Sender {
public:
    WatchedSender(Sender& inner, access::Leaks& leaks) : inner_(inner), leaks_(leaks) {}
    void start(sdk::HttpRequest request, base::MoveFunction<void(http::Exchange)> done) override {
        leaks_.watch(request.body, {.place = access::LeakPlace::OutboundPayload});
        inner_.start(std::move(request), std::move(done));
    }

private:
    Sender& inner_;
    access::Leaks& leaks_;
};

}  // namespace trusthub::outbound
