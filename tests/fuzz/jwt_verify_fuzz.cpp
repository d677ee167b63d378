// crypto::verifyToken: both what is signed properly over any content, and any text.
#include "base/text.h"
#include "crypto/jwt.h"
#include "fuzz.h"

using namespace trusthub;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    static const auto kKey = crypto::ed25519FromSeed(SecretString(std::string(32, 'k')));
    static const TimePoint kNow = *parseTime("2026-01-15T10:00:00Z");
    const std::string_view text = fuzz::text(data, size);

    (void)crypto::verifyToken(text, kKey.publicKey, kNow);

    // The first line as header and the rest as payload reach what stands behind the signature.
    const std::size_t end = text.find('\n');
    const std::string_view payload = end == text.npos ? std::string_view{} : text.substr(end + 1);
    const std::string input =
        base::toBase64Url(text.substr(0, end)) + "." + base::toBase64Url(payload);
    const std::string token =
        input + "." + base::toBase64Url(crypto::signEd25519(kKey.seed, input));
    const auto claims = crypto::verifyToken(token, kKey.publicKey, kNow);
    if (claims) {
        fuzz::require(!claims->subject.empty() && !claims->sessionId.empty(), "claims are whole");
        fuzz::require(claims->expiresAt > kNow, "no token outlives its time");
    }
    return 0;
}
