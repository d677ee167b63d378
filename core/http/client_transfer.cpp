#include "http/client_transfer.h"

#include "base/text.h"

#include <curl/curl.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>

namespace trusthub::http {
namespace {

constexpr std::size_t kMaxHeaderBytes = 64 * 1024;
constexpr std::size_t kMaxHeaderFields = 200;
constexpr long kMaxIdleSeconds = 45;  // below the 60 s after which common load balancers close

struct EasyDeleter {
    void operator()(CURL* easy) const { ::curl_easy_cleanup(easy); }
};
struct ListDeleter {
    void operator()(curl_slist* list) const { ::curl_slist_free_all(list); }
};
using List = std::unique_ptr<curl_slist, ListDeleter>;

void append(List& list, const std::string& line) {
    curl_slist* longer = ::curl_slist_append(list.get(), line.c_str());
    if (!longer) throw std::bad_alloc();
    (void)list.release();
    list.reset(longer);
}

/// Whether sending twice does what sending once does: RFC 9110, 9.2.2, or an id that the receiver
/// can tell repetitions by.
bool mayRepeat(const sdk::HttpRequest& request) {
    return (request.method != "POST" && request.method != "PATCH") ||
           request.headers.find("idempotency-key") || request.headers.find("webhook-id");
}

/// libcurl's own words are fit to be shown: they name hosts of the URL and what OpenSSL found.
std::string printable(std::string_view text) {
    std::string out(text.substr(0, 200));
    std::ranges::replace_if(
        out, [](char c) { return c < 0x20 || c > 0x7e; }, '?');
    return out;
}

}  // namespace

struct Transfer::State {
    explicit State(const TransferPlan& from) : plan(from), easy(::curl_easy_init()) {
        if (!easy) throw std::bad_alloc();
    }

    bool viaProxy() const { return !plan.config.proxy.empty(); }
    /// Asks the guard of this moment about the address that libcurl is about to use or has used.
    bool vet(const std::optional<IpAddress>& actual, int port);
    void setUp();
    void setBody();
    void setHeaders();
    void setTls();
    void setRoute();
    bool takeHeader(std::string_view line);

    static std::size_t onHeader(char* data, std::size_t size, std::size_t count, void* self);
    static std::size_t onBody(char* data, std::size_t size, std::size_t count, void* self);
    static curl_socket_t onOpen(void* self, curlsocktype purpose, curl_sockaddr* address);
    static int onConnected(void* self, char* remote, char* local, int remotePort, int localPort);

    const TransferPlan plan;
    std::unique_ptr<CURL, EasyDeleter> easy;
    List headers;
    List connectTo;
    std::array<char, CURL_ERROR_SIZE> reason{};

    sdk::HttpResponse response;
    std::optional<Error> denied;
    bool tooLarge = false;
    bool repeated = false;  ///< the connection broke under a request that must not be sent twice
    bool connected = false;
    bool headDone = false;
    int sends = 0;
    std::size_t headerBytes = 0;
    std::size_t headerFields = 0;
};

bool Transfer::State::vet(const std::optional<IpAddress>& actual, int port) {
    if (!actual || *actual != plan.address || port != plan.url.port) {
        denied = fail(ErrorKind::EgressDenied, "the connection is not to the vetted address");
        return false;
    }
    const auto verdict = plan.guard.get()->check({*actual, plan.url.port, plan.purpose});
    if (!verdict) denied = verdict.error();
    return verdict.has_value();
}

curl_socket_t Transfer::State::onOpen(void* self, curlsocktype purpose, curl_sockaddr* address) {
    auto& state = *static_cast<State*>(self);
    if (purpose != CURLSOCKTYPE_IPCXN) return CURL_SOCKET_BAD;
    if (!state.viaProxy()) {
        const auto& to = address->addr;
        std::uint16_t port = 0;
        if (to.sa_family == AF_INET)
            port = ntohs(reinterpret_cast<const ::sockaddr_in&>(to).sin_port);
        else if (to.sa_family == AF_INET6)
            port = ntohs(reinterpret_cast<const ::sockaddr_in6&>(to).sin6_port);
        if (!state.vet(IpAddress::fromSockaddr(to), port)) return CURL_SOCKET_BAD;
    }
    return ::socket(address->family, address->socktype | SOCK_CLOEXEC, address->protocol);
}

int Transfer::State::onConnected(void* self, char* remote, char*, int remotePort, int) {
    auto& state = *static_cast<State*>(self);
    state.connected = true;
    if (!state.viaProxy() && !state.vet(IpAddress::parse(remote), remotePort))
        return CURL_PREREQFUNC_ABORT;
    // libcurl comes here a second time when a kept connection broke before any answer. The peer may
    // have acted on what it got, so that only what may be repeated is sent again (RFC 9112, 9.3.1).
    if (state.sends++ > 0 && !mayRepeat(state.plan.request)) {
        state.repeated = true;
        return CURL_PREREQFUNC_ABORT;
    }
    return CURL_PREREQFUNC_OK;
}

bool Transfer::State::takeHeader(std::string_view line) {
    headerBytes += line.size();
    if (headerBytes > kMaxHeaderBytes || ++headerFields > kMaxHeaderFields) {
        tooLarge = true;
        return false;
    }
    while (line.ends_with('\n') || line.ends_with('\r')) line.remove_suffix(1);
    if (headDone) return true;        // trailers are dropped
    if (line.starts_with("HTTP/")) {  // each 1xx begins a head of its own
        response.headers = {};
        return true;
    }
    if (line.empty()) {
        long status = 0;
        ::curl_easy_getinfo(easy.get(), CURLINFO_RESPONSE_CODE, &status);
        headDone = status >= 200;
        return true;
    }
    const auto colon = line.find(':');
    // A folded line (obsolete, RFC 9112, 5.2) belongs to no field that we would read.
    if (colon == std::string_view::npos || line[0] == ' ' || line[0] == '\t') return true;
    response.headers.add(std::string(base::trim(line.substr(0, colon))),
                         std::string(base::trim(line.substr(colon + 1))));
    return true;
}

std::size_t Transfer::State::onHeader(char* data, std::size_t size, std::size_t count, void* self) {
    return static_cast<State*>(self)->takeHeader({data, size * count}) ? size * count : 0;
}

std::size_t Transfer::State::onBody(char* data, std::size_t size, std::size_t count, void* self) {
    auto& state = *static_cast<State*>(self);
    const std::size_t bytes = size * count;
    if (bytes > state.plan.request.maxResponseBytes - state.response.body.size()) {
        state.tooLarge = true;
        return 0;
    }
    state.response.body.append(data, bytes);
    return bytes;
}

void Transfer::State::setUp() {
    CURL* handle = easy.get();
    const std::string url = plan.url.scheme + "://" + plan.url.authority() + plan.url.target;
    ::curl_easy_setopt(handle, CURLOPT_URL, url.c_str());
    ::curl_easy_setopt(handle, CURLOPT_PATH_AS_IS, 1L);
    ::curl_easy_setopt(handle, CURLOPT_PROTOCOLS_STR, "http,https");
    ::curl_easy_setopt(handle, CURLOPT_FOLLOWLOCATION, 0L);
    ::curl_easy_setopt(handle, CURLOPT_HTTP_VERSION, static_cast<long>(CURL_HTTP_VERSION_1_1));
    ::curl_easy_setopt(handle, CURLOPT_HTTP_CONTENT_DECODING, 0L);
    ::curl_easy_setopt(handle, CURLOPT_NETRC, static_cast<long>(CURL_NETRC_IGNORED));
    ::curl_easy_setopt(handle, CURLOPT_NOSIGNAL, 1L);
    ::curl_easy_setopt(handle, CURLOPT_MAXAGE_CONN, kMaxIdleSeconds);
    ::curl_easy_setopt(handle, CURLOPT_ERRORBUFFER, reason.data());
    ::curl_easy_setopt(handle, CURLOPT_SHARE, plan.share);
    ::curl_easy_setopt(handle, CURLOPT_HEADERFUNCTION, &State::onHeader);
    ::curl_easy_setopt(handle, CURLOPT_HEADERDATA, this);
    ::curl_easy_setopt(handle, CURLOPT_WRITEFUNCTION, &State::onBody);
    ::curl_easy_setopt(handle, CURLOPT_WRITEDATA, this);
    ::curl_easy_setopt(handle, CURLOPT_OPENSOCKETFUNCTION, &State::onOpen);
    ::curl_easy_setopt(handle, CURLOPT_OPENSOCKETDATA, this);
    ::curl_easy_setopt(handle, CURLOPT_PREREQFUNCTION, &State::onConnected);
    ::curl_easy_setopt(handle, CURLOPT_PREREQDATA, this);
    // The deadline of the whole exchange is kept by the driver; this is only for trying the next
    // address.
    if (plan.connectTimeout)
        ::curl_easy_setopt(handle, CURLOPT_CONNECTTIMEOUT_MS,
                           static_cast<long>(plan.connectTimeout->count()));
    setRoute();
    setTls();
    setBody();
    setHeaders();
}

void Transfer::State::setRoute() {
    CURL* handle = easy.get();
    // Empty host and port match this exchange's own. The pool keys its connections by this address
    // too.
    const auto address = plan.address.text();
    append(connectTo, "::" + (plan.address.v6 ? "[" + address + "]" : address) + ":" +
                          std::to_string(plan.url.port));
    ::curl_easy_setopt(handle, CURLOPT_CONNECT_TO, connectTo.get());
    // An empty string also keeps libcurl from reading http_proxy and no_proxy in the environment.
    ::curl_easy_setopt(handle, CURLOPT_PROXY, plan.config.proxy.c_str());
    ::curl_easy_setopt(handle, CURLOPT_NOPROXY, "");
    if (viaProxy()) {
        ::curl_easy_setopt(handle, CURLOPT_HTTPPROXYTUNNEL, 1L);
        ::curl_easy_setopt(handle, CURLOPT_SUPPRESS_CONNECT_HEADERS, 1L);
    }
}

void Transfer::State::setTls() {
    CURL* handle = easy.get();
    ::curl_easy_setopt(handle, CURLOPT_SSL_VERIFYPEER, 1L);
    ::curl_easy_setopt(handle, CURLOPT_SSL_VERIFYHOST, 2L);
    ::curl_easy_setopt(handle, CURLOPT_SSLVERSION, static_cast<long>(CURL_SSLVERSION_TLSv1_2));
    ::curl_easy_setopt(handle, CURLOPT_PROXY_SSLVERSION,
                       static_cast<long>(CURL_SSLVERSION_TLSv1_2));
    if (!plan.config.caFile.empty()) {
        ::curl_easy_setopt(handle, CURLOPT_CAINFO, plan.config.caFile.c_str());
        ::curl_easy_setopt(handle, CURLOPT_PROXY_CAINFO, plan.config.caFile.c_str());
    }
}

void Transfer::State::setBody() {
    CURL* handle = easy.get();
    const auto& request = plan.request;
    const bool carries = request.method == "POST" || request.method == "PUT" ||
                         request.method == "PATCH" || !request.body.empty();
    if (request.method == "HEAD") {
        ::curl_easy_setopt(handle, CURLOPT_NOBODY, 1L);
        return;
    }
    if (carries) {
        ::curl_easy_setopt(handle, CURLOPT_POST, 1L);
        ::curl_easy_setopt(handle, CURLOPT_POSTFIELDSIZE_LARGE,
                           static_cast<curl_off_t>(request.body.size()));
        ::curl_easy_setopt(handle, CURLOPT_POSTFIELDS, request.body.data());
    } else {
        ::curl_easy_setopt(handle, CURLOPT_HTTPGET, 1L);
    }
    ::curl_easy_setopt(handle, CURLOPT_CUSTOMREQUEST, request.method.c_str());
}

void Transfer::State::setHeaders() {
    CURL* handle = easy.get();
    const auto& given = plan.request.headers;
    for (const auto& [name, value] : given) {
        const auto trimmed = base::trim(value);
        // `Name;` is libcurl's way to send a field that is empty; `Name:` would drop it.
        append(headers, trimmed.empty() ? name + ";" : name + ": " + std::string(trimmed));
    }
    append(headers, "Expect:");  // no wait for 100-continue
    if (!given.find("content-type")) append(headers, "Content-Type:");
    ::curl_easy_setopt(handle, CURLOPT_HTTPHEADER, headers.get());
    // What is meant for the server is not shown to a proxy.
    ::curl_easy_setopt(handle, CURLOPT_HEADEROPT, static_cast<long>(CURLHEADER_SEPARATE));
    if (!plan.config.userAgent.empty())
        ::curl_easy_setopt(handle, CURLOPT_USERAGENT, plan.config.userAgent.c_str());
}

Transfer::Transfer(const TransferPlan& plan) : state_(std::make_unique<State>(plan)) {
    state_->setUp();
}

Transfer::~Transfer() = default;

void* Transfer::easy() const {
    return state_->easy.get();
}

bool Transfer::neverConnected(int code) const {
    if (state_->denied || !connectedAddress().empty()) return false;
    return code == CURLE_COULDNT_CONNECT || code == CURLE_OPERATION_TIMEDOUT;
}

std::string Transfer::connectedAddress() const {
    if (state_->connected) return state_->plan.address.text();
    // A handshake that failed: libcurl notes the other end once TCP stands. That may be the proxy.
    const char* primary = nullptr;
    ::curl_easy_getinfo(state_->easy.get(), CURLINFO_PRIMARY_IP, &primary);
    return primary && *primary && !state_->viaProxy() ? state_->plan.address.text() : std::string();
}

Exchange Transfer::finish(int code) {
    State& state = *state_;
    Exchange exchange;
    exchange.info.resolvedAddress = connectedAddress();
    const auto end = [&](ErrorKind kind, std::string detail, const char* word) {
        exchange.response = fail(kind, std::move(detail));
        exchange.info.failure = word;
        return std::move(exchange);
    };
    if (state.denied) {
        exchange.response = std::move(*state.denied);
        exchange.info.failure = "egress_denied";
        return exchange;
    }
    constexpr auto kUnavailable = ErrorKind::ProviderUnavailable;
    if (state.tooLarge)
        return end(ErrorKind::TooLarge, "the answer is larger than allowed", "too_large");
    if (state.repeated)
        return end(kUnavailable, "the connection broke before the answer came", "reset");
    if (code == CURLE_OK) {
        long status = 0;
        ::curl_easy_getinfo(state.easy.get(), CURLINFO_RESPONSE_CODE, &status);
        state.response.status = static_cast<int>(status);
        exchange.response = std::move(state.response);
        return exchange;
    }
    long tunnel = 0;
    ::curl_easy_getinfo(state.easy.get(), CURLINFO_HTTP_CONNECTCODE, &tunnel);
    if (tunnel != 0 && tunnel / 100 != 2)
        return end(kUnavailable, "the proxy answered " + std::to_string(tunnel), "connect");
    switch (code) {
        case CURLE_COULDNT_RESOLVE_PROXY:
        case CURLE_COULDNT_RESOLVE_HOST:
            return end(kUnavailable, "the proxy's name cannot be resolved", "dns");
        case CURLE_COULDNT_CONNECT:
        case CURLE_PROXY:
            return end(kUnavailable, "the other side does not take connections", "connect");
        case CURLE_OPERATION_TIMEDOUT:
            return end(ErrorKind::Timeout, "the other side did not answer in time", "timeout");
        case CURLE_SSL_CONNECT_ERROR:
        case CURLE_PEER_FAILED_VERIFICATION:
        case CURLE_SSL_CERTPROBLEM:
        case CURLE_SSL_CIPHER:
        case CURLE_SSL_CACERT_BADFILE:
        case CURLE_SSL_ISSUER_ERROR:
        case CURLE_SSL_INVALIDCERTSTATUS:
        case CURLE_SSL_ENGINE_INITFAILED:
            return end(kUnavailable, "TLS: " + printable(state.reason.data()), "tls");
        case CURLE_GOT_NOTHING:
        case CURLE_SEND_ERROR:
        case CURLE_RECV_ERROR:
            return end(kUnavailable, "the connection broke before the answer was complete",
                       "reset");
        case CURLE_PARTIAL_FILE:
            return end(kUnavailable, "the answer ended before its announced length", "reset");
        default:
            return end(kUnavailable, "the answer is not proper HTTP", "protocol");
    }
}

}  // namespace trusthub::http
