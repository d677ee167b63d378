#include "config/hub_config.h"

#include <catch2/catch.hpp>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>

using namespace trusthub;
namespace fs = std::filesystem;

namespace {

struct Loaded {
    config::ConfigResult result;
    std::string problems;  ///< with the folder of the file cut off
};

Loaded load(const std::string& mail) {
    std::string name = (fs::temp_directory_path() / "trusthub-test-XXXXXX").string();
    REQUIRE(::mkdtemp(name.data()) != nullptr);
    const fs::path file = fs::path(name) / "hub.yaml";
    std::ofstream(file) << "listen: 127.0.0.1:8080\n" << mail;
    std::ofstream(fs::path(name) / "password") << "s3cret\n";
    Loaded loaded{config::loadHubConfig(file), ""};
    for (const auto& problem : loaded.result.problems) {
        const std::string line = problem.text();
        loaded.problems += line.substr(line.find("hub.yaml")) + "\n";
    }
    fs::remove_all(name);
    return loaded;
}

const std::string kLeast = "mail:\n  host: smtp.example.com\n  from: hub@example.com\n";

}  // namespace

TEST_CASE("without `mail` nothing is mailed") {
    CHECK_FALSE(load("").result.config.mail);
    CHECK_FALSE(load("mail:\n").result.config.mail);
}

TEST_CASE("host and sender are enough: STARTTLS at port 587") {
    const auto loaded = load(kLeast);
    REQUIRE(loaded.problems.empty());
    const auto& mail = *loaded.result.config.mail;
    CHECK(mail.host == "smtp.example.com");
    CHECK(mail.port == 587);
    CHECK(mail.tls == "starttls");
    CHECK(mail.fromName.empty());
    CHECK(mail.fromAddress == "hub@example.com");
    CHECK(mail.timeoutSeconds == 30);
}

TEST_CASE("each kind of TLS has its usual port") {
    CHECK(load(kLeast + "  tls: implicit\n").result.config.mail->port == 465);
    CHECK(load("mail: {host: 127.0.0.1, from: a@b, tls: none}\n").result.config.mail->port == 25);
    CHECK(load(kLeast + "  tls: implicit\n  port: 4465\n").result.config.mail->port == 4465);
}

TEST_CASE("the password comes from a file and is not printed") {
    const auto loaded = load(kLeast +
                             "  user: hub\n  password: ${file:password}\n"
                             "  ca: ca.pem\n  timeout_s: 5\n  schedule_s: [0, 10]\n");
    REQUIRE(loaded.problems.empty());
    const auto& config = loaded.result.config;
    CHECK(config.mail->password.reveal() == "s3cret");
    CHECK(config.mail->ca.is_absolute());
    CHECK(config.mail->scheduleSeconds == std::vector<int>{0, 10});
    const std::string printed = config::printHubConfig(config);
    CHECK(printed.find("s3cret") == std::string::npos);
    CHECK(printed.find("mail.password: (redacted)") != std::string::npos);
    CHECK(printed.find("mail.host: smtp.example.com") != std::string::npos);
    CHECK(printed.find("hub.yaml:3") != std::string::npos);
}

TEST_CASE("a literal password is a warning with its line") {
    const auto loaded = load(kLeast + "  user: hub\n  password: s3cret\n");
    CHECK(loaded.problems.empty());
    bool warned = false;
    for (const auto& warning : loaded.result.warnings)
        warned |= warning.line == 6 && warning.reason.find("mail.password") != std::string::npos;
    CHECK(warned);
}

TEST_CASE("mail in the clear leaves this machine only when that is said") {
    CHECK(load(kLeast + "  tls: none\n").problems ==
          "hub.yaml:5: `mail.tls` sends mail and password in the clear to another machine; use "
          "starttls or implicit, or say `allow_plaintext: true`\n");
    CHECK(load(kLeast + "  tls: none\n  allow_plaintext: true\n").problems.empty());
    for (const char* host : {"localhost", "127.0.0.1", "\"::1\""})
        CHECK(load(std::string("mail: {from: a@b, tls: none, host: ") + host + "}\n")
                  .problems.empty());
}

TEST_CASE("a sender may have a name, and what is none is refused") {
    const auto named =
        load("mail: {host: h.example, from: \"Trust Hub, Inc. <hub@example.com>\"}\n");
    REQUIRE(named.problems.empty());
    CHECK(named.result.config.mail->fromName == "Trust Hub, Inc.");
    CHECK(named.result.config.mail->fromAddress == "hub@example.com");
    for (const char* from :
         {"hub", "hub@", "a b@c.d", "\"<hub@example.com\"", "\"hub@example.com>\"",
          "\"x\\r\\nBcc: y@z <hub@example.com>\"", "\"hub@example.com, x@example.com\""})
        CHECK(load(std::string("mail: {host: h.example, from: ") + from + "}\n").problems ==
              "hub.yaml:2: `mail.from` must be ADDRESS or NAME <ADDRESS>\n");
}

TEST_CASE("what is missing, unknown or out of bounds is refused with its line") {
    CHECK(load("mail: {}\n").problems ==
          "hub.yaml:2: `mail.host` is required\nhub.yaml:2: `mail.from` is required\n");
    CHECK(load(kLeast + "  prot: 25\n").problems.find("hub.yaml:5: ") == 0);
    CHECK(load(kLeast + "  port: 70000\n").problems.find("hub.yaml:5: ") == 0);
    CHECK(load(kLeast + "  tls: maybe\n").problems.find("hub.yaml:5: ") == 0);
    CHECK(load(kLeast + "  timeout_s: 0\n").problems.find("hub.yaml:5: ") == 0);
    CHECK(load(kLeast + "  schedule_s: []\n").problems.find("hub.yaml:5: ") == 0);
    CHECK(load(kLeast + "  user: hub\n").problems.find("`mail.password` is required") !=
          std::string::npos);
    CHECK(load("mail: {host: \"h x\", from: a@b}\n").problems ==
          "hub.yaml:2: `mail.host` must be a host name or an address\n");
}
