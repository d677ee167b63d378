#include "http/client.h"

#include "http/client_driver.h"
#include "http/client_transfer.h"

#include <algorithm>
#include <array>
#include <condition_variable>
#include <mutex>

namespace trusthub::http {
namespace {

/// RFC 9110, 5.6.2.
bool isToken(std::string_view text) {
    return !text.empty() && std::ranges::all_of(text, [](char c) {
        return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') ||
               std::string_view("!#$%&'*+-.^_`|~").find(c) != std::string_view::npos;
    });
}

bool isFieldValue(std::string_view text) {
    return std::ranges::all_of(text, [](char c) {
        const auto byte = static_cast<unsigned char>(c);
        return (byte >= 0x20 && byte != 0x7f) || byte == '\t';
    });
}

/// The client frames and routes; a field of the caller that says otherwise would smuggle.
bool isOurs(std::string_view name) {
    static constexpr std::array<std::string_view, 10> kNames{
        "host", "content-length", "transfer-encoding", "connection", "keep-alive",
        "te",   "trailer",        "upgrade",           "expect",     "proxy-authorization"};
    return std::ranges::any_of(
        kNames, [&](std::string_view ours) { return sdk::equalsIgnoreCase(ours, name); });
}

Result<Url> readRequest(const sdk::HttpRequest& request) {
    if (!isToken(request.method) || request.method == "CONNECT" || request.method == "TRACE")
        return invalid("/method", "not a method that is sent");
    if (request.method == "HEAD" && !request.body.empty())
        return invalid("/body", "HEAD carries none");
    for (const auto& [name, value] : request.headers) {
        if (!isToken(name))
            return invalid("/headers", "a field name holds a character it must not");
        if (isOurs(name)) return invalid("/headers/" + name, "the client sets this field itself");
        if (!isFieldValue(value))
            return invalid("/headers/" + name, "a control character stands in it");
    }
    return Url::parse(request.url);
}

}  // namespace

class Client::Impl {
public:
    Impl(ClientConfig config, std::shared_ptr<const EgressGuard> guard, const base::Clock& clock,
         base::Log& log, base::Metrics& metrics)
        : config_(std::move(config)),
          guard_(std::move(guard)),
          clock_(clock),
          driver_(config_, guard_, clock, log, metrics) {}

    std::uint64_t start(sdk::HttpRequest request, std::string_view purpose,
                        base::MoveFunction<void(Exchange)> done) {
        auto url = readRequest(request);
        const auto now = clock_.steadyNow();
        const auto deadline = now + request.timeout;
        return driver_.submit(
            std::make_unique<Job>(Job{std::move(request), std::move(url), std::string(purpose),
                                      std::move(done), now, deadline}));
    }

    const ClientConfig config_;
    GuardSlot guard_;
    const base::Clock& clock_;
    Driver driver_;
};

Client::Client(ClientConfig config, std::shared_ptr<const EgressGuard> guard,
               const base::Clock& clock, base::Log& log, base::Metrics& metrics)
    : impl_(std::make_unique<Impl>(std::move(config), std::move(guard), clock, log, metrics)) {}

Client::~Client() = default;

void Client::start(sdk::HttpRequest request, std::string_view purpose,
                   base::MoveFunction<void(Exchange)> done) {
    impl_->start(std::move(request), purpose, std::move(done));
}

Exchange Client::exchange(sdk::HttpRequest request, std::string_view purpose,
                          std::stop_token stop) {
    struct Wait {
        std::mutex mutex;
        std::condition_variable ready;
        std::optional<Exchange> answer;
    };
    // Shared: the driver may still be inside notify when this call has seen the answer.
    const auto wait = std::make_shared<Wait>();
    const auto id = impl_->start(std::move(request), purpose, [wait](Exchange exchange) {
        const std::lock_guard lock(wait->mutex);
        wait->answer = std::move(exchange);
        wait->ready.notify_one();
    });
    const std::stop_callback onStop(stop, [this, id] { impl_->driver_.cancel(id); });
    std::unique_lock lock(wait->mutex);
    wait->ready.wait(lock, [&] { return wait->answer.has_value(); });
    return std::move(*wait->answer);
}

void Client::setGuard(std::shared_ptr<const EgressGuard> guard) {
    impl_->guard_.set(std::move(guard));
}

std::shared_ptr<const EgressGuard> Client::guard() const {
    return impl_->guard_.get();
}

}  // namespace trusthub::http
