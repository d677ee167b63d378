// JsonSchema: any text as schema for itself.
#include "fuzz.h"
#include "json/schema.h"

using namespace trusthub;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const auto parsed = json::parse(fuzz::text(data, size));
    if (!parsed) return 0;
    const auto schema = json::JsonSchema::compile(*parsed);
    if (!schema) {
        fuzz::require(!schema.error().fields.empty(), "a refusal names a place");
        return 0;
    }
    const auto checked = schema->check(*parsed);
    fuzz::require(checked || !checked.error().fields.empty(), "a misfit names a member");
    return 0;
}
