#include "access/github_keys.h"

#include "base/text.h"
#include "crypto/ecdsa.h"
#include "json/json.h"

#include <boost/json.hpp>

#include <fstream>
#include <sstream>

namespace trusthub::access {
namespace {

constexpr std::uintmax_t kMostBytes = 256 * 1024;
constexpr std::size_t kMostKeys = 100;
constexpr std::size_t kMostSignature = 200;

}  // namespace

Result<GithubKeys::Keys> GithubKeys::load() const {
    const auto wrong = [this](const std::string& reason) {
        return fail(ErrorKind::InvalidInput, "leaks.github_keys " + file_.string() + ": " + reason);
    };
    std::error_code error;
    const auto size = std::filesystem::file_size(file_, error);
    if (error) return wrong("cannot be read");
    if (size > kMostBytes) return wrong("is longer than 256 KiB");
    std::ifstream file(file_, std::ios::binary);
    std::ostringstream text;
    text << file.rdbuf();
    if (!file) return wrong("cannot be read");
    const auto value = json::parse(text.view());
    if (!value) return wrong("is no JSON");
    const auto* object = value->if_object();
    const auto* list = object ? object->if_contains("public_keys") : nullptr;
    if (!list || !list->is_array() || list->get_array().size() > kMostKeys)
        return wrong("needs the member public_keys, a list of at most 100");
    Keys keys;
    for (const auto& item : list->get_array()) {
        const auto* row = item.if_object();
        const auto* id = row ? row->if_contains("key_identifier") : nullptr;
        const auto* pem = row ? row->if_contains("key") : nullptr;
        if (!id || !id->is_string() || !pem || !pem->is_string())
            return wrong("a public key has key_identifier and key");
        std::string key(pem->get_string());
        if (!crypto::checkEcdsaP256Key(key)) return wrong("a key is no public key on P-256");
        keys.emplace(std::string(id->get_string()), std::move(key));
    }
    return keys;
}

Result<void> GithubKeys::check() const {
    if (file_.empty()) return {};
    const auto keys = load();
    if (!keys) return keys.error();
    return {};
}

std::string GithubKeys::keyOf(std::string_view identifier) {
    const std::lock_guard lock(mutex_);
    std::error_code error;
    const auto written = std::filesystem::last_write_time(file_, error);
    if (!error && written != read_) {
        // A file that is broken for a moment leaves the keys of before in force.
        if (auto keys = load()) {
            keys_ = *std::move(keys);
            read_ = written;
        }
    }
    const auto found = keys_.find(identifier);
    return found == keys_.end() ? std::string{} : found->second;
}

bool GithubKeys::verifies(std::string_view keyIdentifier, std::string_view body,
                          std::string_view signature) {
    if (file_.empty() || keyIdentifier.empty() || signature.size() > kMostSignature) return false;
    const std::string key = keyOf(keyIdentifier);
    const auto der = base::fromBase64(signature);
    return !key.empty() && der && crypto::verifyEcdsaP256(key, body, *der);
}

}  // namespace trusthub::access
