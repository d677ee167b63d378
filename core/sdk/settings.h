// Settings: the validated values of one connection, as its plugin.yaml declares them.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace trusthub::sdk {

/// Read-only. Every declared setting is there with its default; secrets are not (see
/// Host::secrets).
class Settings {
public:
    using Value = std::variant<std::string, std::int64_t, bool, std::vector<std::string>>;

    Settings() = default;
    explicit Settings(std::map<std::string, Value, std::less<>> values)
        : values_(std::move(values)) {}

    bool has(std::string_view name) const { return values_.find(name) != values_.end(); }
    std::string_view string(std::string_view name) const {
        const auto* text = as<std::string>(name);
        return text ? std::string_view{*text} : std::string_view{};
    }
    std::int64_t integer(std::string_view name) const {
        const auto* number = as<std::int64_t>(name);
        return number ? *number : 0;
    }
    bool boolean(std::string_view name) const {
        const auto* flag = as<bool>(name);
        return flag && *flag;
    }
    const std::vector<std::string>& list(std::string_view name) const {
        static const std::vector<std::string> kEmpty;
        const auto* items = as<std::vector<std::string>>(name);
        return items ? *items : kEmpty;
    }

private:
    template <class T>
    const T* as(std::string_view name) const {
        const auto found = values_.find(name);
        return found == values_.end() ? nullptr : std::get_if<T>(&found->second);
    }
    std::map<std::string, Value, std::less<>> values_;
};

}  // namespace trusthub::sdk
