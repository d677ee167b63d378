// Mailer: hands mails to a mail server. What becomes of them is for who calls.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

namespace trusthub::health {

struct OutgoingMail {
    std::string recipient;  ///< address; sendable()
    std::string message;    ///< of compose()
};

struct MailOutcome {
    enum class Kind : std::uint8_t {
        Sent,     ///< the server has taken it on
        Refused,  ///< for good (5xx)
        Later,    ///< not now: 4xx, network, TLS, sign-in
    };
    Kind kind = Kind::Later;
    std::string reason;  ///< one line, without secrets; empty when sent
};

class Mailer {
public:
    using Wanted = std::function<bool(std::size_t index)>;
    using Done = std::function<void(std::size_t index, MailOutcome outcome)>;
    virtual ~Mailer() = default;
    /// Asks `wanted` right before each is sent; what is not is left out. Calls `done` once for each
    /// other, in their order, as soon as it is known. Waits. [one thread at a time]
    virtual void send(const std::vector<OutgoingMail>& mails, const Wanted& wanted,
                      const Done& done) = 0;
    /// Ends what is under way and what comes after it: a process that stops waits for no server.
    /// [any thread]
    virtual void abort() noexcept = 0;
};

}  // namespace trusthub::health
