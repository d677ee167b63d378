#include "health/smtp_mailer.h"

#include "base/text.h"
#include "health/socket_deadline.h"
#include "http/resolver.h"

#include <Poco/Net/Context.h>
#include <Poco/Net/DialogSocket.h>
#include <Poco/Net/NetException.h>
#include <Poco/Net/SecureStreamSocket.h>
#include <Poco/Net/SocketAddress.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <optional>

namespace trusthub::health {
namespace {

using Poco::Net::Context;

constexpr std::size_t kMaxReason = 200;
constexpr std::size_t kStatusBytes = 4;  // `250-`
constexpr int kPermanent = 5;
constexpr std::size_t kMaxReplyLine = 1'000;  // twice what RFC 5321, section 4.5.3.1.5, allows
constexpr int kMaxReplyLines = 64;

/// What a server said, fit for a line of a log.
std::string shown(std::string_view text) {
    return base::oneLine(base::clipUtf8(text, kMaxReason));
}

/// The server has answered, and it was no.
struct Refusal {
    int status = 0;
    std::string text;
};

/// What to call oneself: the machine's name where it is one.
std::string ownName() {
    std::array<char, 256> name{};
    if (::gethostname(name.data(), name.size() - 1) != 0) return "localhost";
    const std::string_view text(name.data());
    const bool fits = !text.empty() && std::ranges::all_of(text, [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
               c == '-' || c == '.';
    });
    return fits ? std::string(text) : "localhost";
}

/// One connection's dialogue. POCO's own sessions wait for ever where a reply breaks off in the
/// middle, and keep replies of any length.
class Session {
public:
    explicit Session(const Poco::Net::StreamSocket& socket) : socket_(socket) {}

    void greeting() { expect(2); }
    /// Answers what the server can do.
    std::string hello() {
        const std::string name = ownName();
        try {
            return command("EHLO " + name, 2);
        } catch (const Refusal& refused) {
            if (refused.status / 100 != kPermanent) throw;
            return command("HELO " + name, 2);
        }
    }
    /// POCO's own would check the certificate against the address. Whatever came in before the
    /// handshake is dropped with the old socket's buffer.
    void startTls(const Context::Ptr& context, const std::string& host) {
        command("STARTTLS", 2);
        Poco::Net::SecureStreamSocket secure(
            Poco::Net::SecureStreamSocket::attach(socket_, host, context));
        socket_ = secure;
    }
    void signIn(std::string_view abilities, const std::string& user, const std::string& password) {
        const auto lines = base::split(abilities, '\n');
        const auto offers = [&](std::string_view method) {
            return std::ranges::any_of(lines, [&](std::string_view line) {
                return line.substr(std::min(kStatusBytes, line.size())).starts_with("AUTH") &&
                       line.find(method) != line.npos;
            });
        };
        try {
            using namespace std::string_literals;
            if (offers("PLAIN")) {
                command("AUTH PLAIN " + base::toBase64("\0"s + user + "\0"s + password), 2);
            } else if (offers("LOGIN")) {
                command("AUTH LOGIN", 3);
                command(base::toBase64(user), 3);
                command(base::toBase64(password), 2);
            } else {
                throw Refusal{504, "it offers no sign-in by PLAIN or LOGIN"};
            }
        } catch (const Refusal& refused) {
            if (refused.status == 504) throw;
            throw Refusal{refused.status, "user or password"};  // its words may repeat them
        }
    }
    void transport(const std::string& from, const OutgoingMail& mail) {
        command("MAIL FROM:<" + from + ">", 2);
        command("RCPT TO:<" + mail.recipient + ">", 2);
        command("DATA", 3);
        socket_.sendString(mail.message + ".\r\n");
        expect(2);
    }
    /// Answers the reply; throws Refusal when it begins with another digit than `wanted`.
    std::string command(const std::string& line, int wanted) {
        socket_.sendString(line + "\r\n");
        return expect(wanted);
    }
    void quit() noexcept try { command("QUIT", 2); } catch (...) {
        // It is over either way.
    }
    int descriptor() { return socket_.impl()->sockfd(); }

private:
    std::string expect(int wanted) {
        std::string reply;
        for (int lines = 0; lines < kMaxReplyLines; ++lines) {
            const std::string line = receiveLine();
            reply.append(reply.empty() ? "" : "\n").append(line);
            const auto status = base::parseInteger(std::string_view(line).substr(0, 3));
            if (!status || *status < 200 || *status > 599) break;
            if (line.size() >= kStatusBytes && line[kStatusBytes - 1] == '-') continue;
            if (*status / 100 != wanted) throw Refusal{static_cast<int>(*status), shown(reply)};
            return reply;
        }
        throw std::runtime_error("the server's reply is no SMTP");
    }
    std::string receiveLine() {
        std::string line;
        for (;;) {
            const int c = socket_.get();
            if (c == std::char_traits<char>::eof())
                throw std::runtime_error("the server closed the connection");
            if (c == '\n') break;
            if (line.size() == kMaxReplyLine)
                throw std::runtime_error("the server's reply is too long");
            line.push_back(static_cast<char>(c));
        }
        if (line.ends_with('\r')) line.pop_back();
        return line;
    }

    Poco::Net::DialogSocket socket_;
};

std::string sentence(const Refusal& refusal) {
    return "the server refused: " + refusal.text + " (" + std::to_string(refusal.status) + ")";
}

}  // namespace

struct SmtpMailer::Impl {
    Impl(SmtpConfig settings, std::shared_ptr<const http::EgressGuard> egress,
         const base::Clock& time)
        : config(std::move(settings)), guard(std::move(egress)), clock(time), deadline(time) {}

    /// Throws std::runtime_error.
    Context::Ptr context() const {
        Context::Params parameters;
        parameters.verificationMode = Context::VERIFY_STRICT;
        Context::Ptr made = new Context(Context::TLS_CLIENT_USE, parameters);
        // OpenSSL checks the name with the chain; POCO's check spares names of this machine.
        made->enableExtendedCertificateVerification(false);
        SSL_CTX* const ssl = made->sslContext();
        ERR_clear_error();
        SSL_CTX_set_verify(ssl, SSL_VERIFY_PEER, nullptr);
        SSL_CTX_set_min_proto_version(ssl, TLS1_2_VERSION);
        SSL_CTX_set_default_verify_paths(ssl);
        if (!config.ca.empty() &&
            SSL_CTX_load_verify_locations(ssl, config.ca.c_str(), nullptr) != 1) {
            ERR_clear_error();
            throw std::runtime_error(config.ca.string() + " holds no certificate authority in PEM");
        }
        X509_VERIFY_PARAM* const name = SSL_CTX_get0_param(ssl);
        X509_VERIFY_PARAM_set_hostflags(name, X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS);
        const int set = http::IpAddress::parse(config.host)
                            ? X509_VERIFY_PARAM_set1_ip_asc(name, config.host.c_str())
                            : X509_VERIFY_PARAM_set1_host(name, config.host.c_str(), 0);
        if (set != 1) throw std::runtime_error("the name of the mail server cannot be checked");
        return made;
    }

    /// To an address that the guard has passed. Throws.
    std::unique_ptr<Session> connect() {
        const auto addresses = http::systemLookup(config.host);
        if (!addresses) throw std::runtime_error(std::string(addresses.error().text()));
        if (auto allowed = guard->checkAll(*addresses, config.port, "mail"); !allowed)
            throw std::runtime_error(std::string(allowed.error().text()));
        const Poco::Net::SocketAddress address(Poco::Net::IPAddress(addresses->front().text()),
                                               config.port);
        const Poco::Timespan patience(config.timeout.count() * 1'000);
        Poco::Net::StreamSocket plain(address.family());
        arm(plain.impl()->sockfd());
        plain.connect(address, patience);
        arm(plain.impl()->sockfd());  // an abort before the connection stood has shut nothing
        plain.setReceiveTimeout(patience);
        plain.setSendTimeout(patience);
        if (config.tls != MailTls::Implicit) return std::make_unique<Session>(plain);
        return std::make_unique<Session>(
            Poco::Net::SecureStreamSocket::attach(plain, serverName(), context()));
    }

    std::unique_ptr<Session> open() {
        auto session = connect();
        session->greeting();
        std::string abilities = session->hello();
        if (config.tls == MailTls::StartTls) {
            session->startTls(context(), serverName());
            abilities = session->hello();
        }
        if (!config.user.empty())
            session->signIn(abilities, config.user, std::string(config.password.reveal()));
        return session;
    }

    /// For SNI, which knows no addresses.
    std::string serverName() const {
        return http::IpAddress::parse(config.host) ? std::string() : config.host;
    }

    void arm(int fd) { deadline.arm(fd, clock.steadyNow() + config.timeout); }

    /// What stands in the way when `work` throws; nothing else does.
    template <class Work>
    std::optional<MailOutcome> hindrance(bool final, Work work) {
        using Kind = MailOutcome::Kind;
        const auto later = [this](std::string reason) {
            if (deadline.passed())
                reason = "no end within " + std::to_string(config.timeout.count() / 1'000) + " s";
            return MailOutcome{Kind::Later, shown(reason)};
        };
        try {
            work();
            return std::nullopt;
        } catch (const Refusal& refusal) {
            if (final && refusal.status / 100 == kPermanent)
                return MailOutcome{Kind::Refused, sentence(refusal)};
            return later(sentence(refusal));
        } catch (const Poco::Exception& error) {
            return later(error.displayText());
        } catch (const std::exception& error) {
            return later(error.what());
        }
    }

    const SmtpConfig config;
    const std::shared_ptr<const http::EgressGuard> guard;
    const base::Clock& clock;
    SocketDeadline deadline;
};

SmtpMailer::SmtpMailer(SmtpConfig config, std::shared_ptr<const http::EgressGuard> guard,
                       const base::Clock& clock)
    : impl_(std::make_unique<Impl>(std::move(config), std::move(guard), clock)) {}
SmtpMailer::~SmtpMailer() = default;

Result<void> SmtpMailer::check() const {
    if (impl_->config.tls == MailTls::None) return {};
    if (auto wrong = impl_->hindrance(false, [&] { (void)impl_->context(); }))
        return fail(ErrorKind::InvalidInput, "mail: " + wrong->reason);
    return {};
}

void SmtpMailer::abort() noexcept {
    impl_->deadline.abort();
}

void SmtpMailer::send(const std::vector<OutgoingMail>& mails, const Wanted& wanted,
                      const Done& done) {
    std::unique_ptr<Session> session;
    const auto hangUp = [&](bool politely) {
        if (politely)
            session->quit();
        else
            impl_->deadline.cut();
        session.reset();
        impl_->deadline.release();
    };
    for (std::size_t i = 0; i < mails.size(); ++i) {
        if (!wanted(i)) continue;
        if (!session) {
            auto closed = impl_->hindrance(false, [&] { session = impl_->open(); });
            if (closed) {
                // The next mail would fare no better.
                hangUp(false);
                for (; i < mails.size(); ++i) done(i, *closed);
                return;
            }
        }
        impl_->arm(session->descriptor());
        auto hindered =
            impl_->hindrance(true, [&] { session->transport(impl_->config.from, mails[i]); });
        done(i, hindered.value_or(MailOutcome{MailOutcome::Kind::Sent, {}}));
        if (hindered && i + 1 < mails.size() &&
            impl_->hindrance(false, [&] { session->command("RSET", 2); }))
            hangUp(false);
    }
    if (session) hangUp(true);
}

}  // namespace trusthub::health
