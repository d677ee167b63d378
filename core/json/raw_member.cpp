#include "json/raw_member.h"

#include "json/json.h"

namespace trusthub::json {
namespace {

/// Walks valid JSON: no checks but those that end a value.
class Cursor {
public:
    explicit Cursor(std::string_view text) : text_(text) {}

    void skipBlanks() {
        while (at_ < text_.size() &&
               std::string_view(" \t\r\n").find(text_[at_]) != std::string_view::npos)
            ++at_;
    }
    bool take(char c) {
        skipBlanks();
        if (at_ >= text_.size() || text_[at_] != c) return false;
        ++at_;
        return true;
    }
    std::string_view string() {
        const std::size_t start = at_++;
        while (at_ < text_.size() && text_[at_] != '"') at_ += text_[at_] == '\\' ? 2U : 1U;
        ++at_;
        return text_.substr(start, at_ - start);
    }
    std::string_view value() {
        skipBlanks();
        const std::size_t start = at_;
        if (at_ < text_.size() && text_[at_] == '"') return string();
        int depth = 0;
        while (at_ < text_.size()) {
            const char c = text_[at_];
            if (c == '"') {
                string();
                continue;
            }
            if (depth == 0 && std::string_view(",}] \t\r\n").find(c) != std::string_view::npos)
                break;
            if (c == '{' || c == '[') ++depth;
            ++at_;
            if ((c == '}' || c == ']') && --depth == 0) break;
        }
        return text_.substr(start, at_ - start);
    }

private:
    std::string_view text_;
    std::size_t at_ = 0;
};

}  // namespace

std::optional<std::string_view> rawMember(std::string_view text, std::string_view name) {
    Cursor cursor(text);
    if (!cursor.take('{')) return std::nullopt;
    do {
        cursor.skipBlanks();
        // A name may be spelled with escapes, so it is compared as what it means.
        const auto key = parse(cursor.string());
        if (!cursor.take(':')) return std::nullopt;
        const std::string_view value = cursor.value();
        if (key && key->is_string() && std::string_view(key->get_string()) == name) return value;
    } while (cursor.take(','));
    return std::nullopt;
}

}  // namespace trusthub::json
