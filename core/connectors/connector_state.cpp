#include "connectors/connector_state.h"

#include "base/text.h"

#include <stdexcept>

namespace trusthub::connectors {
namespace {

constexpr std::string_view kRead =
    "SELECT value FROM connector_state WHERE connector = $1 AND key = $2";
constexpr std::string_view kCountOthers =
    "SELECT count(*) FROM connector_state WHERE connector = $1 AND key <> $2";
constexpr std::string_view kWrite =
    "INSERT INTO connector_state (connector, key, value, updated_at) VALUES ($1, $2, $3, $4)"
    " ON CONFLICT (connector, key) DO UPDATE SET value = excluded.value,"
    " updated_at = excluded.updated_at";

constexpr std::size_t kMaxKeyBytes = 200;
constexpr std::size_t kMaxValueBytes = 64UL << 10;
constexpr std::int64_t kMaxKeys = 1'000;

}  // namespace

std::optional<std::string> ConnectorState::get(std::string_view key) const try {
    return store_.read([&](store::ReadTx& tx) -> std::optional<std::string> {
        store::Rows rows = tx.query(kRead, connector_, key);
        if (!rows.next()) return std::nullopt;
        return rows.text(0);
    });
} catch (const store::StoreError&) {
    throw std::runtime_error("the state of the connector cannot be read");
}

Result<void> ConnectorState::set(std::string_view key, std::string_view value) {
    if (key.empty() || key.size() > kMaxKeyBytes || !base::isUtf8(key) || !base::isUtf8(value))
        return fail(ErrorKind::InvalidInput,
                    "A state key has 1 to 200 bytes; key and value are UTF-8.");
    if (value.size() > kMaxValueBytes)
        return fail(ErrorKind::TooLarge, "A state value has at most 65536 bytes.");
    store::Unit<bool> unit = [this, key, value](store::WriteTx& tx) -> Result<bool> {
        {
            store::Rows rows = tx.query(kCountOthers, connector_, key);
            if (rows.next() && rows.integer(0) >= kMaxKeys)
                return fail(ErrorKind::TooLarge, "A connector keeps at most 1000 state keys.");
        }
        tx.execute(kWrite, connector_, key, value, clock_.now());
        return true;
    };
    auto written = store_.writeAndWait<bool>(std::move(unit));
    if (!written) return std::move(written).error();
    return {};
}

}  // namespace trusthub::connectors
