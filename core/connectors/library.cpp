#include "connectors/library.h"

#include "base/text.h"
#include "connectors/trust.h"

#include <boost/dll/shared_library.hpp>
#include <dlfcn.h>

#include <exception>
#include <string>

namespace trusthub::connectors {
namespace {

namespace fs = std::filesystem;

constexpr const char* kEntryName = "trusthub_plugin_v1";

Error refusal(const fs::path& file, const std::string& found, const std::string& needed) {
    return fail(ErrorKind::PluginFault, file.string() + ": found " + found + ", needed " + needed,
                "connector_refused");
}

/// Text of the plugin's, cut and made printable; null is possible in a broken entry.
std::string quoted(const char* text) {
    if (!text) return "none";
    std::string out = "`";
    for (const char c : std::string_view(text).substr(0, 80))
        out.push_back(c >= 0x20 && c < 0x7F ? c : '?');
    return out + "`";
}

/// From here on dlclose does nothing.
void keepForever(const fs::path& file) {
    if (void* handle = ::dlopen(file.c_str(), RTLD_NOW | RTLD_LOCAL | RTLD_NOLOAD | RTLD_NODELETE))
        ::dlclose(handle);
}

bool comesFrom(const void* symbol, const fs::path& file) {
    Dl_info facts{};
    if (::dladdr(symbol, &facts) == 0 || !facts.dli_fname) return false;
    std::error_code code;
    return fs::equivalent(facts.dli_fname, file, code) && !code;
}

}  // namespace

Result<void> checkEntry(const sdk::PluginEntry& entry, const Descriptor& descriptor,
                        const fs::path& file) {
    if (entry.structSize < sizeof(sdk::PluginEntry))
        return refusal(file, "an entry of " + std::to_string(entry.structSize) + " bytes",
                       "at least " + std::to_string(sizeof(sdk::PluginEntry)));
    if (entry.abiVersion != sdk::kAbiVersion)
        return refusal(file, "ABI version " + std::to_string(entry.abiVersion),
                       std::to_string(sdk::kAbiVersion));
    if (!entry.toolchain || std::string_view(entry.toolchain) != sdk::kToolchain)
        return refusal(file, "toolchain " + quoted(entry.toolchain), quoted(sdk::kToolchain));
    if (!entry.id || entry.id != descriptor.id)
        return refusal(file, "id " + quoted(entry.id),
                       quoted(descriptor.id.c_str()) + " as its descriptor says");
    if (!entry.version || entry.version != descriptor.version)
        return refusal(file, "version " + quoted(entry.version),
                       quoted(descriptor.version.c_str()) + " as its descriptor says");
    if (!entry.create || !entry.destroy)
        return refusal(file, "an entry without create or destroy", "both");
    return {};
}

Result<Library> Library::load(const fs::path& file, const Descriptor& descriptor,
                              const fs::path& trustFile) {
    std::error_code code;
    const fs::path real = fs::canonical(file, code);
    if (code) return refusal(file, "no such file", "the connector's library");
    if (auto owned = checkOwnership(real); !owned) return std::move(owned).error();
    if (auto known = checkDigest(descriptor.id, real, trustFile); !known)
        return std::move(known).error();

    boost::dll::fs::error_code loadError;
    boost::dll::shared_library library;
    library.load(boost::dll::fs::path(real.string()), loadError,
                 boost::dll::load_mode::rtld_now | boost::dll::load_mode::rtld_local);
    if (loadError)
        return refusal(real, "a file that does not load (" + loadError.message() + ")",
                       "a shared library that is complete");
    keepForever(real);
    if (!library.has(kEntryName))
        return refusal(real, std::string("no symbol ") + kEntryName,
                       "the constant that TRUSTHUB_PLUGIN exports");
    const auto& entry = library.get<const sdk::PluginEntry>(kEntryName);
    if (!comesFrom(&entry, real))
        return refusal(real, std::string("a symbol ") + kEntryName + " of another file", "its own");
    if (auto agrees = checkEntry(entry, descriptor, real); !agrees)
        return std::move(agrees).error();
    return Library(real, entry);
}

Result<ConnectorPtr> Library::create(sdk::Host& host) const {
    std::string reason;
    try {
        if (sdk::Connector* connector = entry_->create(host))
            return ConnectorPtr(connector, entry_->destroy);
        reason = "nothing";
    } catch (const std::exception& exception) {
        // The exception belongs to the plugin: its text is copied here and the object goes no
        // further.
        reason = "an exception (" + std::string(base::clipUtf8(exception.what(), 200)) + ")";
    } catch (...) {
        reason = "an exception of an unknown type";
    }
    return refusal(file_, "that create() gives " + reason, "a connector");
}

}  // namespace trusthub::connectors
