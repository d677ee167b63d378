// SecretString: text that is wiped when it goes and cannot be printed by accident.
#pragma once

#include <string>
#include <string_view>
#include <utility>

namespace trusthub::sdk {

/// Owns a secret. No stream operator and no implicit conversion: `reveal()` marks each use.
class SecretString {
public:
    SecretString() = default;
    explicit SecretString(std::string value) : value_(std::move(value)) {}
    SecretString(const SecretString&) = default;
    SecretString(SecretString&& other) noexcept : value_(std::move(other.value_)) { other.wipe(); }
    SecretString& operator=(const SecretString& other) {
        if (this != &other) {
            wipe();
            value_ = other.value_;
        }
        return *this;
    }
    SecretString& operator=(SecretString&& other) noexcept {
        if (this != &other) {
            wipe();
            value_ = std::move(other.value_);
            other.wipe();
        }
        return *this;
    }
    ~SecretString() { wipe(); }

    std::string_view reveal() const noexcept { return value_; }
    bool empty() const noexcept { return value_.empty(); }
    std::size_t size() const noexcept { return value_.size(); }

private:
    void wipe() noexcept {
        // Up to the capacity: a short text that was moved away is still in the buffer, past the
        // size.
        value_.resize(value_.capacity());
        // volatile, so that the compiler may not drop stores to memory that is about to go.
        volatile char* bytes = value_.data();
        for (std::size_t i = 0; i < value_.size(); ++i) bytes[i] = 0;
        value_.clear();
    }

    std::string value_;
};

}  // namespace trusthub::sdk

namespace trusthub {
using sdk::SecretString;
}
