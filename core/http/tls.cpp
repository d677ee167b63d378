#include "http/tls.h"

#include <Poco/Exception.h>
#include <openssl/bio.h>
#include <openssl/err.h>
#include <sys/socket.h>

#include <array>
#include <cerrno>
#include <cstdint>
#include <stdexcept>

namespace trusthub::http {

namespace {

// OpenSSL's own socket BIO writes without MSG_NOSIGNAL: a peer that went away would raise SIGPIPE.
int fdOf(BIO* bio) {
    return static_cast<int>(reinterpret_cast<std::intptr_t>(BIO_get_data(bio)));
}

int bioRead(BIO* bio, char* to, int size) {
    BIO_clear_retry_flags(bio);
    const auto got = ::recv(fdOf(bio), to, static_cast<std::size_t>(size), 0);
    if (got < 0 && (errno == EAGAIN || errno == EINTR)) BIO_set_retry_read(bio);
    return static_cast<int>(got);
}

int bioWrite(BIO* bio, const char* from, int size) {
    BIO_clear_retry_flags(bio);
    const auto put = ::send(fdOf(bio), from, static_cast<std::size_t>(size), MSG_NOSIGNAL);
    if (put < 0 && (errno == EAGAIN || errno == EINTR)) BIO_set_retry_write(bio);
    return static_cast<int>(put);
}

long bioControl(BIO*, int command, long, void*) {
    return command == BIO_CTRL_FLUSH ? 1 : 0;
}

BIO_METHOD* bioMethod() {
    static BIO_METHOD* const method = [] {
        BIO_METHOD* made = BIO_meth_new(BIO_get_new_index() | BIO_TYPE_SOURCE_SINK, "trusthub");
        BIO_meth_set_read(made, bioRead);
        BIO_meth_set_write(made, bioWrite);
        BIO_meth_set_ctrl(made, bioControl);
        return made;
    }();
    return method;
}

int chooseProtocol(SSL*, const unsigned char** out, unsigned char* outSize,
                   const unsigned char* offered, unsigned int offeredSize, void*) {
    static constexpr unsigned char kHttp11[] = "\x08http/1.1";
    unsigned char* chosen = nullptr;
    if (SSL_select_next_proto(&chosen, outSize, kHttp11, sizeof kHttp11 - 1, offered,
                              offeredSize) != OPENSSL_NPN_NEGOTIATED)
        return SSL_TLSEXT_ERR_NOACK;
    *out = chosen;
    return SSL_TLSEXT_ERR_OK;
}

std::string reason() {
    std::array<char, 200> text{};
    const unsigned long code = ERR_get_error();
    ERR_clear_error();
    if (code == 0) return "unknown reason";
    ERR_error_string_n(code, text.data(), text.size());
    return text.data();
}

int noPassphrase(char*, int, int, void*) {
    return 0;
}

Poco::Net::Context::Ptr makeContext(const TlsFiles& files) {
    using Poco::Net::Context;
    Context::Params parameters;  // the files are read below, where an error can name them
    parameters.verificationMode = Context::VERIFY_NONE;
    Context::Ptr context = new Context(Context::TLS_SERVER_USE, parameters);
    SSL_CTX* const ssl = context->sslContext();
    ERR_clear_error();
    // A passphrase would be asked for on the terminal.
    SSL_CTX_set_default_passwd_cb(ssl, noPassphrase);
    if (SSL_CTX_use_certificate_chain_file(ssl, files.certificateFile.c_str()) != 1)
        throw std::runtime_error(files.certificateFile + ": " + reason());
    if (SSL_CTX_use_PrivateKey_file(ssl, files.keyFile.c_str(), SSL_FILETYPE_PEM) != 1)
        throw std::runtime_error(files.keyFile + ": " + reason());
    if (SSL_CTX_check_private_key(ssl) != 1)
        throw std::runtime_error(files.keyFile + ": does not belong to the certificate");
    if (SSL_CTX_set_min_proto_version(ssl, TLS1_2_VERSION) != 1 ||
        SSL_CTX_set1_groups_list(ssl, "X25519:P-256") != 1)
        throw std::runtime_error("TLS set-up: " + reason());
    SSL_CTX_set_options(ssl, SSL_OP_NO_RENEGOTIATION | SSL_OP_CIPHER_SERVER_PREFERENCE |
                                 SSL_OP_NO_COMPRESSION | SSL_OP_IGNORE_UNEXPECTED_EOF);
    SSL_CTX_set_mode(ssl, SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER |
                              SSL_MODE_RELEASE_BUFFERS);
    SSL_CTX_set_session_cache_mode(ssl, SSL_SESS_CACHE_OFF);  // tickets cost the server no memory
    SSL_CTX_set_alpn_select_cb(ssl, chooseProtocol, nullptr);
    return context;
}

}  // namespace

TlsStream::TlsStream(SSL_CTX* context, int fd) : ssl_(SSL_new(context)) {
    BIO* const bio = ssl_ ? BIO_new(bioMethod()) : nullptr;
    if (bio == nullptr) throw std::bad_alloc();
    BIO_set_data(bio, reinterpret_cast<void*>(static_cast<std::intptr_t>(fd)));
    BIO_set_init(bio, 1);
    SSL_set_bio(ssl_.get(), bio, bio);
    SSL_set_accept_state(ssl_.get());
}

IoResult TlsStream::result(int returned, std::size_t bytes) {
    if (returned > 0) return {IoStatus::Ok, bytes};
    switch (SSL_get_error(ssl_.get(), returned)) {
        case SSL_ERROR_WANT_READ:
        case SSL_ERROR_WANT_WRITE:
            return {IoStatus::WouldBlock, 0};
        case SSL_ERROR_ZERO_RETURN:
            return {IoStatus::Closed, 0};
        default:
            broken_ = true;
            ERR_clear_error();
            return {IoStatus::Failed, 0};
    }
}

IoStatus TlsStream::handshake() {
    ERR_clear_error();
    return result(SSL_do_handshake(ssl_.get()), 0).status;
}

IoResult TlsStream::read(char* to, std::size_t size) {
    ERR_clear_error();
    std::size_t got = 0;
    const int returned = SSL_read_ex(ssl_.get(), to, size, &got);
    return result(returned, got);
}

IoResult TlsStream::write(const char* from, std::size_t size) {
    ERR_clear_error();
    std::size_t put = 0;
    const int returned = SSL_write_ex(ssl_.get(), from, size, &put);
    return result(returned, put);
}

void TlsStream::sayGoodbye() {
    if (broken_ || SSL_in_init(ssl_.get()) != 0) return;
    ERR_clear_error();
    SSL_shutdown(ssl_.get());
    ERR_clear_error();
}

TlsContext::TlsContext(TlsFiles files) : files_(std::move(files)) {
    try {
        context_ = makeContext(files_);
    } catch (const Poco::Exception& error) {
        throw std::runtime_error("TLS set-up: " + error.displayText());
    }
}

Result<void> TlsContext::reload() {
    try {
        Poco::Net::Context::Ptr fresh = makeContext(files_);
        const std::lock_guard lock(mutex_);
        context_ = std::move(fresh);
        return {};
    } catch (const Poco::Exception& error) {
        return fail(ErrorKind::InvalidInput, error.displayText(), "tls_files");
    } catch (const std::runtime_error& error) {
        return fail(ErrorKind::InvalidInput, error.what(), "tls_files");
    }
}

std::unique_ptr<TlsStream> TlsContext::accept(int fd) {
    const std::lock_guard lock(mutex_);
    return std::make_unique<TlsStream>(context_->sslContext(), fd);
}

}  // namespace trusthub::http
