// Commands that work on the data folder: alone in it, or reading beside a running hub.
#pragma once

#include "app/part_configs.h"
#include "app/wiring.h"

#include <iostream>

namespace trusthub::app {

inline int failed(const Error& error, std::ostream& err = std::cerr) {
    err << "trusthub: " << error.text() << "\n";
    for (const auto& field : error.fields)
        err << "  " << field.pointer << ": " << field.detail << "\n";
    return 1;
}

/// Who may be at work in the folder meanwhile.
enum class Beside { Hub, Nobody };

/// Calls `f(Ground&, Core&)`; its exit code, or 1 when there is no hub in the folder, or somebody
/// is at work there.
template <class F>
int withCore(const config::HubConfig& config, Beside beside, F&& f) {
    try {
        if (!std::filesystem::exists(config.data / "trusthub.db"))
            return failed(fail(ErrorKind::NotFound, "There is no hub in " + config.data.string() +
                                                        "; start it once with `trusthub serve`."));
        std::optional<store::FolderLock> held;
        if (beside == Beside::Nobody) {
            auto lock = store::FolderLock::acquire(config.data);
            if (!lock) return failed(lock.error());
            held.emplace(*std::move(lock));
        }
        Ground ground(config);
        // Events have their deliveries planned here; the hub sends them.
        outbound::EndpointFanout fanout(scheduleOf(config), ground.random, ground.ids);
        Core core(config, ground, &fanout);
        return f(ground, core);
    } catch (const std::exception& exception) {
        std::cerr << "trusthub: " << exception.what() << "\n";
        return 1;
    }
}

}  // namespace trusthub::app
