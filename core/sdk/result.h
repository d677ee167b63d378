// Result<T> and Error: expected outcomes as values, on both sides of the plugin boundary.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

namespace trusthub::sdk {

enum class ErrorKind : std::uint8_t {
#define TRUSTHUB_ERROR_KIND(name, code, status, retry, sentence) name,
#include "sdk/error_kinds.def"
#undef TRUSTHUB_ERROR_KIND
};

enum class RetryClass : std::uint8_t { Never, Later, Auth };

struct ErrorKindInfo {
    std::string_view code;  ///< stable, lower_snake_case
    int httpStatus;
    RetryClass retry;
    std::string_view sentence;  ///< what the reader should do
};

inline const ErrorKindInfo& info(ErrorKind kind) noexcept {
    static constexpr ErrorKindInfo kTable[] = {
#define TRUSTHUB_ERROR_KIND(name, code, status, retry, sentence) \
    {code, status, RetryClass::retry, sentence},
#include "sdk/error_kinds.def"
#undef TRUSTHUB_ERROR_KIND
    };
    return kTable[static_cast<std::size_t>(kind)];
}

/// One member of the input that does not fit. `pointer` is a JSON pointer; never holds a value.
struct FieldError {
    std::string pointer;
    std::string detail;
};

/// What went wrong, safe to show to the caller: it holds names and reasons, never values or
/// secrets.
struct [[nodiscard]] Error {
    ErrorKind kind = ErrorKind::Internal;
    std::string detail;              ///< a sentence; empty: the kind's own sentence
    std::string code;                ///< more exact than the kind's code; empty: the kind's code
    std::vector<FieldError> fields;  ///< for InvalidInput
    std::optional<std::chrono::milliseconds> retryAfter;
    int providerStatus = 0;  ///< HTTP status of the other side, 0 if none

    std::string_view codeText() const { return code.empty() ? info(kind).code : code; }
    std::string_view text() const { return detail.empty() ? info(kind).sentence : detail; }
};

inline Error fail(ErrorKind kind, std::string detail = {}, std::string code = {}) {
    Error error;
    error.kind = kind;
    error.detail = std::move(detail);
    error.code = std::move(code);
    return error;
}

inline Error invalid(std::string pointer, std::string detail) {
    Error error;
    error.kind = ErrorKind::InvalidInput;
    error.fields.push_back({std::move(pointer), std::move(detail)});
    return error;
}

/// Either a T or an Error. Names follow std::expected, so that it can take this one's place.
template <class T>
class [[nodiscard]] Result {
public:
    using value_type = T;

    Result(T value) : state_(std::in_place_index<0>, std::move(value)) {}      // NOLINT
    Result(Error error) : state_(std::in_place_index<1>, std::move(error)) {}  // NOLINT

    bool has_value() const noexcept { return state_.index() == 0; }
    explicit operator bool() const noexcept { return has_value(); }

    T& value() & { return std::get<0>(state_); }
    const T& value() const& { return std::get<0>(state_); }
    T&& value() && { return std::get<0>(std::move(state_)); }
    T& operator*() & { return value(); }
    const T& operator*() const& { return value(); }
    T&& operator*() && { return std::move(*this).value(); }
    T* operator->() { return &value(); }
    const T* operator->() const { return &value(); }

    Error& error() & { return std::get<1>(state_); }
    const Error& error() const& { return std::get<1>(state_); }
    Error&& error() && { return std::get<1>(std::move(state_)); }

private:
    std::variant<T, Error> state_;
};

template <>
class [[nodiscard]] Result<void> {
public:
    using value_type = void;

    Result() = default;
    Result(Error error) : error_(std::move(error)) {}  // NOLINT

    bool has_value() const noexcept { return !error_.has_value(); }
    explicit operator bool() const noexcept { return has_value(); }

    Error& error() & { return *error_; }
    const Error& error() const& { return *error_; }
    Error&& error() && { return *std::move(error_); }

private:
    std::optional<Error> error_;
};

}  // namespace trusthub::sdk

// The vocabulary of every folder.
namespace trusthub {
using sdk::Error;
using sdk::ErrorKind;
using sdk::fail;
using sdk::FieldError;
using sdk::invalid;
using sdk::Result;
}  // namespace trusthub
