// http::RequestParser: a head as the scanner cuts it, then a body.
#include "fuzz.h"
#include "http/request_parser.h"

using namespace trusthub;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    constexpr std::size_t kMaxBody = 4096;
    const std::string_view text = fuzz::text(data, size);
    const std::size_t end = text.find("\r\n\r\n");
    if (end == text.npos) return 0;
    http::RequestParser parser;
    http::RequestHead head;
    if (parser.parseHead(text.substr(0, end + 4), head)) return 0;
    parser.limitBody(kMaxBody);
    std::string body;
    std::string_view rest = text.substr(end + 4);
    for (;;) {
        std::size_t used = 0;
        const auto state = parser.parseBody(rest, &body, used);
        fuzz::require(used <= rest.size() && body.size() <= kMaxBody, "bodies stay bounded");
        rest.remove_prefix(used);
        if (state != http::RequestParser::Body::More || used == 0 || rest.empty()) return 0;
    }
}
