#include "store/store.h"

#include <sqlite3.h>

namespace trusthub::store {
namespace {

constexpr std::string_view kProbe =
    "INSERT INTO hub_settings (name, value) VALUES ('write_probe', $1)"
    " ON CONFLICT (name) DO UPDATE SET value = excluded.value";

}  // namespace

Error errorOf(const std::exception& exception) {
    if (dynamic_cast<const ConstraintViolation*>(&exception))
        return fail(ErrorKind::Conflict, "Another record stands in the way; read it again first.");
    if (dynamic_cast<const StoreError*>(&exception)) {
        Error error = fail(ErrorKind::StoreBusy);
        error.retryAfter = Milliseconds{2'000};
        return error;
    }
    return fail(ErrorKind::Internal);
}

Error Store::diskFull() {
    Error full = fail(ErrorKind::StoreBusy, "The hub's disk is full.", "disk_full");
    full.retryAfter = Milliseconds{10'000};
    return full;
}

Store::Store(const std::filesystem::path& dataFolder, base::Log& log, base::Metrics& metrics,
             Writer::Limits limits)
    : folder_(dataFolder), writer_(dataFolder / "trusthub.db", limits, log, metrics) {}

Store::~Store() = default;

Error Store::busy() {
    Error error = fail(ErrorKind::StoreBusy);
    error.retryAfter = Milliseconds{1'000};
    return error;
}

void Store::probe(SteadyPoint now) {
    const auto second =
        std::chrono::duration_cast<std::chrono::seconds>(now.time_since_epoch()).count();
    if (probedAt_.exchange(second) == second) return;
    write<void>(
        [second](WriteTx& tx) -> Result<void> {
            tx.execute(kProbe, std::to_string(second));
            return {};
        },
        [](const Result<void>&) {});
}

std::unique_ptr<Session> Store::takeSession() {
    {
        const std::lock_guard lock(mutex_);
        if (!idle_.empty()) {
            auto session = std::move(idle_.back());
            idle_.pop_back();
            return session;
        }
    }
    return std::make_unique<Session>(folder_ / "trusthub.db", Session::Mode::ReadOnly);
}

void Store::giveBack(std::unique_ptr<Session> session) {
    // A session whose snapshot could not be ended would answer from the past for ever.
    if (session->inTransaction()) return;
    const std::lock_guard lock(mutex_);
    idle_.push_back(std::move(session));
}

}  // namespace trusthub::store
