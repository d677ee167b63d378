// TLS for the server: contexts made through POCO, streams that never block.
#pragma once

#include "http/server.h"

#include <Poco/Net/Context.h>
#include <openssl/ssl.h>

#include <cstddef>
#include <memory>
#include <mutex>
#include <string>

namespace trusthub::http {

enum class IoStatus { Ok, WouldBlock, Closed, Failed };

struct IoResult {
    IoStatus status = IoStatus::Failed;
    std::size_t bytes = 0;
};

/// One TLS connection over a non-blocking descriptor that somebody else owns and that outlives it.
class TlsStream {
public:
    TlsStream(SSL_CTX* context, int fd);

    IoStatus handshake();  ///< Ok once it is done
    IoResult read(char* to, std::size_t size);
    IoResult write(const char* from, std::size_t size);
    void sayGoodbye();  ///< close_notify, as far as it goes out at once

private:
    struct Free {
        void operator()(SSL* ssl) const noexcept { SSL_free(ssl); }
    };
    IoResult result(int returned, std::size_t bytes);
    std::unique_ptr<SSL, Free> ssl_;
    bool broken_ = false;
};

/// The context in force; new connections take the newest. [thread-safe]
class TlsContext {
public:
    /// Throws std::runtime_error with file and reason.
    explicit TlsContext(TlsFiles files);
    /// Reads the files again; on failure the old context stays.
    Result<void> reload();
    std::unique_ptr<TlsStream> accept(int fd);

private:
    const TlsFiles files_;
    std::mutex mutex_;
    Poco::Net::Context::Ptr context_;
};

}  // namespace trusthub::http
