// Library: one connector's shared library, checked and loaded. The only user of Boost.DLL.
#pragma once

#include "connectors/descriptor.h"
#include "sdk/abi.h"
#include "sdk/connector.h"
#include "sdk/host.h"
#include "sdk/result.h"

#include <filesystem>
#include <memory>
#include <variant>

namespace trusthub::connectors {

/// A connector and the function of its own library that destroys it. Its host must outlive it.
using ConnectorPtr = std::unique_ptr<sdk::Connector, void (*)(sdk::Connector*) noexcept>;

/// Stays mapped until the process ends, also when it was refused after loading: static objects of a
/// library cannot be taken back safely.
class Library {
public:
    /// Checks owner, mode and SHA-256 (connectors/trust.h) before loading, then that the entry
    /// comes from this very file and that ABI, toolchain, id and version agree with the descriptor.
    /// The error's text names the file, what was found and what was needed.
    static Result<Library> load(const std::filesystem::path& file, const Descriptor& descriptor,
                                const std::filesystem::path& trustFile);

    const std::filesystem::path& file() const { return file_; }
    /// PluginFault when the plugin throws or gives nothing.
    Result<ConnectorPtr> create(sdk::Host& host) const;

private:
    Library(std::filesystem::path file, const sdk::PluginEntry& entry)
        : file_(std::move(file)), entry_(&entry) {}

    std::filesystem::path file_;
    const sdk::PluginEntry* entry_;  ///< in the library
};

/// The checks on the entry alone; `file` is for the message.
Result<void> checkEntry(const sdk::PluginEntry& entry, const Descriptor& descriptor,
                        const std::filesystem::path& file);

}  // namespace trusthub::connectors
