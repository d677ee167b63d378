// Signer: the body and the headers of one attempt, signed. Pure functions.
#pragma once

#include "base/random.h"
#include "sdk/headers.h"
#include "sdk/result.h"
#include "sdk/secret.h"
#include "sdk/time.h"

#include <string>
#include <string_view>
#include <vector>

namespace trusthub::outbound {

/// Standard: with the `signature` member. StandardWebhooks: the same body without it.
enum class PayloadForm { Standard, StandardWebhooks };
std::string_view text(PayloadForm form);
PayloadForm payloadFormOf(std::string_view text);

/// What an attempt tells. Views, valid during the call.
struct Message {
    std::string_view id;  ///< the event's: the same over all attempts; without '.'
    std::string_view type;
    TimePoint occurredAt;
    std::string_view data;  ///< JSON text, put in as it is
};

struct SignedMessage {
    sdk::Headers headers;
    std::string body;
};

/// `secrets`: those in force, newest first, at least one. webhook-signature lists them all; what
/// has room for one signature only uses the oldest, which every receiver still knows.
SignedMessage sign(const Message& message, PayloadForm form,
                   const std::vector<SecretString>& secrets, TimePoint now);

/// `v1,<base64>` over `id.timestamp.body` (Standard Webhooks 1.0). A `whsec_` secret is decoded,
/// any other is taken by its bytes.
std::string standardWebhooksSignature(const SecretString& secret, std::string_view id,
                                      TimePoint timestamp, std::string_view body);
/// `sha256=<hex>` over the bytes, keyed with the secret's bytes as it is written.
std::string hubSignature(const SecretString& secret, std::string_view bytes);

/// `whsec_` and 32 random bytes in base64.
SecretString makeSecret(base::Random& random);
/// InvalidInput at /secret: 16 to 256 bytes of printable UTF-8; what follows `whsec_` is base64 of
/// 16 bytes or more.
Result<void> checkSecret(const SecretString& secret);

}  // namespace trusthub::outbound
