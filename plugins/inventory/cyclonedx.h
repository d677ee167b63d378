// Writes an inventory as a CycloneDX 1.5 JSON document.
#pragma once

#include "inventory.h"
#include "sdk/time.h"

#include <string>

namespace trusthub::inventory {

inline constexpr const char* kMediaType = "application/vnd.cyclonedx+json";
inline constexpr const char* kVersion = "1.0.0";  ///< of this connector, as plugin.yaml has it

struct Subject {
    std::string scanId;
    std::string project;
    std::string commit;
    std::string ref;  ///< may be empty
    sdk::TimePoint at;
};

/// Components are sorted by purl; the same scan of the same commit gets the same serial number.
std::string writeCycloneDx(const Inventory& inventory, const Subject& subject,
                           const sdk::Crypto& crypto);

}  // namespace trusthub::inventory
