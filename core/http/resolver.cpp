#include "http/resolver.h"

#include <netdb.h>
#include <sys/socket.h>

#include <algorithm>

namespace trusthub::http {

Result<Addresses> systemLookup(const std::string& name) {
    ::addrinfo hints{};
    hints.ai_family = AF_UNSPEC;
    hints.ai_socktype = SOCK_STREAM;
    ::addrinfo* list = nullptr;
    const int status = ::getaddrinfo(name.c_str(), nullptr, &hints, &list);
    if (status != 0)
        return fail(ErrorKind::ProviderUnavailable,
                    status == EAI_NONAME || status == EAI_NODATA
                        ? "the host name does not exist or has no address"
                        : "the host name cannot be resolved right now");
    const std::unique_ptr<::addrinfo, decltype(&::freeaddrinfo)> owner(list, &::freeaddrinfo);
    Addresses addresses;
    for (const auto* entry = list; entry; entry = entry->ai_next) {
        const auto address = IpAddress::fromSockaddr(*entry->ai_addr);
        if (address && std::ranges::find(addresses, *address) == addresses.end())
            addresses.push_back(*address);
    }
    if (addresses.empty())
        return fail(ErrorKind::ProviderUnavailable, "the host name has no address");
    return addresses;
}

Resolver::Resolver(std::size_t threads, std::size_t capacity, Lookup lookup,
                   const base::Clock& clock)
    : lookup_(std::move(lookup)),
      clock_(clock),
      pool_(std::make_unique<base::WorkerPool>("resolve", threads, capacity)) {}

Resolver::~Resolver() {
    {
        const std::lock_guard lock(mutex_);
        closing_ = true;
    }
    pool_.reset();
}

bool Resolver::resolve(const std::string& name, SteadyPoint deadline, Done done) {
    const std::lock_guard lock(mutex_);
    const auto found = pending_.find(name);
    if (found != pending_.end()) {
        found->second.latest = std::max(found->second.latest, deadline);
        found->second.waiting.push_back(std::move(done));
        return true;
    }
    if (!pool_->trySubmit([this, name] { run(name); })) return false;
    auto& pending = pending_[name];
    pending.latest = deadline;
    pending.waiting.push_back(std::move(done));
    return true;
}

void Resolver::run(const std::string& name) {
    {
        const std::lock_guard lock(mutex_);
        if (closing_ || pending_.at(name).latest <= clock_.steadyNow()) {
            pending_.erase(name);
            return;
        }
    }
    const auto answer = lookup_(name);
    std::vector<Done> waiting;
    {
        const std::lock_guard lock(mutex_);
        waiting = std::move(pending_.at(name).waiting);
        pending_.erase(name);
    }
    for (auto& done : waiting) done(answer);
}

}  // namespace trusthub::http
