#include "app/admin_socket.h"

#include "base/text.h"
#include "json/json.h"

#include <Poco/Exception.h>
#include <Poco/Net/HTTPClientSession.h>
#include <Poco/Net/HTTPRequest.h>
#include <Poco/Net/HTTPResponse.h>
#include <Poco/Net/SocketAddress.h>
#include <Poco/Net/StreamSocket.h>
#include <Poco/StreamCopier.h>
#include <boost/json.hpp>

#include <stdexcept>

namespace trusthub::app {
namespace {

constexpr const char* kPath = "/commands";
/// An import of many keys takes its time.
constexpr std::chrono::hours kLongestCommand{1};
/// What a command tells is bounded by its rows; as JSON within JSON it is up to twice as long.
constexpr std::size_t kLongestAnswer = 256UL << 20;

http::ServerConfig serverOn(const std::filesystem::path& socket) {
    http::ServerConfig config;
    config.address = std::filesystem::absolute(socket).string();
    config.workers = 1;
    config.maxConnections = 16;
    return config;
}

Result<HostCommand> commandOf(std::string_view body) {
    auto value = json::parse(body);
    if (!value) return value.error();
    json::ObjectReader reader(*value);
    HostCommand command;
    command.words = reader.optionalStrings("words", 200, 16'384).value_or(command.words);
    const auto* input = reader.any("input");
    const auto bytes = input && input->is_string()
                           ? base::fromBase64(std::string_view(input->get_string()))
                           : std::nullopt;
    if (!bytes) reader.refuse("input", "bytes in base64");
    if (auto fits = reader.finish(); !fits) return fits.error();
    command.input = *bytes;
    return command;
}

}  // namespace

AdminSocket::AdminSocket(const std::filesystem::path& socket, Run run, const base::Clock& clock,
                         base::IdSource& ids, base::Log& log)
    : run_(std::move(run)),
      log_(log),
      pool_("host-command", 1, 8),
      server_(serverOn(socket), *this, clock, ids, log, uncounted_) {
    server_.start();
}

AdminSocket::~AdminSocket() {
    pool_.drain();
    server_.stop();
}

http::Verdict AdminSocket::onHead(const http::RequestHead& head) {
    if (head.method != "POST" || head.path != kPath)
        return http::problem(fail(ErrorKind::NotFound), head.requestId);
    http::Admit admit;
    admit.maxBody = HostCommand::kLongestInput * 3 / 2;
    admit.handleDeadline = kLongestCommand;
    return admit;
}

void AdminSocket::onRequest(http::Request request, http::Responder responder) {
    auto held = std::make_shared<http::Responder>(std::move(responder));
    auto command = commandOf(request.body);
    if (!command) return held->send(http::problem(command.error(), request.requestId));
    const auto uid = base::peerUid(request.peer);
    if (!uid) return held->send(http::problem(fail(ErrorKind::Internal), request.requestId));
    const bool taken = pool_.trySubmit([this, held, command = *std::move(command), uid = *uid] {
        const HostAnswer answer = run_(command, base::accountOf(uid));
        held->send(http::Response::json(
            200, json::serialize(json::Object{
                     {"exit", answer.exit}, {"out", answer.out}, {"err", answer.err}})));
    });
    if (!taken) held->send(http::problem(fail(ErrorKind::Overloaded), request.requestId));
}

void AdminSocket::onDone(const http::RequestHead& head, std::optional<std::size_t>, int status,
                         Milliseconds took) noexcept {
    log_.info("host command")
        .with("request_id", head.requestId)
        .with("status", status)
        .with("ms", static_cast<std::int64_t>(took.count()));
}

std::optional<HostAnswer> askHub(const std::filesystem::path& socket, const HostCommand& command) {
    using namespace Poco::Net;
    StreamSocket stream;
    try {
        stream.connect(
            SocketAddress(SocketAddress::UNIX_LOCAL, std::filesystem::absolute(socket).string()));
    } catch (const Poco::Exception&) {
        return std::nullopt;
    }
    const std::string body = json::serialize(
        json::Object{{"words", json::Array(command.words.begin(), command.words.end())},
                     {"input", base::toBase64(command.input)}});
    try {
        HTTPClientSession session(stream);
        session.setTimeout(Poco::Timespan(std::chrono::seconds(kLongestCommand).count(), 0));
        HTTPRequest request(HTTPRequest::HTTP_POST, kPath, HTTPMessage::HTTP_1_1);
        request.setHost("localhost");
        request.setContentType("application/json");
        request.setContentLength(static_cast<std::streamsize>(body.size()));
        session.sendRequest(request) << body << std::flush;
        HTTPResponse response;
        std::string text;
        Poco::StreamCopier::copyToString(session.receiveResponse(response), text);
        if (response.getStatus() != HTTPResponse::HTTP_OK)
            throw std::runtime_error("the hub did not take the command: status " +
                                     std::to_string(static_cast<int>(response.getStatus())));
        const auto value = json::parse(text, {.maxBytes = kLongestAnswer});
        if (!value || !value->is_object())
            throw std::runtime_error("the hub took the command, but its answer cannot be read: " +
                                     std::string(value ? "it is no object" : value.error().text()));
        const json::Object& answer = value->get_object();
        return HostAnswer{static_cast<int>(answer.at("exit").get_int64()),
                          std::string(answer.at("out").get_string()),
                          std::string(answer.at("err").get_string())};
    } catch (const Poco::Exception& error) {
        throw std::runtime_error("the hub did not answer at " + socket.string() + " (" +
                                 error.displayText() +
                                 "); whether it did as asked, its audit log"
                                 " tells");
    }
}

}  // namespace trusthub::app
