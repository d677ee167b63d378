#include "api/openapi.h"

#include "api/handlers.h"
#include "api/operations.h"
#include "api/routes.h"

#include <boost/json.hpp>

#include <algorithm>
#include <set>

namespace trusthub::api {
namespace {

constexpr std::string_view kDescription =
    "Integration hub of a trust center. Errors are RFC 9457 problems with a stable `code`, "
    "listed at /docs/errors. Lists take `limit` and `cursor`. A POST with an `Idempotency-Key` "
    "has its effect once, however often it is repeated. What is read by its id has an `ETag`, for "
    "`If-None-Match` and `If-Match`. Lengths of text are counted in bytes of "
    "UTF-8. Times are RFC 3339 in UTC. Unknown members of a body and unknown query parameters "
    "are refused by name.";

struct Refusal {
    int status;
    std::string_view name;  ///< among components/responses
    ErrorKind kind;
};

constexpr Refusal kRefusals[] = {
    {400, "BadRequest", ErrorKind::BadRequest},
    {401, "Unauthenticated", ErrorKind::Unauthenticated},
    {403, "Forbidden", ErrorKind::Forbidden},
    {404, "NotFound", ErrorKind::NotFound},
    {409, "Conflict", ErrorKind::Conflict},
    {410, "Gone", ErrorKind::Gone},
    {411, "LengthRequired", ErrorKind::LengthRequired},
    {412, "PreconditionFailed", ErrorKind::PreconditionFailed},
    {413, "TooLarge", ErrorKind::TooLarge},
    {415, "UnsupportedMediaType", ErrorKind::UnsupportedMediaType},
    {422, "InvalidInput", ErrorKind::InvalidInput},
    {428, "PreconditionRequired", ErrorKind::PreconditionRequired},
    {429, "RateLimited", ErrorKind::RateLimited},
    {500, "Internal", ErrorKind::Internal},
    {503, "Unavailable", ErrorKind::Overloaded},
};

json::Object ref(std::string_view kind, std::string_view name) {
    return {{"$ref", "#/components/" + std::string(kind) + "/" + std::string(name)}};
}

json::Object content(std::string_view mediaType, json::Value schema) {
    return {{mediaType, json::Object{{"schema", std::move(schema)}}}};
}

json::Object problemContent() {
    return content("application/problem+json", ref("schemas", "Problem"));
}

bool wantsCredential(const Route& route) {
    return route.who != Who::Public;
}

bool limited(const Route& route) {
    return wantsCredential(route) || route.throttle != Throttle::Credentials ||
           route.handler == metrics;
}

bool takesKeys(const Route& route) {
    return route.who == Who::PersonOrAdmin || route.who == Who::PersonOrKey ||
           route.handler == metrics;
}

constexpr std::array<std::string_view, 5> kRateHeaders{"RateLimit", "RateLimit-Policy",
                                                       "X-RateLimit-Limit", "X-RateLimit-Remaining",
                                                       "X-RateLimit-Reset"};

/// Every status of an error that the route may answer by itself.
std::set<int> errorStatuses(const Route& route, const Operation& operation) {
    std::set<int> statuses(operation.statuses.begin(), operation.statuses.end());
    statuses.insert({400, 500, 503});
    if (wantsCredential(route)) statuses.insert({401, 422});
    if (wantsCredential(route) && route.method != "GET") statuses.insert(412);
    if (changes(route) && route.method != "POST") statuses.insert(428);
    if (limited(route)) statuses.insert(429);
    if (route.permission || route.who == Who::PersonOrAdmin) statuses.insert(403);
    if (route.pattern.find('{') != std::string_view::npos) statuses.insert(404);
    if (route.method == "POST" || route.method == "PATCH" || route.method == "PUT")
        statuses.insert({411, 413});
    if (!route.request.empty()) statuses.insert({415, 422});
    if (!operation.query.empty()) statuses.insert(422);
    return statuses;
}

std::string whoText(const Route& route) {
    const std::string permission =
        route.permission ? " with `" + std::string(access::text(*route.permission)) + "`" : "";
    switch (route.who) {
        case Who::Public:
            return "For everybody.";
        case Who::Person:
            return "For people" + permission + "; every API key gets 401.";
        case Who::PersonOrAdmin:
            return "For people and API keys of type `admin`" + permission + ".";
        case Who::PersonOrKey:
            return "For people and API keys" + permission + ".";
    }
    return {};
}

json::Array security(const Route& route) {
    json::Array any;
    if (route.handler == metrics) any.emplace_back(json::Object{});  // from loopback
    if (wantsCredential(route)) {
        any.emplace_back(json::Object{{"accessToken", json::Array{}}});
        any.emplace_back(json::Object{{"sessionCookie", json::Array{}}});
    }
    if (takesKeys(route)) any.emplace_back(json::Object{{"apiKey", json::Array{}}});
    return any;
}

/// Whether it answers with an ETag, and 304 to whoever has that already.
bool isResource(const Route& route) {
    return route.method == "GET" && resourceOf(route) != nullptr;
}

json::Array parameters(const Route& route, const Operation& operation) {
    json::Array list;
    if (route.pattern.find("{id}") != std::string_view::npos)
        list.emplace_back(ref("parameters", "id"));
    for (const auto name : operation.query) list.emplace_back(ref("parameters", name));
    if (route.method == "POST" && wantsCredential(route))
        list.emplace_back(ref("parameters", "idempotencyKey"));
    if (changes(route)) list.emplace_back(ref("parameters", "ifMatch"));
    if (isResource(route)) list.emplace_back(ref("parameters", "ifNoneMatch"));
    return list;
}

json::Object requestBody(const Route& route, const Operation& operation) {
    json::Object types = content("application/json", ref("schemas", route.request));
    if (route.handler == receiveGithub)
        types["application/x-www-form-urlencoded"] = {{"schema", ref("schemas", "GithubForm")}};
    return {{"required", !operation.bodyOptional}, {"content", std::move(types)}};
}

json::Object success(const Route& route, const Operation& operation) {
    json::Object headers{{"X-Request-ID", ref("headers", "requestId")}};
    if (isResource(route) || (changes(route) && route.method == "PATCH"))
        headers["ETag"] = ref("headers", "etag");
    if (std::ranges::find(operation.query, "cursor") != operation.query.end())
        headers["Link"] = ref("headers", "link");
    if (route.method == "POST" && wantsCredential(route))
        headers["Idempotency-Replayed"] = ref("headers", "idempotencyReplayed");
    if (takesKeys(route))
        for (const auto name : kRateHeaders) headers[name] = ref("headers", name);
    json::Object response{{"description", http::reasonPhrase(route.success)},
                          {"headers", std::move(headers)}};
    if (route.success != 204)
        response["content"] =
            content(operation.mediaType, route.response.empty() ? json::Object{{"type", "string"}}
                                                                : ref("schemas", route.response));
    return response;
}

json::Object responses(const Route& route, const Operation& operation) {
    json::Object all{{std::to_string(route.success), success(route, operation)}};
    const auto wanted = errorStatuses(route, operation);
    for (const auto& refusal : kRefusals)
        if (wanted.contains(refusal.status))
            all[std::to_string(refusal.status)] = ref("responses", refusal.name);
    if (isResource(route)) all["304"] = ref("responses", "NotModified");
    if (route.handler == readyz) {
        json::Object types = content("application/json", ref("schemas", "Health"));
        types["application/problem+json"] = {{"schema", ref("schemas", "Problem")}};
        all["503"] = {{"description", "Not ready."}, {"content", std::move(types)}};
    }
    all["default"] = ref("responses", "Other");
    return all;
}

json::Object operationObject(const Route& route) {
    const Operation* operation = findOperation(route.handler);
    // A route without a description is a mistake of ours, which a test finds.
    if (!operation) throw std::logic_error("not in operations.cpp: " + std::string(route.pattern));
    json::Object object{{"operationId", operation->id},
                        {"summary", route.summary},
                        {"description", whoText(route)},
                        {"tags", json::Array{operation->tag}},
                        {"security", security(route)}};
    if (route.permission) object["x-trusthub-permission"] = access::text(*route.permission);
    if (auto list = parameters(route, *operation); !list.empty())
        object["parameters"] = std::move(list);
    if (!route.request.empty()) object["requestBody"] = requestBody(route, *operation);
    object["responses"] = responses(route, *operation);
    return object;
}

json::Object paths() {
    json::Object all;
    for (const Route& route : routes()) {
        json::Value& item = all[route.pattern];
        if (item.is_null()) item.emplace_object();
        std::string method(route.method);
        for (char& c : method) c = static_cast<char>(c | 0x20);
        item.as_object()[method] = operationObject(route);
    }
    return all;
}

json::Object errorResponse(const Refusal& refusal) {
    const auto& kind = sdk::info(refusal.kind);
    json::Object headers{{"X-Request-ID", ref("headers", "requestId")}};
    if (refusal.status == 401 || refusal.status == 403)
        headers["WWW-Authenticate"] = ref("headers", "wwwAuthenticate");
    if (refusal.status == 503 || refusal.status == 429)
        headers["Retry-After"] = ref("headers", "retryAfter");
    if (refusal.status == 429)
        for (const auto name : kRateHeaders) headers[name] = ref("headers", name);
    json::Object body = problemContent();
    body["application/problem+json"].as_object()["example"] = {
        {"type", "/docs/errors#" + std::string(kind.code)},
        {"title", kind.sentence},
        {"status", refusal.status},
        {"code", kind.code},
        {"request_id", "0199a1b2-0000-7000-8000-00000000000e"}};
    return {{"description", kind.sentence},
            {"headers", std::move(headers)},
            {"content", std::move(body)}};
}

json::Object errorResponses() {
    json::Object all;
    for (const auto& refusal : kRefusals) all[refusal.name] = errorResponse(refusal);
    all["NotModified"] = {{"description", "It is as If-None-Match says; there is no body."},
                          {"headers", json::Object{{"X-Request-ID", ref("headers", "requestId")},
                                                   {"ETag", ref("headers", "etag")}}}};
    all["Other"] = {{"description",
                     "Any other refusal, also of what is wrong with the request as HTTP: 405, 408, "
                     "413, 414, 417, "
                     "431, 501, 504, 505."},
                    {"headers", json::Object{{"X-Request-ID", ref("headers", "requestId")}}},
                    {"content", problemContent()}};
    return all;
}

json::Object parameterComponents() {
    json::Object all{{"id",
                      {{"name", "id"},
                       {"in", "path"},
                       {"required", true},
                       {"description", "Id of the thing that the path names."},
                       {"schema", {{"type", "string"}, {"format", "uuid"}}}}},
                     {"idempotencyKey",
                      {{"name", "Idempotency-Key"},
                       {"in", "header"},
                       {"description",
                        "One effect however often the request is repeated within 24 hours; "
                        "another body with the same key is 422."},
                       {"schema", {{"type", "string"}, {"minLength", 1}, {"maxLength", 200}}}}},
                     {"ifMatch",
                      {{"name", "If-Match"},
                       {"in", "header"},
                       {"description",
                        "The ETag that was read, or *: the change is made only while that is "
                        "current, else 412. Last use and the like do not count."},
                       {"schema", {{"type", "string"}}},
                       {"example", "\"mSgFxlzUnB7RRdL1SUs_OQ\""}}},
                     {"ifNoneMatch",
                      {{"name", "If-None-Match"},
                       {"in", "header"},
                       {"description", "An ETag that was read: 304 while that is current."},
                       {"schema", {{"type", "string"}}},
                       {"example", "\"mSgFxlzUnB7RRdL1SUs_OQ\""}}}};
    for (const auto& parameter : queryParameters())
        all[parameter.name] = {{"name", parameter.name},
                               {"in", "query"},
                               {"description", parameter.description},
                               {"schema", parameter.schema}};
    return all;
}

json::Object headerComponents() {
    const auto header = [](std::string_view description, std::string_view type) {
        return json::Object{{"description", description}, {"schema", {{"type", type}}}};
    };
    return {
        {"requestId", header("Of this exchange; the log has it too.", "string")},
        {"retryAfter", header("Seconds to wait.", "integer")},
        {"etag", header("Of what was read; for If-Match and If-None-Match.", "string")},
        {"link", header("The next page, rel=\"next\" (RFC 8288); not on the last.", "string")},
        {"RateLimit", header("Calls with an API key: what each limit lets through right now, the "
                             "tightest first (draft-ietf-httpapi-ratelimit-headers).",
                             "string")},
        {"RateLimit-Policy", header("The limits: requests, seconds, burst.", "string")},
        {"X-RateLimit-Limit", header("Burst of the tightest limit.", "integer")},
        {"X-RateLimit-Remaining", header("What is left of it.", "integer")},
        {"X-RateLimit-Reset", header("Unix time when it is whole again.", "integer")},
        {"wwwAuthenticate", header("The challenge (RFC 6750).", "string")},
        {"idempotencyReplayed",
         header("true: the answer of the first request with this key.", "string")}};
}

json::Object securitySchemes() {
    return {{"accessToken",
             {{"type", "http"},
              {"scheme", "bearer"},
              {"bearerFormat", "JWT"},
              {"description", "A person's, from POST /v1/session."}}},
            {"sessionCookie",
             {{"type", "apiKey"},
              {"in", "cookie"},
              {"name", access::kSessionCookie},
              {"description",
               "A person's, for browsers. Changes need an Origin that is the hub's own and "
               "X-CSRF-Token with csrf_token of GET /v1/session."}}},
            {"apiKey",
             {{"type", "http"},
              {"scheme", "bearer"},
              {"description",
               "A machine's, from POST /v1/api-keys. It reaches what its type, permissions and "
               "scope have in common."}}}};
}

json::Object document() {
    json::Array tagList;
    for (const auto& tag : tags())
        tagList.emplace_back(json::Object{{"name", tag.name}, {"description", tag.description}});
    auto schemas = json::parse(embeddedDocument("schemas.json"));
    if (!schemas) throw std::logic_error("schemas.json is no JSON");
    return {{"info",
             {{"title", "TrustHub"}, {"version", TRUSTHUB_VERSION}, {"description", kDescription}}},
            {"tags", std::move(tagList)},
            {"paths", paths()},
            {"components",
             {{"schemas", *std::move(schemas)},
              {"responses", errorResponses()},
              {"parameters", parameterComponents()},
              {"headers", headerComponents()},
              {"securitySchemes", securitySchemes()}}}};
}

}  // namespace

std::string openApiDocument(const std::string& publicUrl) {
    static const std::string kRest = boost::json::serialize(document());
    const json::Array servers{json::Object{{"url", publicUrl}}};
    return R"({"openapi":"3.1.0","servers":)" + boost::json::serialize(servers) + "," +
           kRest.substr(1);
}

}  // namespace trusthub::api
