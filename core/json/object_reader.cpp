#include "base/text.h"
#include "json/json.h"

#include <cmath>

namespace trusthub::json {
namespace {

constexpr std::size_t kIdBytes = 36;        // of a UUID
constexpr std::size_t kMaxUnknown = 50;     // members named in one answer
constexpr std::size_t kMaxNameBytes = 100;  // of a name that the caller chose

std::string range(std::string_view what, std::int64_t min, std::int64_t max) {
    return "must be " + std::string(what) + " from " + std::to_string(min) + " to " +
           std::to_string(max);
}

std::string lengths(std::size_t min, std::size_t max) {
    return "must be text of " + std::to_string(min) + " to " + std::to_string(max) + " bytes";
}

}  // namespace

ObjectReader::ObjectReader(const Value& value, std::string base)
    : object_(value.if_object()), base_(std::move(base)) {
    if (!object_) errors_.push_back({base_, "must be an object"});
}

ObjectReader::ObjectReader(const Object& object, std::string base)
    : object_(&object), base_(std::move(base)) {}

const Value* ObjectReader::find(std::string_view name) {
    known_.emplace_back(name);
    if (!object_) return nullptr;
    const Value* value = object_->if_contains(name);
    return value && !value->is_null() ? value : nullptr;
}

std::string ObjectReader::pointer(std::string_view name) const {
    std::string out = base_ + "/";
    for (const char c : name) {
        if (c == '~')
            out += "~0";
        else if (c == '/')
            out += "~1";
        else
            out.push_back(c);
    }
    return out;
}

void ObjectReader::refuse(std::string_view name, std::string detail) {
    errors_.push_back({pointer(name), std::move(detail)});
}

std::optional<std::string> ObjectReader::optionalString(std::string_view name, std::size_t minBytes,
                                                        std::size_t maxBytes) {
    const Value* value = find(name);
    if (!value) return std::nullopt;
    const auto* text = value->if_string();
    if (!text || text->size() < minBytes || text->size() > maxBytes) {
        refuse(name, lengths(minBytes, maxBytes));
        return std::nullopt;
    }
    return std::string(text->data(), text->size());
}

std::optional<std::string> ObjectReader::optionalName(std::string_view member,
                                                      std::size_t maxBytes) {
    auto given = optionalString(member, 1, maxBytes);
    if (!given) return std::nullopt;
    if (!base::isUtf8(*given) || base::squeezed(*given).empty()) {
        refuse(member, "must be text that can be seen, not blanks alone");
        return std::nullopt;
    }
    return std::string(base::trim(*given));
}

std::string ObjectReader::name(std::string_view member, std::size_t maxBytes) {
    if (missing(member)) return {};
    return optionalName(member, maxBytes).value_or("");
}

std::optional<std::string> ObjectReader::optionalId(std::string_view name, std::string_view what) {
    const Value* value = find(name);
    if (!value) return std::nullopt;
    const auto* text = value->if_string();
    if (!text || text->size() != kIdBytes) {
        refuse(name, "must be the id of " + std::string(what));
        return std::nullopt;
    }
    return std::string(text->data(), text->size());
}

std::string ObjectReader::id(std::string_view name, std::string_view what) {
    if (missing(name)) return {};
    return optionalId(name, what).value_or("");
}

std::optional<std::int64_t> ObjectReader::optionalInteger(std::string_view name, std::int64_t min,
                                                          std::int64_t max) {
    const Value* value = find(name);
    if (!value) return std::nullopt;
    const std::int64_t* number = value->if_int64();
    if (!number || *number < min || *number > max) {
        refuse(name, range("a whole number", min, max));
        return std::nullopt;
    }
    return *number;
}

std::optional<double> ObjectReader::optionalNumber(std::string_view name, double min, double max) {
    const Value* value = find(name);
    if (!value) return std::nullopt;
    boost::json::error_code ec;
    const auto number = value->to_number<double>(ec);
    if (ec || number < min || number > max) {
        refuse(name, "must be a number from " + canonical(min) + " to " + canonical(max));
        return std::nullopt;
    }
    return number;
}

std::optional<bool> ObjectReader::optionalBool(std::string_view name) {
    const Value* value = find(name);
    if (!value) return std::nullopt;
    const bool* flag = value->if_bool();
    if (!flag) {
        refuse(name, "must be true or false");
        return std::nullopt;
    }
    return *flag;
}

std::optional<std::vector<std::string>> ObjectReader::optionalStrings(std::string_view name,
                                                                      std::size_t maxItems,
                                                                      std::size_t maxBytes) {
    const Array* items = optionalArray(name, maxItems);
    if (!items) return std::nullopt;
    std::vector<std::string> out;
    out.reserve(items->size());
    for (const Value& item : *items) {
        const auto* text = item.if_string();
        if (!text || text->empty() || text->size() > maxBytes) {
            errors_.push_back(
                {pointer(name) + "/" + std::to_string(out.size()), lengths(1, maxBytes)});
            return std::nullopt;
        }
        out.emplace_back(text->data(), text->size());
    }
    return out;
}

const Object* ObjectReader::optionalObject(std::string_view name) {
    const Value* value = find(name);
    if (!value) return nullptr;
    if (!value->is_object()) refuse(name, "must be an object");
    return value->if_object();
}

const Array* ObjectReader::optionalArray(std::string_view name, std::size_t maxItems) {
    const Value* value = find(name);
    if (!value) return nullptr;
    const Array* items = value->if_array();
    if (!items || items->size() > maxItems) {
        refuse(name, "must be a list of at most " + std::to_string(maxItems) + " items");
        return nullptr;
    }
    return items;
}

const Value* ObjectReader::any(std::string_view name) {
    known_.emplace_back(name);
    return object_ ? object_->if_contains(name) : nullptr;
}

std::string ObjectReader::string(std::string_view name, std::size_t minBytes,
                                 std::size_t maxBytes) {
    if (missing(name)) return {};
    return optionalString(name, minBytes, maxBytes).value_or("");
}

std::int64_t ObjectReader::integer(std::string_view name, std::int64_t min, std::int64_t max) {
    if (missing(name)) return 0;
    return optionalInteger(name, min, max).value_or(0);
}

const Object* ObjectReader::object(std::string_view name) {
    return missing(name) ? nullptr : optionalObject(name);
}

bool ObjectReader::missing(std::string_view name) {
    if (find(name)) return false;
    if (object_) refuse(name, "is required");  // that it is no object was noted once
    return true;
}

void ObjectReader::noteUnknown() {
    if (!object_ || unknownNoted_) return;
    unknownNoted_ = true;
    std::size_t noted = 0;
    for (const auto& member : *object_) {
        const std::string_view name = member.key();
        if (std::find(known_.begin(), known_.end(), name) != known_.end()) continue;
        if (++noted > kMaxUnknown) return;
        refuse(base::clipUtf8(name, kMaxNameBytes), "is not known here");
    }
}

void ObjectReader::merge(ObjectReader& nested) {
    nested.noteUnknown();
    std::move(nested.errors_.begin(), nested.errors_.end(), std::back_inserter(errors_));
    nested.errors_.clear();
}

Result<void> ObjectReader::finish() {
    noteUnknown();
    if (errors_.empty()) return {};
    Error error = fail(ErrorKind::InvalidInput);
    error.fields = std::move(errors_);
    errors_.clear();
    return error;
}

}  // namespace trusthub::json
