// ReadTx and WriteTx: what repositories get to run SQL in. Neither is ever made by them.
#pragma once

#include "store/commit_hook.h"
#include "store/session.h"

#include <array>
#include <memory>
#include <string_view>
#include <vector>

namespace trusthub::store {

/// One consistent snapshot. [the thread that was given it, during the call]
class ReadTx {
public:
    explicit ReadTx(Session& session) : session_(session) {}

    template <class... Args>
    Rows query(std::string_view sql, const Args&... args) {
        const std::array<Param, sizeof...(Args)> params{Param(args)...};
        return session_.query(sql, params);
    }
    Rows queryWith(std::string_view sql, std::span<const Param> params) {
        return session_.query(sql, params);
    }

protected:
    Session& session_;
};

/// One unit of work inside the writer's transaction: sees the newest state, and all that it changes
/// is committed or none of it. SQL only; no waiting, no I/O. [the writer, during the unit]
class WriteTx : public ReadTx {
public:
    using ReadTx::ReadTx;

    /// Answers how many rows changed.
    template <class... Args>
    std::int64_t execute(std::string_view sql, const Args&... args) {
        const std::array<Param, sizeof...(Args)> params{Param(args)...};
        return session_.execute(sql, params);
    }

    /// Hands a row to the group's linker (the audit chain), which writes it before COMMIT.
    void link(std::unique_ptr<LinkItem> item) { linked_.push_back(std::move(item)); }
    /// Calls the hook once after COMMIT, however many units asked. The hook outlives the store.
    void afterCommit(CommitHook& hook);

private:
    friend class Writer;
    std::vector<std::unique_ptr<LinkItem>> linked_;
    std::vector<CommitHook*> hooks_;
};

}  // namespace trusthub::store
