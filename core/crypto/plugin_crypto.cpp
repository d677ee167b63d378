#include "crypto/plugin_crypto.h"

#include "base/text.h"
#include "crypto/hash.h"

namespace trusthub::crypto {
namespace {

class PluginCrypto final : public sdk::Crypto {
public:
    std::string hmacSha256(std::string_view key, std::string_view data) const override {
        return crypto::hmacSha256(key, data);
    }
    std::string sha256(std::string_view data) const override { return crypto::sha256(data); }
    bool equal(std::string_view a, std::string_view b) const noexcept override {
        return equalConstantTime(a, b);
    }
    std::string hex(std::string_view bytes) const override { return base::toHex(bytes); }
    std::string base64(std::string_view bytes) const override { return base::toBase64(bytes); }
    std::optional<std::string> decodeBase64(std::string_view text) const override {
        return base::fromBase64(text);
    }
};

}  // namespace

const sdk::Crypto& pluginCrypto() {
    static const PluginCrypto kCrypto;
    return kCrypto;
}

}  // namespace trusthub::crypto
