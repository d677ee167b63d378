// Files of tests/fixtures and a crypto that counts, for the tests of connectors.
#pragma once

#include "crypto/plugin_crypto.h"
#include "json/json.h"
#include "sdk/inbound.h"
#include "sdk/testing.h"

#include <catch2/catch.hpp>

#include <atomic>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <string>

namespace trusthub::test {

inline std::string fixture(const std::string& name) {
    std::ifstream file(std::filesystem::path(TRUSTHUB_FIXTURES) / name, std::ios::binary);
    REQUIRE(file.good());
    std::ostringstream text;
    text << file.rdbuf();
    return text.str();
}

/// The real primitives; counts HMACs and how many bytes they ran over.
class CountingCrypto final : public sdk::Crypto {
public:
    std::string hmacSha256(std::string_view key, std::string_view data) const override {
        ++hmacs;
        hmacBytes += data.size();
        return real_.hmacSha256(key, data);
    }
    std::string sha256(std::string_view data) const override { return real_.sha256(data); }
    bool equal(std::string_view a, std::string_view b) const noexcept override {
        return real_.equal(a, b);
    }
    std::string hex(std::string_view bytes) const override { return real_.hex(bytes); }
    std::string base64(std::string_view bytes) const override { return real_.base64(bytes); }
    std::optional<std::string> decodeBase64(std::string_view text) const override {
        return real_.decodeBase64(text);
    }

    mutable std::atomic<std::size_t> hmacs{0};
    mutable std::atomic<std::size_t> hmacBytes{0};

private:
    const sdk::Crypto& real_ = crypto::pluginCrypto();
};

inline sdk::InboundSecret secretOf(sdk::InboundSecretKind kind, std::string text) {
    return {kind, sdk::SecretString(std::move(text))};
}

inline sdk::TimePoint unixTime(std::int64_t seconds) {
    return sdk::TimePoint{std::chrono::seconds{seconds}};
}

}  // namespace trusthub::test
