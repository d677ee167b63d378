// Driver: the one thread that carries every outbound exchange through queue, look-up, guard and
// transfer.
#pragma once

#include "base/workers.h"
#include "http/client.h"
#include "http/client_loop.h"
#include "http/client_transfer.h"
#include "http/resolver.h"

#include <atomic>
#include <cstdint>
#include <deque>
#include <memory>
#include <mutex>
#include <set>
#include <string>
#include <unordered_map>
#include <utility>
#include <variant>
#include <vector>

namespace trusthub::http {

/// One exchange, from start() to its answer.
struct Job {
    sdk::HttpRequest request;
    Result<Url> url;  ///< an error answers the exchange at once
    std::string purpose;
    base::MoveFunction<void(Exchange)> done;
    SteadyPoint started;
    SteadyPoint deadline;

    enum class Stage { Queued, Resolving, Sending } stage = Stage::Queued;
    std::uint64_t id = 0;
    Addresses addresses;   ///< vetted together
    std::size_t next = 0;  ///< of `addresses`, for the next try
    std::unique_ptr<Transfer> transfer;
};

class Driver {
public:
    Driver(const ClientConfig& config, const GuardSlot& guard, const base::Clock& clock,
           base::Log& log, base::Metrics& metrics);
    /// Answers everything Cancelled, then joins.
    ~Driver();

    /// [thread-safe] The id is for cancel().
    std::uint64_t submit(std::unique_ptr<Job> job);
    /// [thread-safe] Nothing happens when the exchange has been answered.
    void cancel(std::uint64_t id);

private:
    using JobPtr = std::unique_ptr<Job>;
    struct Resolved {
        std::uint64_t id;
        Result<Addresses> answer;
    };
    struct Cancel {
        std::uint64_t id;
    };
    using Message = std::variant<JobPtr, Resolved, Cancel>;

    void post(Message message);
    // The rest belongs to the driver thread.
    void run(std::stop_token stop);
    void takeMessages();
    void receive(JobPtr job);
    void receive(Resolved resolved);
    void receive(Cancel cancel);
    void startQueued();
    void expire();
    void begin(Job& job);
    void vet(Job& job);
    void transfer(Job& job);
    void finished(Job& job, int code);
    /// Ends an exchange that did not come to an answer.
    void abandon(Job& job, Error error, const char* failure);
    void complete(Job& job, Exchange exchange);
    void cancelAll();

    const ClientConfig& config_;
    const GuardSlot& guard_;
    const base::Clock& clock_;
    base::Log& log_;
    base::Metrics& metrics_;

    std::mutex mutex_;
    std::vector<Message> inbox_;
    std::uint64_t lastId_ = 0;
    std::atomic<std::size_t> unanswered_{0};

    CurlLoop loop_;
    std::unordered_map<std::uint64_t, JobPtr> jobs_;
    std::unordered_map<void*, Job*> byHandle_;
    std::set<std::pair<SteadyPoint, std::uint64_t>> deadlines_;
    std::deque<std::uint64_t> queued_;  ///< may name exchanges that have ended meanwhile
    std::size_t inFlight_ = 0;          ///< of jobs_, those past Queued

    Resolver resolver_;
    base::Worker worker_;
};

}  // namespace trusthub::http
