#include "http/client_loop.h"

#include <curl/curl.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>

#include <algorithm>
#include <cerrno>
#include <functional>
#include <stdexcept>

namespace trusthub::http {
namespace {

void initCurlOnce() {
    static const CURLcode status = ::curl_global_init(CURL_GLOBAL_DEFAULT);
    if (status != CURLE_OK) throw std::runtime_error("libcurl cannot be set up");
}

}  // namespace

struct CurlLoop::Callbacks {
    static int socket(CURL*, curl_socket_t fd, int what, void* self, void* known) {
        auto& loop = *static_cast<CurlLoop*>(self);
        if (what == CURL_POLL_REMOVE) {
            ::epoll_ctl(loop.epoll_.get(), EPOLL_CTL_DEL, fd, nullptr);
            return 0;
        }
        ::epoll_event event{};
        event.data.fd = fd;
        if ((what & CURL_POLL_IN) != 0) event.events |= EPOLLIN;
        if ((what & CURL_POLL_OUT) != 0) event.events |= EPOLLOUT;
        const int first = known ? EPOLL_CTL_MOD : EPOLL_CTL_ADD;
        if (::epoll_ctl(loop.epoll_.get(), first, fd, &event) != 0)
            ::epoll_ctl(loop.epoll_.get(), known ? EPOLL_CTL_ADD : EPOLL_CTL_MOD, fd, &event);
        ::curl_multi_assign(loop.multi_.get(), fd, self);
        return 0;
    }

    static int timer(CURLM*, long milliseconds, void* self) {
        auto& loop = *static_cast<CurlLoop*>(self);
        loop.timer_.reset();
        if (milliseconds >= 0) loop.timer_ = loop.clock_.steadyNow() + Milliseconds{milliseconds};
        return 0;
    }
};

void CurlLoop::MultiDeleter::operator()(void* multi) const {
    ::curl_multi_cleanup(multi);
}
void CurlLoop::ShareDeleter::operator()(void* share) const {
    ::curl_share_cleanup(share);
}

CurlLoop::CurlLoop(const base::Clock& clock)
    : clock_(clock),
      epoll_(::epoll_create1(EPOLL_CLOEXEC)),
      event_(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)) {
    initCurlOnce();
    multi_.reset(::curl_multi_init());
    ::epoll_event event{};
    event.events = EPOLLIN;
    event.data.fd = event_.get();
    if (!epoll_ || !event_ || !multi_ ||
        ::epoll_ctl(epoll_.get(), EPOLL_CTL_ADD, event_.get(), &event) != 0)
        throw std::runtime_error("the outbound client cannot open its descriptors");
    ::curl_multi_setopt(multi_.get(), CURLMOPT_SOCKETFUNCTION, &Callbacks::socket);
    ::curl_multi_setopt(multi_.get(), CURLMOPT_SOCKETDATA, this);
    ::curl_multi_setopt(multi_.get(), CURLMOPT_TIMERFUNCTION, &Callbacks::timer);
    ::curl_multi_setopt(multi_.get(), CURLMOPT_TIMERDATA, this);
    ::curl_multi_setopt(multi_.get(), CURLMOPT_PIPELINING, CURLPIPE_NOTHING);
}

CurlLoop::~CurlLoop() = default;

void CurlLoop::add(void* easy) {
    ::curl_multi_add_handle(multi_.get(), easy);
}

void CurlLoop::remove(void* easy) {
    ::curl_multi_remove_handle(multi_.get(), easy);
}

std::vector<CurlLoop::Finished> CurlLoop::run(std::optional<SteadyPoint> until) {
    if (timer_ && (!until || *timer_ < *until)) until = timer_;
    int wait = -1;
    if (until) {
        const auto rest = std::chrono::ceil<Milliseconds>(*until - clock_.steadyNow()).count();
        wait = static_cast<int>(std::clamp<Milliseconds::rep>(rest, 0, 60'000));
    }
    std::array<::epoll_event, 256> events;
    const int count = ::epoll_wait(epoll_.get(), events.data(), events.size(), wait);
    int running = 0;
    for (int i = 0; i < count; ++i) {
        const auto& event = events[static_cast<std::size_t>(i)];
        if (event.data.fd == event_.get()) {
            eventfd_t value = 0;
            ::eventfd_read(event_.get(), &value);
            continue;
        }
        int mask = 0;
        if ((event.events & EPOLLIN) != 0) mask |= CURL_CSELECT_IN;
        if ((event.events & EPOLLOUT) != 0) mask |= CURL_CSELECT_OUT;
        if ((event.events & (EPOLLERR | EPOLLHUP)) != 0) mask |= CURL_CSELECT_ERR;
        ::curl_multi_socket_action(multi_.get(), event.data.fd, mask, &running);
    }
    if (timer_ && *timer_ <= clock_.steadyNow()) {
        timer_.reset();
        ::curl_multi_socket_action(multi_.get(), CURL_SOCKET_TIMEOUT, 0, &running);
    }
    std::vector<Finished> finished;
    int left = 0;
    while (const CURLMsg* message = ::curl_multi_info_read(multi_.get(), &left))
        if (message->msg == CURLMSG_DONE)
            finished.push_back({message->easy_handle, static_cast<int>(message->data.result)});
    return finished;
}

void CurlLoop::keepConnections(std::size_t total) {
    ::curl_multi_setopt(multi_.get(), CURLMOPT_MAXCONNECTS, static_cast<long>(total));
}

void CurlLoop::wake() {
    ::eventfd_write(event_.get(), 1);
}

void* CurlLoop::share(std::string_view host) {
    auto& slot = shares_[std::hash<std::string_view>{}(host) % shares_.size()];
    if (!slot) {
        slot.reset(::curl_share_init());
        ::curl_share_setopt(slot.get(), CURLSHOPT_SHARE, CURL_LOCK_DATA_SSL_SESSION);
    }
    return slot.get();
}

}  // namespace trusthub::http
