// Rights: counts every change of who may do what, so that principals may be kept in memory.
#pragma once

#include "sdk/time.h"
#include "store/revision.h"
#include "store/store.h"

#include <atomic>
#include <cstdint>

namespace trusthub::people {

/// Keys, users, their roles and their teams: each unit that can weaken or alter what a credential
/// may do calls changed(). What was read under now() holds while now() answers the same; ends by
/// time (of keys, of roles) are no changes and are looked at when used. [thread-safe] It outlives
/// the store.
class Rights {
public:
    /// How late a change of another process (the command line, later another node) is noticed.
    /// Whoever makes one there waits twice as long before saying that it is in force.
    static constexpr Milliseconds kNoticedWithin{100};

    void changed(store::WriteTx& tx);  ///< [in a unit]
    std::uint64_t now() const noexcept { return revision_.now(); }

    /// Looks for changes of other processes when the last look is kNoticedWithin ago. Called before
    /// anything kept is used; costs one small read ten times a second at most.
    void lookAround(store::Store& store, SteadyPoint at);

private:
    store::Revision revision_;
    std::atomic<std::int64_t> nextLook_{0};  ///< ticks of the steady clock
    std::atomic<std::int64_t> seen_{-1};
};

}  // namespace trusthub::people
