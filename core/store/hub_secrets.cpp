#include "store/hub_secrets.h"

#include "base/text.h"
#include "crypto/hash.h"

#include <array>

namespace trusthub::store {
namespace {

constexpr std::string_view kSelect = "SELECT value FROM hub_settings WHERE name = $1";
constexpr std::string_view kInsert = "INSERT INTO hub_settings (name, value) VALUES ($1, $2)";

constexpr std::size_t kSecretBytes = 32;

/// Stored as: decimal master version, ':', wrapped bytes.
Result<SecretString> secretOf(Store& store, const crypto::MasterKey& master, base::Random& random,
                              const std::string& name) {
    const auto stored = store.read([&](ReadTx& tx) -> std::optional<std::string> {
        Rows rows = tx.query(kSelect, name);
        return rows.next() ? rows.optionalText(0) : std::nullopt;
    });
    if (stored) {
        const std::size_t colon = stored->find(':');
        const auto version = base::parseInteger(std::string_view(*stored).substr(0, colon));
        if (colon == std::string::npos || !version)
            return fail(ErrorKind::Internal, "hub_settings." + name + " has an unknown form");
        auto opened = master.unwrap(static_cast<std::uint32_t>(*version),
                                    std::string_view(*stored).substr(colon + 1), name);
        if (!opened)
            return fail(ErrorKind::Internal,
                        "The master key does not open this data folder; use the key that it was "
                        "made with.");
        return opened;
    }
    SecretString made(random.bytes(kSecretBytes));
    std::string value = std::to_string(master.currentVersion()) + ":";
    value += master.wrap(made, name, random);
    auto written = store.writeAndWait<bool>(
        [&](WriteTx& tx) -> Result<bool> { return tx.execute(kInsert, name, Bytes{value}) == 1; });
    if (!written) return written.error();
    return made;
}

}  // namespace

Result<HubSecrets> HubSecrets::loadOrCreate(Store& store, const crypto::MasterKey& master,
                                            base::Random& random) {
    std::array<SecretString, 3> secrets;
    const std::array<const char*, 3> names{"pepper", "token_key", "checkpoint_key"};
    for (std::size_t i = 0; i < names.size(); ++i) {
        auto secret = secretOf(store, master, random, names[i]);
        if (!secret) return secret.error();
        secrets[i] = *std::move(secret);
    }
    HubSecrets hub;
    hub.pepper_ = secrets[0];
    hub.tokenKey_ = crypto::ed25519FromSeed(secrets[1]);
    hub.checkpointKey_ = crypto::ed25519FromSeed(secrets[2]);
    return hub;
}

std::string HubSecrets::fingerprint(std::string_view purpose, std::string_view token) const {
    return base::toHex(fingerprintBytes(purpose, token));
}

std::string HubSecrets::fingerprintBytes(std::string_view purpose, std::string_view token) const {
    return crypto::keptHmacSha256(pepper_.reveal(), {purpose, "\n", token});
}

}  // namespace trusthub::store
