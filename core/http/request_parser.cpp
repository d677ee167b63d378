#include "http/request_parser.h"

#include <boost/beast/http/basic_parser.hpp>
#include <boost/beast/http/error.hpp>
#include <boost/optional/optional.hpp>

namespace trusthub::http {

namespace beast = boost::beast;
using beast::error_code;
using BeastView = beast::string_view;

namespace {

/// A chunk's extensions mean nothing to us; long ones are only good for wasting our time.
constexpr std::size_t kMaxChunkExtensionBytes = 256;

Refusal refusalOf(const error_code& reason) {
    using beast::http::error;
    if (reason == error::bad_version)
        return {505, "version_not_supported", "The HTTP version is not 1.0 or 1.1."};
    if (reason == error::bad_method)
        return {400, "bad_request", "The request method is malformed."};
    if (reason == error::bad_target)
        return {400, "bad_request", "The request target is malformed."};
    if (reason == error::header_limit)
        return {431, "too_many_fields", "There are too many header fields."};
    if (reason == error::bad_content_length || reason == error::multiple_content_length)
        return {400, "bad_request", "The Content-Length is not one decimal number."};
    if (reason == error::bad_transfer_encoding)
        return {400, "bad_request", "The Transfer-Encoding is malformed."};
    return {400, "bad_request", "A header field is malformed."};
}

}  // namespace

/// Beast's parser with this server's own places for what it finds.
class RequestParser::Grammar final : public beast::http::basic_parser<true> {
public:
    RequestHead* head = nullptr;  ///< null while trailers come by
    std::string* body = nullptr;
    std::string target;
    int minor = 1;

    Grammar() {
        eager(true);
        header_limit(1U << 20);  // the connection bounds the head before it is read
        body_limit(boost::none);
    }

private:
    void on_request_impl(beast::http::verb, BeastView method, BeastView rawTarget, int version,
                         error_code&) override {
        head->method.assign(method.data(), method.size());
        target.assign(rawTarget.data(), rawTarget.size());
        minor = version % 10;
    }
    void on_response_impl(int, BeastView, int, error_code&) override {}
    void on_field_impl(beast::http::field, BeastView name, BeastView value,
                       error_code& error) override {
        if (head == nullptr) return;
        if (head->headers.size() == kMaxFields) {
            error = beast::http::error::header_limit;
            return;
        }
        head->headers.add(std::string(name.data(), name.size()),
                          std::string(value.data(), value.size()));
    }
    void on_header_impl(error_code&) override {}
    void on_body_init_impl(const boost::optional<std::uint64_t>&, error_code&) override {}
    std::size_t on_body_impl(BeastView bytes, error_code&) override {
        if (body != nullptr) body->append(bytes.data(), bytes.size());
        return bytes.size();
    }
    void on_chunk_header_impl(std::uint64_t, BeastView extensions, error_code& error) override {
        if (extensions.size() > kMaxChunkExtensionBytes)
            error = beast::http::error::bad_chunk_extension;
    }
    std::size_t on_chunk_body_impl(std::uint64_t, BeastView bytes, error_code&) override {
        if (body != nullptr) body->append(bytes.data(), bytes.size());
        return bytes.size();
    }
    void on_finish_impl(error_code&) override {}
};

RequestParser::RequestParser() {
    reset();
}
RequestParser::~RequestParser() = default;

void RequestParser::reset() {
    grammar_ = std::make_unique<Grammar>();
}

std::optional<Refusal> RequestParser::parseHead(std::string_view bytes, RequestHead& head) {
    Grammar& grammar = *grammar_;
    grammar.head = &head;
    error_code error;
    grammar.put({bytes.data(), bytes.size()}, error);
    grammar.head = nullptr;
    minorVersion_ = grammar.minor;

    const std::string_view target = grammar.target;
    const std::size_t question = target.find('?');
    head.path = target.substr(0, question);
    if (question != std::string_view::npos) head.query = target.substr(question + 1);

    if (error && error != beast::http::error::need_more) return refusalOf(error);
    if (!grammar.is_header_done())
        return Refusal{400, "bad_request", "The request head is malformed."};
    return checkHead({head.method, target, grammar.minor, head.headers});
}

void RequestParser::limitBody(std::size_t limit) {
    grammar_->body_limit(limit);
}

RequestParser::Body RequestParser::parseBody(std::string_view bytes, std::string* body,
                                             std::size_t& used) {
    Grammar& grammar = *grammar_;
    used = 0;
    if (grammar.is_done()) return Body::Complete;
    grammar.body = body;
    error_code error;
    while (!grammar.is_done() && !error && used < bytes.size())
        used += grammar.put({bytes.data() + used, bytes.size() - used}, error);
    grammar.body = nullptr;
    if (grammar.is_done()) return Body::Complete;
    if (!error || error == beast::http::error::need_more) return Body::More;
    return error == beast::http::error::body_limit ? Body::TooLarge : Body::Bad;
}

}  // namespace trusthub::http
