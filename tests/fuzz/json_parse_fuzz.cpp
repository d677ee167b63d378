// json::parse: what is accepted can be written and read again to the same value.
#include "fuzz.h"
#include "json/json.h"

using namespace trusthub;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const auto parsed = json::parse(fuzz::text(data, size));
    if (!parsed) {
        fuzz::require(!parsed.error().detail.empty(), "a refusal says why");
        return 0;
    }
    const auto again = json::parse(json::serialize(*parsed));
    fuzz::require(again.has_value(), "what was written can be read");
    fuzz::require(*again == *parsed, "it reads back to the same value");
    return 0;
}
