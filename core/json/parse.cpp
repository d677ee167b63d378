#include "json/json.h"
#include "json/parse_into.h"

#include <boost/json/basic_parser_impl.hpp>
#include <boost/json/serialize.hpp>
#include <boost/json/value_stack.hpp>

#include <charconv>
#include <cmath>
#include <cstring>
#include <set>

namespace trusthub::json {
namespace {

namespace bj = boost::json;

/// What both handlers below have in common. Parser events that carry nothing for them are accepted.
struct HandlerBase {
    static constexpr std::size_t max_object_size = bj::object::max_size();
    static constexpr std::size_t max_array_size = bj::array::max_size();
    static constexpr std::size_t max_key_size = bj::string::max_size();
    static constexpr std::size_t max_string_size = bj::string::max_size();

    std::string_view reason;  ///< set when a handler refuses; a sentence part

    bool refuse(std::string_view why, bj::error_code& ec) {
        reason = why;
        ec = bj::error::syntax;
        return false;
    }
    bool on_document_begin(bj::error_code&) { return true; }
    bool on_document_end(bj::error_code&) { return true; }
    bool on_array_begin(bj::error_code&) { return true; }
    bool on_number_part(bj::string_view, bj::error_code&) { return true; }
    bool on_comment_part(bj::string_view, bj::error_code&) { return true; }
    bool on_comment(bj::string_view, bj::error_code&) { return true; }
};

/// Builds the tree. Boost.JSON keeps the last of equal names, so members are counted as they come
/// in and compared with what the tree holds in the end: cheaper than a set of names for each
/// object.
struct TreeBuilder : HandlerBase {
    bj::value_stack stack;
    std::size_t members = 0;

    TreeBuilder(unsigned char* buffer, std::size_t size, bj::storage_ptr storage)
        : stack({}, buffer, size) {
        stack.reset(std::move(storage));
    }
    bool text(bj::string_view s, bj::error_code& ec) {
        if (!s.empty() && std::memchr(s.data(), 0, s.size()))
            return refuse("a NUL character is not allowed", ec);
        return true;
    }
    bool on_object_begin(bj::error_code&) { return true; }
    bool on_object_end(std::size_t n, bj::error_code&) {
        members += n;
        stack.push_object(n);
        return true;
    }
    bool on_array_end(std::size_t n, bj::error_code&) {
        stack.push_array(n);
        return true;
    }
    bool on_key_part(bj::string_view s, std::size_t, bj::error_code& ec) {
        stack.push_chars(s);
        return text(s, ec);
    }
    bool on_key(bj::string_view s, std::size_t, bj::error_code& ec) {
        stack.push_key(s);
        return text(s, ec);
    }
    bool on_string_part(bj::string_view s, std::size_t, bj::error_code& ec) {
        stack.push_chars(s);
        return text(s, ec);
    }
    bool on_string(bj::string_view s, std::size_t, bj::error_code& ec) {
        stack.push_string(s);
        return text(s, ec);
    }
    bool on_int64(std::int64_t i, bj::string_view, bj::error_code&) {
        stack.push_int64(i);
        return true;
    }
    bool on_uint64(std::uint64_t u, bj::string_view, bj::error_code&) {
        stack.push_uint64(u);
        return true;
    }
    bool on_double(double approximate, bj::string_view s, bj::error_code& ec) {
        // Boost.JSON 1.81 may be off in the last place; the text is whole here, since it came in
        // one piece.
        double exact = 0;
        const auto [end, error] = std::from_chars(s.data(), s.data() + s.size(), exact);
        if (error == std::errc::result_out_of_range && std::abs(approximate) < 1)
            exact = std::signbit(approximate) ? -0.0 : 0.0;
        else if (error != std::errc{} || end != s.data() + s.size() || !std::isfinite(exact))
            return refuse("a number is out of range", ec);
        stack.push_double(exact);
        return true;
    }
    bool on_bool(bool b, bj::error_code&) {
        stack.push_bool(b);
        return true;
    }
    bool on_null(bj::error_code&) {
        stack.push_null();
        return true;
    }
};

/// Finds where the second of two equal names ends. Runs only on texts that have one.
struct DuplicateFinder : HandlerBase {
    std::vector<std::set<std::string>> open;
    std::string name;

    bool on_object_begin(bj::error_code&) {
        open.emplace_back();
        return true;
    }
    bool on_object_end(std::size_t, bj::error_code&) {
        open.pop_back();
        return true;
    }
    bool on_array_end(std::size_t, bj::error_code&) { return true; }
    bool on_key_part(bj::string_view s, std::size_t, bj::error_code&) {
        name.append(s.data(), s.size());
        return true;
    }
    bool on_key(bj::string_view s, std::size_t, bj::error_code& ec) {
        name.append(s.data(), s.size());
        const bool isNew = open.back().insert(std::exchange(name, {})).second;
        return isNew || refuse("a member stands twice", ec);
    }
    bool on_string_part(bj::string_view, std::size_t, bj::error_code&) { return true; }
    bool on_string(bj::string_view, std::size_t, bj::error_code&) { return true; }
    bool on_int64(std::int64_t, bj::string_view, bj::error_code&) { return true; }
    bool on_uint64(std::uint64_t, bj::string_view, bj::error_code&) { return true; }
    bool on_double(double, bj::string_view, bj::error_code&) { return true; }
    bool on_bool(bool, bj::error_code&) { return true; }
    bool on_null(bj::error_code&) { return true; }
};

std::size_t countMembers(const Value& value) {
    std::size_t count = 0;
    if (const Object* object = value.if_object()) {
        count = object->size();
        for (const auto& member : *object)
            if (member.value().is_structured()) count += countMembers(member.value());
    } else if (const Array* array = value.if_array()) {
        for (const Value& item : *array)
            if (item.is_structured()) count += countMembers(item);
    }
    return count;
}

Error refusal(std::string_view reason, std::size_t at) {
    return fail(ErrorKind::BadRequest,
                "JSON: " + std::string(reason) + " (byte " + std::to_string(at) + ")");
}

/// Feeds the whole text; the error names the byte where the parser stopped.
template <class Handler>
Result<void> feed(bj::basic_parser<Handler>& parser, std::string_view text) {
    bj::error_code ec;
    const std::size_t used = parser.write_some(false, text.data(), text.size(), ec);
    if (!ec && used < text.size()) ec = bj::error::extra_data;
    if (!ec) return {};
    const std::string_view reason = parser.handler().reason;
    return refusal(reason.empty() ? std::string_view(ec.message()) : reason, used);
}

}  // namespace

Result<Value> parse(std::string_view text, const ParseLimits& limits) {
    return parseInto(text, limits, {});
}

Result<Value> parseInto(std::string_view text, const ParseLimits& limits,
                        boost::json::storage_ptr storage) {
    if (text.size() > limits.maxBytes)
        return fail(ErrorKind::TooLarge,
                    "JSON: more than " + std::to_string(limits.maxBytes) + " bytes");
    if (text.empty()) return refusal("the text is empty", 0);
    bj::parse_options options;
    options.max_depth = limits.maxDepth;

    alignas(std::max_align_t) unsigned char buffer[8192];
    bj::basic_parser<TreeBuilder> parser(options, buffer, sizeof buffer, std::move(storage));
    if (auto fed = feed(parser, text); !fed) return std::move(fed).error();
    Value tree = parser.handler().stack.release();
    if (countMembers(tree) == parser.handler().members) return tree;

    bj::basic_parser<DuplicateFinder> finder(options);
    auto found = feed(finder, text);
    return found ? refusal("a member stands twice", 0) : std::move(found).error();
}

boost::json::storage_ptr arena() {
    constexpr std::size_t kFirstBytes = 2048;
    return boost::json::make_shared_resource<boost::json::monotonic_resource>(kFirstBytes);
}

std::string serialize(const Value& value) {
    return bj::serialize(value);
}

}  // namespace trusthub::json
