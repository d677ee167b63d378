#include "store/blob_store.h"

#include "base/text.h"
#include "crypto/hash.h"
#include "store/durable_file.h"

#include <sys/stat.h>

#include <fstream>
#include <sstream>

namespace trusthub::store {
namespace {

constexpr std::string_view kAddReference =
    "INSERT INTO blobs (team_id, digest, size, refs, created_at) VALUES ($1, $2, $3, 1, $4)"
    " ON CONFLICT (team_id, digest) DO UPDATE SET refs = refs + 1";
constexpr std::string_view kDropReference =
    "UPDATE blobs SET refs = refs - 1, released_at = $1 WHERE team_id = $2 AND digest = $3 AND "
    "refs > 0";
constexpr std::string_view kKnown =
    "SELECT 1 FROM blobs WHERE team_id = $1 AND digest = $2 AND refs > 0";
constexpr std::string_view kRow = "SELECT 1 FROM blobs WHERE team_id = $1 AND digest = $2";
constexpr std::string_view kUnused =
    "SELECT team_id, digest FROM blobs WHERE refs = 0 AND released_at < $1 LIMIT 500";
constexpr std::string_view kForget =
    "DELETE FROM blobs WHERE team_id = $1 AND digest = $2 AND refs = 0";

constexpr Milliseconds kSweepAge{3'600'000};

SealPlace placeOf(std::string_view team, std::string_view digest) {
    return {"blobs", team, digest};
}

}  // namespace

void StagedBlob::into(WriteTx& tx) const {
    sealedKey_.into(tx);
    tx.execute(kAddReference, team_, digest_, size_, createdAt_);
}

BlobStore::BlobStore(Store& store, Sealer& sealer, const base::Clock& clock)
    : store_(store), sealer_(sealer), clock_(clock) {}

std::filesystem::path BlobStore::pathOf(std::string_view team, std::string_view digest) const {
    return store_.folder() / "blobs" / (team.empty() ? std::string("org") : std::string(team)) /
           std::string(digest.substr(0, 2)) / std::string(digest);
}

Result<StagedBlob> BlobStore::put(std::string_view team, std::string_view bytes) {
    StagedBlob blob;
    blob.team_ = team;
    blob.digest_ = base::toHex(crypto::sha256(bytes));
    blob.size_ = bytes.size();
    blob.createdAt_ = clock_.now();
    // The empty text carries the data key's row into the unit even where the file is there already.
    blob.sealedKey_ = sealer_.seal({team, "blobs"}, placeOf(team, "key"), "");
    const bool known =
        store_.read([&](ReadTx& tx) { return tx.query(kKnown, team, blob.digest_).next(); });
    if (known) return blob;
    // The room that is left is for what protects the hub.
    if (store_.writer().scarce()) return Store::diskFull();
    const Sealed sealed = sealer_.seal({team, "blobs"}, placeOf(team, blob.digest_), bytes);
    auto written = writeDurably(pathOf(team, blob.digest_), sealed.bytes());
    if (!written) return written.error();
    return blob;
}

Result<std::string> BlobStore::get(ReadTx& tx, std::string_view team, std::string_view digest) {
    std::ifstream file(pathOf(team, digest), std::ios::binary);
    if (!file) return fail(ErrorKind::NotFound, "The content is no longer kept.");
    std::ostringstream text;
    text << file.rdbuf();
    return sealer_.open(tx, placeOf(team, digest), text.view());
}

void BlobStore::release(WriteTx& tx, std::string_view team, std::string_view digest) const {
    tx.execute(kDropReference, clock_.now(), team, digest);
}

/// A file that was written again meanwhile belongs to a unit on its way, and stays.
bool BlobStore::removeOld(const std::filesystem::path& file) const {
    auto trash = file;
    trash += ".trash";
    std::error_code error;
    std::filesystem::rename(file, trash, error);
    if (error) return false;
    struct stat facts {};
    const bool known = ::stat(trash.c_str(), &facts) == 0;
    const TimePoint written{Milliseconds{static_cast<std::int64_t>(facts.st_mtime) * 1'000}};
    if (!known || written > clock_.now() - kSweepAge) {
        std::filesystem::rename(trash, file, error);
        return false;
    }
    return std::filesystem::remove(trash, error);
}

std::size_t BlobStore::sweepStrays(const std::stop_token& stop) {
    std::size_t removed = 0;
    std::error_code error;
    const auto root = store_.folder() / "blobs";
    for (std::filesystem::recursive_directory_iterator at(root, error), end; at != end && !error;
         at.increment(error)) {
        if (stop.stop_requested()) break;
        if (!at->is_regular_file(error)) continue;
        const auto& file = at->path();
        const std::string name = file.filename().string();
        const std::string folder = file.parent_path().parent_path().filename().string();
        const std::string team = folder == "org" ? "" : folder;
        const bool known =
            store_.read([&](ReadTx& tx) { return tx.query(kRow, team, name).next(); });
        if (!known && removeOld(file)) ++removed;
    }
    return removed;
}

std::size_t BlobStore::sweep() {
    const TimePoint before = clock_.now() - kSweepAge;
    struct Unused {
        std::string team, digest;
    };
    const auto unused = store_.read([&](ReadTx& tx) {
        std::vector<Unused> found;
        for (Rows rows = tx.query(kUnused, before); rows.next();)
            found.push_back({rows.text(0), rows.text(1)});
        return found;
    });
    std::size_t removed = 0;
    for (const Unused& blob : unused) {
        const auto gone = store_.writeAndWait<bool>([&](WriteTx& tx) -> Result<bool> {
            return tx.execute(kForget, blob.team, blob.digest) == 1;
        });
        if (gone && *gone && removeOld(pathOf(blob.team, blob.digest))) ++removed;
    }
    return removed;
}

}  // namespace trusthub::store
