#include "connectors/redactor.h"

#include "base/text.h"

#include <algorithm>

namespace trusthub::connectors {
namespace {

constexpr std::string_view kMark = "[redacted]";

std::string_view withoutPadding(std::string_view text) {
    return text.substr(0, text.find_last_not_of('=') + 1);
}

}  // namespace

Redactor::Redactor(const std::vector<std::string_view>& secrets) {
    for (const std::string_view secret : secrets) {
        if (secret.empty()) continue;
        forms_.emplace_back(std::string(secret));
        forms_.emplace_back(std::string(withoutPadding(base::toBase64(secret))));
        forms_.emplace_back(base::toBase64Url(secret));
        forms_.emplace_back(base::toHex(secret));
    }
    std::sort(forms_.begin(), forms_.end(),
              [](const auto& a, const auto& b) { return a.size() > b.size(); });
}

std::string Redactor::redact(std::string_view text) const {
    std::string out(text);
    for (const SecretString& form : forms_)
        for (std::size_t at = out.find(form.reveal()); at != std::string::npos;
             at = out.find(form.reveal(), at + kMark.size()))
            out.replace(at, form.size(), kMark);
    return out;
}

}  // namespace trusthub::connectors
