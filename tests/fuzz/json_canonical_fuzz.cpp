// json::canonical: a fixed point that its own parser reads.
#include "fuzz.h"
#include "json/json.h"

using namespace trusthub;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const auto parsed = json::parse(fuzz::text(data, size));
    if (!parsed) return 0;
    const std::string once = json::canonical(*parsed);
    const auto again = json::parse(once);
    fuzz::require(again.has_value(), "the canonical form can be read");
    fuzz::require(json::canonical(*again) == once, "the canonical form is its own canonical form");
    return 0;
}
