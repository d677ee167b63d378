// config::parseYaml and what reads its trees.
#include "config/schema.h"
#include "config/yaml.h"
#include "fuzz.h"

using namespace trusthub;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const auto parsed = config::parseYaml(fuzz::text(data, size), "x.yaml");
    const auto* loaded = std::get_if<config::Loaded>(&parsed);
    if (!loaded) {
        fuzz::require(!std::get<config::Problem>(parsed).reason.empty(), "a refusal says why");
        return 0;
    }
    const auto schema = config::readSchema(loaded->root, "x.yaml");
    if (const auto* fields = std::get_if<config::Schema>(&schema))
        (void)config::validate(*fields, loaded->root, "x.yaml");
    return 0;
}
