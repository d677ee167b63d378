// Redactor: takes known secrets out of text by value, whatever they look like.
#pragma once

#include "sdk/secret.h"

#include <string>
#include <string_view>
#include <vector>

namespace trusthub::connectors {

/// [thread-safe after construction]
class Redactor {
public:
    /// Knows each secret as it is, as base64 (both alphabets) and as hex.
    explicit Redactor(const std::vector<std::string_view>& secrets);
    std::string redact(std::string_view text) const;

private:
    std::vector<SecretString> forms_;  ///< longest first, so that no part of a longer one stays
};

}  // namespace trusthub::connectors
