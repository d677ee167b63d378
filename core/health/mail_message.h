// A mail as it goes over the wire (RFC 5322, 2045, 2047). Nothing that comes from users can add a
// header or end the message.
#pragma once

#include "sdk/time.h"

#include <string>
#include <string_view>

namespace trusthub::health {

struct MailAddress {
    std::string name;  ///< as people read it; may be empty
    std::string address;
};

struct MailMessage {
    std::string id;  ///< the same over all attempts: receivers drop repetitions by it
    MailAddress from, to;
    std::string subject, text;  ///< UTF-8; lines of the text end in '\n'
    TimePoint at;
};

/// Whether the address can stand in a command of SMTP: a dot-atom and a host name, ASCII.
bool sendable(std::string_view address);

/// One line of text for a header: as it is, or as encoded words.
std::string headerText(std::string_view text);

/// Lines end in CRLF; none begins with a dot.
std::string compose(const MailMessage& message);

}  // namespace trusthub::health
