// HTTP field list: small, ordered, names compared without case (RFC 9110, section 5).
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace trusthub::sdk {

inline bool equalsIgnoreCase(std::string_view a, std::string_view b) noexcept {
    if (a.size() != b.size()) return false;
    const auto lower = [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; };
    for (std::size_t i = 0; i < a.size(); ++i)
        if (lower(a[i]) != lower(b[i])) return false;
    return true;
}

class Headers {
public:
    using Field = std::pair<std::string, std::string>;

    void add(std::string name, std::string value) {
        if (fields_.capacity() == 0) fields_.reserve(kUsual);
        fields_.emplace_back(std::move(name), std::move(value));
    }
    /// Replaces every field of that name.
    void set(std::string_view name, std::string value) {
        std::erase_if(fields_, [&](const Field& f) { return equalsIgnoreCase(f.first, name); });
        fields_.emplace_back(std::string(name), std::move(value));
    }
    /// The first value; null when absent. The view lives as long as the field does.
    std::optional<std::string_view> find(std::string_view name) const {
        for (const auto& [key, value] : fields_)
            if (equalsIgnoreCase(key, name)) return value;
        return std::nullopt;
    }
    std::string_view get(std::string_view name) const { return find(name).value_or(""); }
    std::size_t count(std::string_view name) const {
        std::size_t n = 0;
        for (const auto& field : fields_) n += equalsIgnoreCase(field.first, name) ? 1U : 0U;
        return n;
    }
    auto begin() const { return fields_.begin(); }
    auto end() const { return fields_.end(); }
    std::size_t size() const { return fields_.size(); }

private:
    static constexpr std::size_t kUsual = 8;  ///< as many fields as most messages have

    std::vector<Field> fields_;
};

}  // namespace trusthub::sdk
