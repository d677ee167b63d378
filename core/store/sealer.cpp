#include "store/sealer.h"

#include "crypto/aead.h"

#include <atomic>

namespace trusthub::store {
namespace {

constexpr std::string_view kInsertKey =
    "INSERT INTO data_keys (id, team_id, purpose, period, master_version, wrapped, created_at)"
    " VALUES ($1, $2, $3, $4, $5, $6, $7) ON CONFLICT (id) DO NOTHING";
constexpr std::string_view kSelectKey =
    "SELECT team_id, purpose, period, master_version, wrapped FROM data_keys WHERE id = $1";

// Sealed value: format byte, 36 bytes of data key id, then what crypto::seal gives.
constexpr char kFormat = 1;
constexpr std::size_t kIdBytes = 36;

std::string period(TimePoint now) {
    return formatTime(now).substr(0, 7);
}

std::string keyData(std::string_view id, std::string_view team, std::string_view purpose,
                    std::string_view periodText) {
    std::string data = "data_key\n";
    for (const auto part : {id, team, purpose, periodText}) data.append(part).push_back('\n');
    return data;
}

std::string placeData(std::string_view keyId, const SealPlace& place) {
    std::string data;
    for (const auto part : {keyId, place.table, place.column, place.row})
        data.append(part).push_back('\n');
    return data;
}

}  // namespace

struct DataKey {
    std::string id, team, purpose, period;
    SecretString key;
    std::uint32_t masterVersion = 0;
    std::string wrapped;
    TimePoint createdAt;
    /// Set once its row was read back from a committed state, so that later units spare the INSERT.
    mutable std::atomic<bool> stored{false};
};

Bytes Sealed::into(WriteTx& tx) const {
    if (!key_->stored.load(std::memory_order_acquire)) {
        tx.execute(kInsertKey, key_->id, key_->team, key_->purpose, key_->period,
                   static_cast<std::int64_t>(key_->masterVersion), Bytes{key_->wrapped},
                   key_->createdAt);
    }
    return Bytes{bytes_};
}

Sealer::Sealer(Store& store, std::shared_ptr<const crypto::MasterKey> master,
               const base::Clock& clock, base::Random& random, base::IdSource& ids)
    : store_(store), master_(std::move(master)), clock_(clock), random_(random), ids_(ids) {}
Sealer::~Sealer() = default;

Sealer::KeyPtr Sealer::keyFor(const SealScope& scope) {
    const std::string now = period(clock_.now());
    std::string name(scope.team);
    name.append("/").append(scope.purpose).append("/").append(now);
    KeyPtr found;
    {
        const std::lock_guard lock(mutex_);
        if (const auto it = current_.find(name); it != current_.end()) found = it->second;
    }
    if (found) {
        if (!found->stored.load(std::memory_order_acquire)) {
            const bool there =
                store_.read([&](ReadTx& tx) { return tx.query(kSelectKey, found->id).next(); });
            if (there) found->stored.store(true, std::memory_order_release);
        }
        return found;
    }
    auto made = std::make_shared<DataKey>();
    made->id = ids_.next();
    made->team = scope.team;
    made->purpose = scope.purpose;
    made->period = now;
    made->key = SecretString(random_.bytes(crypto::kAeadKeyBytes));
    made->masterVersion = master_->currentVersion();
    made->wrapped =
        master_->wrap(made->key, keyData(made->id, made->team, made->purpose, now), random_);
    made->createdAt = clock_.now();
    const std::lock_guard lock(mutex_);
    const auto [it, fresh] = current_.emplace(std::move(name), made);
    if (fresh) byId_.emplace(made->id, made);
    return it->second;
}

Result<Sealer::KeyPtr> Sealer::keyById(ReadTx& tx, std::string_view id) {
    {
        const std::lock_guard lock(mutex_);
        if (const auto it = byId_.find(id); it != byId_.end()) return it->second;
    }
    auto key = std::make_shared<DataKey>();
    key->id = id;
    {
        Rows rows = tx.query(kSelectKey, id);
        if (!rows.next()) return fail(ErrorKind::Internal, "a data key is missing");
        key->team = rows.text(0);
        key->purpose = rows.text(1);
        key->period = rows.text(2);
        key->masterVersion = static_cast<std::uint32_t>(rows.integer(3));
        key->wrapped = rows.text(4);
    }
    auto plain = master_->unwrap(key->masterVersion, key->wrapped,
                                 keyData(key->id, key->team, key->purpose, key->period));
    if (!plain) return plain.error();
    key->key = *std::move(plain);
    key->stored = true;
    const std::lock_guard lock(mutex_);
    return byId_.emplace(key->id, key).first->second;
}

Sealed Sealer::seal(const SealScope& scope, const SealPlace& place, std::string_view plain) {
    Sealed sealed;
    sealed.key_ = keyFor(scope);
    sealed.bytes_.push_back(kFormat);
    sealed.bytes_ += sealed.key_->id;
    sealed.bytes_ +=
        crypto::seal(sealed.key_->key, plain, placeData(sealed.key_->id, place), random_);
    return sealed;
}

Result<std::string> Sealer::open(ReadTx& tx, const SealPlace& place, std::string_view sealed) {
    if (sealed.size() <= 1 + kIdBytes || sealed.front() != kFormat)
        return fail(ErrorKind::Internal, "a sealed value has an unknown form");
    const std::string_view id = sealed.substr(1, kIdBytes);
    auto key = keyById(tx, id);
    if (!key) return key.error();
    return crypto::open((*key)->key, sealed.substr(1 + kIdBytes), placeData(id, place));
}

Result<SecretString> Sealer::openSecret(ReadTx& tx, const SealPlace& place,
                                        std::string_view sealed) {
    auto plain = open(tx, place, sealed);
    if (!plain) return plain.error();
    return SecretString(*std::move(plain));
}

}  // namespace trusthub::store
