// JSON for the hub: bounded parsing into Boost.JSON values, serialising, canonical form, typed
// reading.
#pragma once

#include "sdk/host.h"
#include "sdk/result.h"

#include <boost/json/fwd.hpp>
#include <boost/json/storage_ptr.hpp>
#include <boost/json/value.hpp>

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace trusthub::json {

using Value = boost::json::value;
using Object = boost::json::object;
using Array = boost::json::array;

/// Memory for one value that is written and thrown away at once: a few large pieces instead of one
/// for each member. It lives as long as what was made in it.
boost::json::storage_ptr arena();

struct ParseLimits {
    std::size_t maxDepth = 64;
    std::size_t maxBytes = 32UL << 20;
};

/// Strict RFC 8259 text: well-formed UTF-8, no duplicate members, no NUL in strings or names, no
/// lone surrogates. Whole numbers of 64 bits are kept exactly, all others as the nearest double;
/// one that no double holds (1e400) is refused. BadRequest says what and at which byte, never the
/// text itself.
Result<Value> parse(std::string_view text, const ParseLimits& limits = {});

std::string serialize(const Value& value);

/// RFC 8785 (JCS): sorted members (UTF-16 order), shortest numbers, minimal escapes. Numbers must
/// be integers within ±2^53 or finite doubles; wider integers are written as the double nearest to
/// them.
std::string canonical(const Value& value);

/// The SDK's view of parsing, for plugins. [thread-safe]
const sdk::JsonParser& pluginParser();

/// Reads the members of a request body once, by name and type, and at the end names every member
/// that was not asked for. All errors are collected, so that the caller learns them at once.
class ObjectReader {
public:
    /// `base` is the JSON pointer of the object itself: "" for the body.
    ObjectReader(const Value& value, std::string base = "");
    ObjectReader(const Object& object, std::string base);  ///< of a nested object

    // Required members. An absent or ill-typed one is noted and gives an empty value.
    std::string string(std::string_view name, std::size_t minBytes = 1, std::size_t maxBytes = 200);
    std::int64_t integer(std::string_view name, std::int64_t min, std::int64_t max);
    const Object* object(std::string_view name);
    // Optional members: null when absent or JSON null.
    std::optional<std::string> optionalString(std::string_view name, std::size_t minBytes = 1,
                                              std::size_t maxBytes = 200);
    std::optional<std::int64_t> optionalInteger(std::string_view name, std::int64_t min,
                                                std::int64_t max);
    std::optional<double> optionalNumber(std::string_view name, double min, double max);
    std::optional<bool> optionalBool(std::string_view name);
    std::optional<std::vector<std::string>> optionalStrings(std::string_view name,
                                                            std::size_t maxItems = 100,
                                                            std::size_t maxBytes = 200);
    /// What people call something: UTF-8 of which something is seen, taken without the blanks
    /// around it.
    std::string name(std::string_view member, std::size_t maxBytes);
    std::optional<std::string> optionalName(std::string_view member, std::size_t maxBytes);
    /// The id of a row; `what` it is, as "a team", for who gives something else.
    std::string id(std::string_view name, std::string_view what);
    std::optional<std::string> optionalId(std::string_view name, std::string_view what);
    const Object* optionalObject(std::string_view name);
    const Array* optionalArray(std::string_view name, std::size_t maxItems = 100);
    /// Any JSON value; marks the member as known.
    const Value* any(std::string_view name);

    /// Notes an error of the caller's own at a member.
    void refuse(std::string_view name, std::string detail);
    std::string pointer(std::string_view name) const;
    /// Adds the errors of a nested reader.
    void merge(ObjectReader& nested);

    /// InvalidInput with all that was noted, unknown members included; ok otherwise. Call it last.
    Result<void> finish();

private:
    const Value* find(std::string_view name);
    bool missing(std::string_view name);  ///< notes it when it is
    void noteUnknown();

    const Object* object_ = nullptr;
    std::string base_;
    std::vector<std::string> known_;
    std::vector<FieldError> errors_;
    bool unknownNoted_ = false;
};

}  // namespace trusthub::json
