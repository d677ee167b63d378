// What higher floors hang onto a commit: rows linked before it, wake-ups after it.
#pragma once

#include <memory>
#include <span>

namespace trusthub::store {

class WriteTx;

/// Woken after a commit that concerns it. [writer thread] Must return at once and never throw.
class CommitHook {
public:
    virtual void committed() noexcept = 0;

protected:
    ~CommitHook() = default;
};

/// A row that is written once per group, after all units of the group (see GroupLinker).
struct LinkItem {
    virtual ~LinkItem() = default;
};

/// Writes the items of all units that succeeded, in their order, in the group's transaction: so a
/// chain has no gap where a unit was rolled back. [writer thread] A throw fails the whole group.
class GroupLinker {
public:
    virtual void link(WriteTx& tx, std::span<const std::unique_ptr<LinkItem>> items) = 0;

protected:
    ~GroupLinker() = default;
};

}  // namespace trusthub::store
