// What reads the bodies of strangers: the search for own keys, and the forms of a JSON text.
#include "access/api_key_format.h"
#include "access/leak_scanner.h"
#include "fuzz.h"
#include "inbound/json_forms.h"

#include <boost/json.hpp>

using namespace trusthub;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string_view text = fuzz::text(data, size);
    static const access::LeakScanner kScanner("tos");
    const auto imported = [](std::uint32_t number) { return number % 2 == 0; };
    for (const auto key : kScanner.find(text, 20, imported).texts)
        fuzz::require(access::keyShape(key, "tos") && text.find(key) != text.npos,
                      "a find is of the shape");
    std::string copy(text);
    kScanner.redact(copy);
    fuzz::require(!kScanner.sees(copy), "nothing is left after redaction");
    const auto value = json::parse(text);
    for (const auto& form : inbound::jsonForms(text)) {
        const auto again = json::parse(form.text);
        fuzz::require(value && again && json::canonical(*again) == json::canonical(*value),
                      "a form says the same");
    }
    return 0;
}
