#include "support/temp_folder.h"
#include "unit/http/server_fixture.h"

#include <catch2/catch.hpp>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>

using namespace trusthub;
using namespace trusthub::http;

namespace {

constexpr std::string_view kGet = "GET /x HTTP/1.1\r\nHost: a\r\n\r\n";

/// A folder with a fresh self-signed certificate for `name`.
class Identity {
public:
    explicit Identity(const char* name) { write(name); }
    TlsFiles files() const {
        return {(folder_.path / "cert.pem").string(), (folder_.path / "key.pem").string()};
    }
    void spoil() const { std::ofstream(folder_.path / "cert.pem") << "no certificate"; }
    void write(const char* name) const {
        EVP_PKEY* key = EVP_EC_gen("P-256");
        X509* cert = X509_new();
        ASN1_INTEGER_set(X509_get_serialNumber(cert), 1);
        X509_gmtime_adj(X509_getm_notBefore(cert), 0);
        X509_gmtime_adj(X509_getm_notAfter(cert), 3600);
        X509_set_pubkey(cert, key);
        X509_NAME* subject = X509_get_subject_name(cert);
        X509_NAME_add_entry_by_txt(subject, "CN", MBSTRING_ASC,
                                   reinterpret_cast<const unsigned char*>(name), -1, -1, 0);
        X509_set_issuer_name(cert, subject);
        X509_sign(cert, key, EVP_sha256());
        FILE* file = std::fopen(files().certificateFile.c_str(), "w");
        PEM_write_X509(file, cert);
        std::fclose(file);
        file = std::fopen(files().keyFile.c_str(), "w");
        PEM_write_PrivateKey(file, key, nullptr, nullptr, 0, nullptr, nullptr);
        std::fclose(file);
        X509_free(cert);
        EVP_PKEY_free(key);
    }

private:
    test::TempFolder folder_;
};

/// A blocking TLS client that trusts anybody.
class TlsClient {
public:
    explicit TlsClient(std::uint16_t port, int maxVersion = 0, const char* groups = nullptr)
        : raw_(port), context_(SSL_CTX_new(TLS_client_method())), ssl_(nullptr) {
        if (maxVersion != 0) {
            SSL_CTX_set_min_proto_version(context_, 0);
            SSL_CTX_set_max_proto_version(context_, maxVersion);
            SSL_CTX_set_cipher_list(context_, "ALL:@SECLEVEL=0");
        }
        if (groups != nullptr) SSL_CTX_set1_groups_list(context_, groups);
        ssl_ = SSL_new(context_);
        SSL_set_fd(ssl_, raw_.fd());
        connected = SSL_connect(ssl_) == 1;
    }
    ~TlsClient() {
        SSL_free(ssl_);
        SSL_CTX_free(context_);
        ERR_clear_error();
    }
    TlsClient(const TlsClient&) = delete;
    TlsClient& operator=(const TlsClient&) = delete;
    std::string name() const {
        char text[100] = {};
        X509* cert = SSL_get1_peer_certificate(ssl_);
        X509_NAME_get_text_by_NID(X509_get_subject_name(cert), NID_commonName, text, sizeof text);
        X509_free(cert);
        return text;
    }
    /// Everything up to the end of the connection.
    std::string ask(std::string_view bytes) {
        while (!bytes.empty()) {
            const int put = SSL_write(ssl_, bytes.data(),
                                      static_cast<int>(std::min<std::size_t>(bytes.size(), 5'000)));
            if (put <= 0) break;
            bytes.remove_prefix(static_cast<std::size_t>(put));
        }
        std::string all;
        char part[16384];
        for (int got = 0; (got = SSL_read(ssl_, part, sizeof part)) > 0;)
            all.append(part, static_cast<std::size_t>(got));
        clean = SSL_get_shutdown(ssl_) & SSL_RECEIVED_SHUTDOWN;
        return all;
    }
    bool connected = false;
    bool clean = false;

private:
    RawClient raw_;
    SSL_CTX* context_;
    SSL* ssl_;
};

ServerConfig withTls(const Identity& identity) {
    ServerConfig config;
    config.tls = identity.files();
    return config;
}

constexpr std::string_view kLast = "GET /x HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n";

}  // namespace

TEST_CASE("requests over TLS are answered and marked secure") {
    const Identity identity("one");
    TestServer server(withTls(identity));
    bool secure = false;
    server.handler.onHeadDo = [&](const RequestHead& head) {
        secure = head.secure;
        return Admit{1'000'000};
    };
    TlsClient client(server.server.port());
    REQUIRE(client.connected);
    const std::string answers = client.ask(
        std::string(kGet) +
        "POST /y HTTP/1.1\r\nHost: a\r\nConnection: close\r\nContent-Length: 100000\r\n\r\n" +
        std::string(100'000, 'z'));
    CHECK(answers.find("GET /x []") != std::string::npos);
    CHECK(answers.ends_with("POST /y [" + std::string(100'000, 'z') + "]"));
    CHECK(client.clean);
    CHECK(secure);
}

TEST_CASE("large answers arrive whole over TLS") {
    const Identity identity("one");
    TestServer server(withTls(identity));
    server.handler.onRequestDo = [](Request, Responder responder) {
        responder.send(Response::text(200, std::string(6'000'000, 'q'), "text/plain"));
    };
    TlsClient client(server.server.port());
    CHECK(client.ask(kLast).ends_with(std::string(6'000'000, 'q')));
}

TEST_CASE("a silent TLS client delays nobody and is closed in time") {
    const Identity identity("one");
    TestServer server(withTls(identity));
    std::vector<RawClient> silent;
    for (int i = 0; i < 20; ++i) silent.push_back(server.connect());
    silent[0].send(std::string("\x16\x03\x01\x02", 4));
    TlsClient client(server.server.port());
    CHECK(client.ask(kLast).starts_with("HTTP/1.1 200"));
    for (RawClient& one : silent) CHECK(one.ended(server.turningClock(Milliseconds{1'000})));
}

TEST_CASE("plain bytes on a TLS port are not answered as HTTP") {
    const Identity identity("one");
    TestServer server(withTls(identity));
    RawClient client = server.connect();
    client.send(kGet);
    CHECK(client.rest().find("HTTP/1.1") == std::string::npos);
}

TEST_CASE("TLS below 1.2 and other groups are refused") {
    const Identity identity("one");
    TestServer server(withTls(identity));
    CHECK_FALSE(TlsClient(server.server.port(), TLS1_1_VERSION).connected);
    CHECK(TlsClient(server.server.port(), TLS1_2_VERSION).connected);
    CHECK_FALSE(TlsClient(server.server.port(), 0, "P-384").connected);
    CHECK(TlsClient(server.server.port(), 0, "P-256").connected);
    CHECK(TlsClient(server.server.port(), 0, "X25519").connected);
}

TEST_CASE("a reload takes the new certificate and keeps the old one when it is bad") {
    const Identity identity("one");
    TestServer server(withTls(identity));
    CHECK(TlsClient(server.server.port()).name() == "one");
    identity.write("two");
    CHECK(TlsClient(server.server.port()).name() == "one");
    CHECK(server.server.reloadTls());
    CHECK(TlsClient(server.server.port()).name() == "two");
    identity.spoil();
    const auto failed = server.server.reloadTls();
    REQUIRE_FALSE(failed);
    CHECK(failed.error().detail.find("cert.pem") != std::string::npos);
    CHECK(TlsClient(server.server.port()).name() == "two");
}

TEST_CASE("a certificate that cannot be read stops the start") {
    const Identity identity("one");
    identity.spoil();
    CHECK_THROWS_WITH(TestServer(withTls(identity)), Catch::Contains("cert.pem"));
}
