// Owners of OpenSSL's handles and algorithms fetched once; private to this folder.
#pragma once

#include <openssl/evp.h>

#include <cstddef>
#include <memory>
#include <stdexcept>
#include <string>
#include <string_view>

namespace trusthub::crypto {

template <auto Free>
struct EvpDelete {
    template <class T>
    void operator()(T* handle) const noexcept {
        Free(handle);
    }
};

using CipherCtx = std::unique_ptr<EVP_CIPHER_CTX, EvpDelete<EVP_CIPHER_CTX_free>>;
using MacCtx = std::unique_ptr<EVP_MAC_CTX, EvpDelete<EVP_MAC_CTX_free>>;
using DigestCtx = std::unique_ptr<EVP_MD_CTX, EvpDelete<EVP_MD_CTX_free>>;
using PKey = std::unique_ptr<EVP_PKEY, EvpDelete<EVP_PKEY_free>>;

/// A call that fails only when OpenSSL is broken or memory has run out.
inline void require(bool worked) {
    if (!worked) throw std::runtime_error("OpenSSL failed");
}

inline const unsigned char* bytes(std::string_view text) noexcept {
    return reinterpret_cast<const unsigned char*>(text.data());
}
inline unsigned char* bytes(std::string& text) noexcept {
    return reinterpret_cast<unsigned char*>(text.data());
}

}  // namespace trusthub::crypto
