// The small decoders of base/ and sdk/: what they accept they spell back.
#include "base/text.h"
#include "fuzz.h"
#include "sdk/time.h"

using namespace trusthub;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string_view text = fuzz::text(data, size);
    if (const auto bytes = base::fromBase64Url(text); bytes && text.find('=') == text.npos)
        fuzz::require(base::toBase64Url(*bytes) == text, "base64url has one spelling");
    if (const auto bytes = base::fromBase64(text); bytes && text.size() % 4 == 0)
        fuzz::require(base::toBase64(*bytes) == text, "base64 has one spelling");
    if (const auto bytes = base::fromHex(text))
        fuzz::require(base::toHex(*bytes) == base::toLower(text), "hex has one spelling");
    if (const auto time = parseTime(text))
        fuzz::require(parseTime(formatTime(*time)) == time || text.starts_with("0000") ||
                          text.starts_with("9999"),
                      "a time reads back");
    (void)base::percentDecode(text);
    (void)base::parseInteger(text);
    const std::string_view clipped = base::clipUtf8(text, size / 2);
    fuzz::require(!base::isUtf8(text) || base::isUtf8(clipped), "clipping keeps UTF-8");
    return 0;
}
