// TRUSTHUB_PLUGIN(Class, "id", "version"): the last line of a plugin's connector.cpp.
#pragma once

#include "sdk/abi.h"
#include "sdk/connector.h"
#include "sdk/host.h"

/// `Class` must be constructible from `trusthub::sdk::Host&`.
#define TRUSTHUB_PLUGIN(Class, idText, versionText)                                   \
    extern "C" TRUSTHUB_EXPORT const ::trusthub::sdk::PluginEntry trusthub_plugin_v1; \
    const ::trusthub::sdk::PluginEntry trusthub_plugin_v1 = {                         \
        sizeof(::trusthub::sdk::PluginEntry),                                         \
        ::trusthub::sdk::kAbiVersion,                                                 \
        ::trusthub::sdk::kToolchain,                                                  \
        idText,                                                                       \
        versionText,                                                                  \
        [](::trusthub::sdk::Host& host) -> ::trusthub::sdk::Connector* {              \
            return new Class(host);                                                   \
        },                                                                            \
        [](::trusthub::sdk::Connector* connector) noexcept { delete connector; }}
