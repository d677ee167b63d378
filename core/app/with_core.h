// Commands that work on the data folder, also beside a running hub: SQLite keeps the two apart.
#pragma once

#include "app/wiring.h"

#include <iostream>

namespace trusthub::app {

inline int failed(const Error& error) {
    std::cerr << "trusthub: " << error.text() << "\n";
    for (const auto& field : error.fields)
        std::cerr << "  " << field.pointer << ": " << field.detail << "\n";
    return 1;
}

/// Calls `f(Ground&, Core&)`; its exit code, or 1 when there is no hub in the folder.
template <class F>
int withCore(const config::HubConfig& config, F&& f) {
    try {
        if (!std::filesystem::exists(config.data / "trusthub.db"))
            return failed(fail(ErrorKind::NotFound, "There is no hub in " + config.data.string() +
                                                        "; start it once with `trusthub serve`."));
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
