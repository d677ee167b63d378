// The boundary: one constant that a plugin exports and what both sides must agree on to use it.
#pragma once

#include <cstdint>

#define TRUSTHUB_EXPORT __attribute__((visibility("default")))

#define TRUSTHUB_TEXT_OF(x) #x
#define TRUSTHUB_TEXT(x) TRUSTHUB_TEXT_OF(x)

namespace trusthub::sdk {

class Connector;
class Host;

/// Rises when a header of sdk/ changes in a way that old plugins cannot follow.
inline constexpr std::uint32_t kAbiVersion = 2;

/// C++ classes cross the boundary, so both sides must come from like compilers with like layouts.
inline constexpr const char* kToolchain = "gcc" TRUSTHUB_TEXT(__GNUC__) "-cxx11abi" TRUSTHUB_TEXT(
    _GLIBCXX_USE_CXX11_ABI) "-cpp" TRUSTHUB_TEXT(__cplusplus)
#ifdef __SANITIZE_ADDRESS__
    "-asan"
#endif
#ifdef __SANITIZE_THREAD__
    "-tsan"
#endif
    ;

/// Static data, readable before anything of the plugin runs. Fields are only ever appended.
struct PluginEntry {
    std::uint32_t structSize;  ///< sizeof(PluginEntry) as the plugin was built
    std::uint32_t abiVersion;
    const char* toolchain;  ///< owned by the plugin, never freed, like the next two
    const char* id;
    const char* version;
    Connector* (*create)(
        Host& host);  ///< may throw; the caller owns the result and gives it to `destroy`
    void (*destroy)(Connector* connector) noexcept;
};

}  // namespace trusthub::sdk
