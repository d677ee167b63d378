#include "health/mail_message.h"

#include "base/text.h"

#include <catch2/catch.hpp>
#include <rapidcheck.h>

using namespace trusthub;
using health::compose;
using health::headerText;
using health::MailMessage;
using health::sendable;

namespace {

const TimePoint kAt = parseTime("2026-01-15T10:02:03Z").value();

MailMessage message() {
    return {"019b76da-a800-7000-8000-000000000001",
            {"TrustHub", "hub@example.com"},
            {"Ada", "ada@example.org"},
            "Hello",
            "one\ntwo\n",
            kAt};
}

std::vector<std::string> headerLines(const std::string& mail) {
    std::vector<std::string> lines;
    const std::string head = mail.substr(0, mail.find("\r\n\r\n"));
    for (const auto line : base::split(head, '\n')) lines.emplace_back(line);
    return lines;
}

/// The decoded text of encoded words, joined.
std::string decoded(const std::string& words) {
    std::string text;
    for (std::size_t at = 0; (at = words.find("=?UTF-8?B?", at)) != words.npos;) {
        at += 10;
        const std::size_t end = words.find("?=", at);
        text += base::fromBase64(words.substr(at, end - at)).value();
        at = end;
    }
    return text;
}

}  // namespace

TEST_CASE("a mail has the headers of RFC 5322 and a text that arrives as it was written") {
    const std::string mail = compose(message());
    CHECK(headerLines(mail) ==
          std::vector<std::string>{
              "Date: Thu, 15 Jan 2026 10:02:03 +0000\r", "From: TrustHub <hub@example.com>\r",
              "To: Ada <ada@example.org>\r", "Subject: Hello\r",
              "Message-ID: <019b76da-a800-7000-8000-000000000001@example.com>\r",
              "Auto-Submitted: auto-generated\r", "MIME-Version: 1.0\r",
              "Content-Type: text/plain; charset=utf-8\r", "Content-Transfer-Encoding: base64"});
    const std::string body = mail.substr(mail.find("\r\n\r\n") + 4);
    REQUIRE(body.ends_with("\r\n"));
    CHECK(base::fromBase64(body.substr(0, body.size() - 2)) == "one\r\ntwo\r\n");
}

TEST_CASE("no line of a body is longer than 76 characters or begins with a dot") {
    auto long_ = message();
    for (int i = 0; i < 200; ++i) long_.text += ".\n. a line of some length\n";
    const std::string mail = compose(long_);
    for (const auto line : base::split(mail, '\n')) {
        CHECK(line.size() <= 77);
        CHECK_FALSE(line.starts_with("."));
    }
}

TEST_CASE("a name or a subject with line ends adds no header") {
    auto evil = message();
    evil.to.name = "Eve\r\nBcc: all@example.com\r\n\r\nhello";
    evil.subject = "Hi\nX-Evil: 1\r\n.\r\nMAIL FROM:<a@b>";
    evil.from.name = "TrustHub\r\n";
    CHECK(decoded(headerText("\u00E4\u202Eb\u2028c\xC2\x85"
                             "d")) == "\u00E4 b c d");
    const auto lines = headerLines(compose(evil));
    REQUIRE(lines.size() == 9);
    CHECK(lines[2] == "To: \"Eve  Bcc: all@example.com    hello\" <ada@example.org>\r");
    CHECK(lines[3] == "Subject: Hi X-Evil: 1  .  MAIL FROM:<a@b>\r");
}

TEST_CASE("what means something in an address is quoted") {
    auto odd = message();
    odd.to.name = "Ada \"the <first>\", \\Countess";
    CHECK(headerLines(compose(odd))[2] ==
          "To: \"Ada \\\"the <first>\\\", \\\\Countess\" <ada@example.org>\r");
}

TEST_CASE("text beyond ASCII, and what looks encoded already, becomes encoded words") {
    CHECK(headerText("Größe") == "=?UTF-8?B?R3LDtsOfZQ==?=");
    CHECK(decoded(headerText("=?UTF-8?B?QQ==?=")) == "=?UTF-8?B?QQ==?=");
    std::string wide;
    for (int i = 0; i < 60; ++i) wide += "\xF0\x9F\x94\x91";  // 240 bytes of keys
    const std::string words = headerText(wide);
    CHECK(decoded(words) == wide);
    for (const auto line : base::split(words, '\n')) CHECK(line.size() <= 77);
}

TEST_CASE("whatever a name holds, the header stays ASCII and one field") {
    rc::check([](const std::string& name) {
        const std::string text = headerText(name);
        for (std::size_t i = 0; i < text.size(); ++i) {
            RC_ASSERT(static_cast<unsigned char>(text[i]) < 0x80U);
            if (text[i] == '\n') {
                RC_ASSERT(i > 0 && text[i - 1] == '\r');
                RC_ASSERT(i + 1 < text.size() && text[i + 1] == ' ');
            }
        }
    });
}

TEST_CASE("only addresses that fit a command of SMTP are sent to") {
    for (const char* good : {"ada@example.com", "a.b+c@mail.example", "o'neill@x.y", "a@b"})
        CHECK(sendable(good));
    for (const char* bad :
         {"", "ada", "ada@", "@example.com", "ada@exa mple.com", "ada@example.com>",
          "a>b@example.com", "ada@example.com\r\nRCPT TO:<x@y>", "\"a b\"@example.com",
          "äda@example.com", ".a@b", "a..b@c", "a@b@c", "a@[127.0.0.1]"})
        CHECK_FALSE(sendable(bad));
    CHECK_FALSE(sendable(std::string(250, 'a') + "@b.example"));
}
