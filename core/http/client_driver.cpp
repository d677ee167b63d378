#include "http/client_driver.h"

#include <algorithm>
#include <exception>

namespace trusthub::http {
namespace {

/// While other addresses remain, one that does not answer gets this much.
constexpr Milliseconds kConnectPatience{3'000};
constexpr std::size_t kIdleConnections = 512;

}  // namespace

Driver::Driver(const ClientConfig& config, const GuardSlot& guard, const base::Clock& clock,
               base::Log& log, base::Metrics& metrics)
    : config_(config),
      guard_(guard),
      clock_(clock),
      log_(log),
      metrics_(metrics),
      loop_(clock),
      resolver_(std::max<std::size_t>(config.resolverThreads, 1), config.maxInFlight, config.lookup,
                clock),
      worker_("http-client", [this](std::stop_token stop) { run(stop); }) {}

Driver::~Driver() {
    worker_.requestStop();
    loop_.wake();
    worker_.join();
}

std::uint64_t Driver::submit(std::unique_ptr<Job> job) {
    if (unanswered_.fetch_add(1) >= 2 * config_.maxInFlight && job->url)
        job->url = fail(ErrorKind::Overloaded, "too many outbound exchanges are under way");
    std::uint64_t id = 0;
    {
        const std::lock_guard lock(mutex_);
        id = job->id = ++lastId_;
        inbox_.emplace_back(std::move(job));
    }
    loop_.wake();
    return id;
}

void Driver::cancel(std::uint64_t id) {
    post(Cancel{id});
}

void Driver::post(Message message) {
    {
        const std::lock_guard lock(mutex_);
        inbox_.push_back(std::move(message));
    }
    loop_.wake();
}

void Driver::run(std::stop_token stop) {
    while (!stop.stop_requested()) {
        takeMessages();
        expire();
        startQueued();
        loop_.keepConnections(inFlight_ + kIdleConnections);
        std::optional<SteadyPoint> until;
        if (!deadlines_.empty()) until = deadlines_.begin()->first;
        for (const auto& [easy, code] : loop_.run(until)) {
            const auto found = byHandle_.find(easy);
            if (found != byHandle_.end()) finished(*found->second, code);
        }
    }
    cancelAll();
}

void Driver::takeMessages() {
    std::vector<Message> messages;
    {
        const std::lock_guard lock(mutex_);
        messages.swap(inbox_);
    }
    for (auto& message : messages)
        std::visit([this](auto& one) { receive(std::move(one)); }, message);
}

void Driver::receive(JobPtr job) {
    Job& one = *job;
    deadlines_.emplace(one.deadline, one.id);
    jobs_.emplace(one.id, std::move(job));
    if (!one.url) {
        const bool busy = one.url.error().kind == ErrorKind::Overloaded;
        abandon(one, one.url.error(), busy ? "overloaded" : "invalid");
        return;
    }
    queued_.push_back(one.id);
}

void Driver::receive(Resolved resolved) {
    const auto found = jobs_.find(resolved.id);
    if (found == jobs_.end()) return;
    Job& job = *found->second;
    if (!resolved.answer) return abandon(job, resolved.answer.error(), "dns");
    if (resolved.answer->empty())
        return abandon(job, fail(ErrorKind::ProviderUnavailable, "the host name has no address"),
                       "dns");
    job.addresses = std::move(*resolved.answer);
    vet(job);
}

void Driver::receive(Cancel cancel) {
    const auto found = jobs_.find(cancel.id);
    if (found != jobs_.end()) abandon(*found->second, fail(ErrorKind::Cancelled), "cancelled");
}

void Driver::expire() {
    const auto now = clock_.steadyNow();
    while (!deadlines_.empty() && deadlines_.begin()->first <= now) {
        Job& job = *jobs_.at(deadlines_.begin()->second);
        const char* where = job.stage == Job::Stage::Queued ? "it waited too long for its turn"
                            : job.stage == Job::Stage::Resolving
                                ? "the host name was not resolved in time"
                                : "the other side did not answer in time";
        abandon(job, fail(ErrorKind::Timeout, where), "timeout");
    }
}

void Driver::startQueued() {
    while (inFlight_ < config_.maxInFlight && !queued_.empty()) {
        const auto found = jobs_.find(queued_.front());
        queued_.pop_front();
        if (found != jobs_.end()) begin(*found->second);
    }
    metrics_.gauge("trusthub_egress_in_flight", static_cast<double>(inFlight_));
}

void Driver::begin(Job& job) {
    ++inFlight_;
    job.stage = Job::Stage::Resolving;
    if (job.url->literal) {
        job.addresses = {*job.url->literal};
        return vet(job);
    }
    const bool taken = resolver_.resolve(job.url->host, job.deadline,
                                         [this, id = job.id](const Result<Addresses>& answer) {
                                             post(Resolved{id, answer});
                                         });
    if (!taken)
        abandon(job, fail(ErrorKind::Overloaded, "too many host names wait to be resolved"),
                "overloaded");
}

void Driver::vet(Job& job) {
    const auto guard = guard_.get();
    const Url& url = *job.url;
    auto verdict = url.literal ? guard->check({*url.literal, url.port, job.purpose})
                               : guard->checkAll(job.addresses, url.port, job.purpose);
    if (verdict) return transfer(job);
    log_.info("an outbound exchange was refused")
        .with("purpose", job.purpose)
        .with("host", url.host)
        .with("reason", verdict.error().detail);
    abandon(job, verdict.error(), "egress_denied");
}

void Driver::transfer(Job& job) {
    job.stage = Job::Stage::Sending;
    const IpAddress address = job.addresses[job.next++];
    std::optional<Milliseconds> patience;
    if (job.next < job.addresses.size()) patience = kConnectPatience;
    job.transfer =
        std::make_unique<Transfer>(TransferPlan{config_, guard_, job.request, *job.url, job.purpose,
                                                address, loop_.share(job.url->host), patience});
    byHandle_.emplace(job.transfer->easy(), &job);
    loop_.add(job.transfer->easy());
}

void Driver::finished(Job& job, int code) {
    // Nothing was sent yet, so that the next address may be tried. A proxy tries addresses by
    // itself.
    if (job.transfer->neverConnected(code) && job.next < job.addresses.size() &&
        config_.proxy.empty()) {
        byHandle_.erase(job.transfer->easy());
        loop_.remove(job.transfer->easy());
        return transfer(job);
    }
    complete(job, job.transfer->finish(code));
}

void Driver::abandon(Job& job, Error error, const char* failure) {
    Exchange exchange;
    exchange.response = std::move(error);
    exchange.info.failure = failure;
    if (job.transfer) exchange.info.resolvedAddress = job.transfer->connectedAddress();
    complete(job, std::move(exchange));
}

void Driver::complete(Job& job, Exchange exchange) {
    if (job.transfer) {
        byHandle_.erase(job.transfer->easy());
        loop_.remove(job.transfer->easy());
    }
    if (job.stage != Job::Stage::Queued) --inFlight_;
    const auto took = clock_.steadyNow() - job.started;
    exchange.info.took = std::chrono::floor<Milliseconds>(took);
    metrics_.count("trusthub_egress_exchanges_total",
                   {{"outcome", exchange.info.failure.empty() ? std::string_view("answered")
                                                              : exchange.info.failure}});
    metrics_.observeSeconds("trusthub_egress_seconds", std::chrono::duration<double>(took).count());
    deadlines_.erase({job.deadline, job.id});
    const auto node = jobs_.extract(job.id);
    --unanswered_;
    try {
        job.done(std::move(exchange));
    } catch (const std::exception& error) {
        log_.error("the receiver of an outbound answer failed").with("what", error.what());
    }
}

void Driver::cancelAll() {
    for (;;) {
        takeMessages();
        if (jobs_.empty()) return;
        while (!jobs_.empty())
            abandon(*jobs_.begin()->second, fail(ErrorKind::Cancelled), "cancelled");
    }
}

}  // namespace trusthub::http
