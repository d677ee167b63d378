#include "config/mail_config.h"

#include "base/ip_address.h"
#include "base/text.h"
#include "config/net_text.h"

#include <re2/re2.h>

namespace trusthub::config {
namespace {

constexpr int kLongestWait = 7 * 86'400;

bool isHost(const std::string& text) {
    return RE2::FullMatch(text, "[A-Za-z0-9]([A-Za-z0-9.-]{0,251}[A-Za-z0-9])?") ||
           base::IpAddress::parse(text).has_value();
}

bool onThisMachine(const std::string& host) {
    return host == "localhost" || isLoopback(host);
}

int usualPort(const std::string& tls) {
    if (tls == "implicit") return 465;
    return tls == "none" ? 25 : 587;
}

/// `hub@example.com`, or `TrustHub <hub@example.com>`.
bool readFrom(const std::string& text, MailConfig& mail) {
    static const RE2 kForm(
        "(?:([^<>\\x00-\\x1f\\x7f]{0,100}?)\\s*<)?([A-Za-z0-9!#$%&'*+/"
        "=?^_`{|}~.-]{1,64}@[A-Za-z0-9.-]{1,185})(>)?");
    std::string close;
    if (!RE2::FullMatch(text, kForm, &mail.fromName, &mail.fromAddress, &close)) return false;
    return (text.find('<') != text.npos) == !close.empty();
}

void readSchedule(NodeReader& reader, Findings& findings, MailConfig& mail) {
    const auto* waits = reader.list("schedule_s");
    if (!waits) return;
    mail.scheduleSeconds.clear();
    for (const Node& wait : *waits) {
        const auto seconds = wait.asInteger();
        if (seconds && *seconds >= 0 && *seconds <= kLongestWait)
            mail.scheduleSeconds.push_back(static_cast<int>(*seconds));
        else
            findings.refuse(wait.line, "`mail.schedule_s` holds seconds up to 7 days");
    }
    if (waits->empty() || waits->size() > 50)
        reader.refuse("schedule_s", "must list 1 to 50 waits");
}

}  // namespace

std::optional<MailConfig> readMail(NodeReader& root, Findings& findings,
                                   const std::filesystem::path& file,
                                   std::vector<Problem>& warnings) {
    const Node* node = root.any("mail");
    if (!node || node->kind == Node::Kind::Null) return std::nullopt;
    NodeReader reader = root.section("mail");
    MailConfig mail;
    mail.host = reader.text("host").value_or("");
    if (!reader.has("host"))
        reader.refuse("host", "is required");
    else if (!isHost(mail.host))
        reader.refuse("host", "must be a host name or an address");
    mail.tls = reader.oneOf("tls", {"starttls", "implicit", "none"}).value_or(mail.tls);
    mail.port =
        static_cast<std::uint16_t>(reader.integer("port", 1, 65'535).value_or(usualPort(mail.tls)));
    mail.allowPlaintext = reader.boolean("allow_plaintext").value_or(false);
    if (mail.tls == "none" && !mail.allowPlaintext && !onThisMachine(mail.host))
        reader.refuse("tls",
                      "sends mail and password in the clear to another machine; use starttls or"
                      " implicit, or say `allow_plaintext: true`");
    mail.user = reader.text("user").value_or("");
    if (auto password = reader.text("password")) {
        if (reader.any("password")->source.empty())
            warnings.push_back({findings.file, reader.line("password"),
                                "`mail.password` holds a literal secret; use ${env:NAME} or"
                                " ${file:PATH}"});
        mail.password = SecretString(*std::move(password));
    }
    if (mail.user.empty() != mail.password.reveal().empty())
        reader.refuse(mail.user.empty() ? "user" : "password",
                      "is required: `user` and `password` go together");
    for (const std::string_view part : {std::string_view(mail.user), mail.password.reveal()})
        if (part.find_first_of("\r\n") != part.npos || part.find('\0') != part.npos)
            reader.refuse("password", "and `user` must be one line each");
    const auto from = reader.text("from");
    if (!reader.has("from"))
        reader.refuse("from", "is required");
    else if (from && !readFrom(*from, mail))
        reader.refuse("from", "must be ADDRESS or NAME <ADDRESS>");
    if (const auto ca = reader.text("ca")) mail.ca = (file.parent_path() / *ca).lexically_normal();
    mail.timeoutSeconds =
        static_cast<int>(reader.integer("timeout_s", 1, 300).value_or(mail.timeoutSeconds));
    readSchedule(reader, findings, mail);
    reader.finish();
    return mail;
}

}  // namespace trusthub::config
