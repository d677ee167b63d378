// BlobStore: large bytes as sealed files under DATA/blobs, named by what they hold and counted in
// the database.
#pragma once

#include "store/sealer.h"

#include <filesystem>
#include <stop_token>
#include <string>
#include <string_view>

namespace trusthub::store {

/// A file that is durable already; `into(tx)` makes it part of the database.
class StagedBlob {
public:
    const std::string& digest() const { return digest_; }  ///< SHA-256 of the plain bytes, hex
    std::size_t size() const { return size_; }
    /// Counts one more reference; call it inside the unit that stores the digest.
    void into(WriteTx& tx) const;

private:
    friend class BlobStore;
    std::string team_;
    std::string digest_;
    std::size_t size_ = 0;
    Sealed sealedKey_;
    TimePoint createdAt_;
};

/// [any thread that may wait for the disk]
class BlobStore {
public:
    BlobStore(Store& store, Sealer& sealer, const base::Clock& clock);

    /// Seals and writes the file, fsyncs file and folder. StoreBusy when the disk refuses.
    Result<StagedBlob> put(std::string_view team, std::string_view bytes);
    Result<std::string> get(ReadTx& tx, std::string_view team, std::string_view digest);
    /// One reference less; the file goes with the next sweep.
    void release(WriteTx& tx, std::string_view team, std::string_view digest) const;
    /// Removes content without references since an hour, and answers how much.
    std::size_t sweep();
    /// Removes files older than an hour that no row knows: their units failed, or a kill came
    /// first. Reads the whole folder.
    std::size_t sweepStrays(const std::stop_token& stop);

private:
    bool removeOld(const std::filesystem::path& file) const;
    std::filesystem::path pathOf(std::string_view team, std::string_view digest) const;

    Store& store_;
    Sealer& sealer_;
    const base::Clock& clock_;
};

}  // namespace trusthub::store
