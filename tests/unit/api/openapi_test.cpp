#include "api/openapi.h"

#include "api/handlers.h"
#include "api/operations.h"
#include "api/routes.h"
#include "json/schema.h"

#include <boost/json.hpp>
#include <catch2/catch.hpp>

#include <algorithm>
#include <set>

using namespace trusthub;
using api::routes;

namespace {

const std::string kUrl = "https://hub.example.org";

const json::Object& document() {
    static const json::Value kDocument = *json::parse(api::openApiDocument(kUrl));
    return kDocument.as_object();
}

const json::Object& schemas() {
    return document().at("components").at("schemas").as_object();
}

std::string lower(std::string_view text) {
    std::string out(text);
    std::ranges::transform(out, out.begin(), [](char c) { return static_cast<char>(c | 0x20); });
    return out;
}

const json::Object& operationOf(const api::Route& route) {
    return document().at("paths").at(route.pattern).at(lower(route.method)).as_object();
}

/// Calls `each` with every object of a tree.
template <class Each>
void everyObject(const json::Value& value, const Each& each) {
    if (value.is_object()) {
        each(value.as_object());
        for (const auto& member : value.as_object()) everyObject(member.value(), each);
    } else if (value.is_array()) {
        for (const auto& item : value.as_array()) everyObject(item, each);
    }
}

/// The schemas with references as the validator takes them.
json::Object definitions() {
    std::string text = boost::json::serialize(schemas());
    const std::string from = "#/components/schemas/";
    for (auto at = text.find(from); at != std::string::npos; at = text.find(from, at))
        text.replace(at, from.size(), "#/definitions/");
    return json::parse(text)->as_object();
}

Result<json::JsonSchema> compile(std::string_view name) {
    static const json::Object kDefinitions = definitions();
    return json::JsonSchema::compile(json::Object{
        {"allOf", json::Array{json::Object{{"$ref", "#/definitions/" + std::string(name)}}}},
        {"definitions", kDefinitions}});
}

std::string why(const Error& error) {
    std::string text(error.text());
    for (const auto& field : error.fields) text += "\n" + field.pointer + ": " + field.detail;
    return text;
}

std::string idOf(std::string_view method, std::string_view pattern) {
    for (const auto& route : routes())
        if (route.method == method && route.pattern == pattern)
            return std::string(operationOf(route).at("operationId").as_string());
    return {};
}

const api::Route& routeOf(std::string_view method, std::string_view pattern) {
    return *std::ranges::find_if(
        routes(), [&](const auto& r) { return r.method == method && r.pattern == pattern; });
}

}  // namespace

TEST_CASE("the OpenAPI document is version 3.1 and its only server is the public URL") {
    CHECK(document().at("openapi").as_string() == "3.1.0");
    CHECK(document().at("servers") == json::Value(json::Array{json::Object{{"url", kUrl}}}));
    const auto other = json::parse(api::openApiDocument("http://127.0.0.1:8080"));
    REQUIRE(other);
    CHECK(other->at("servers").at(0).at("url").as_string() == "http://127.0.0.1:8080");
    CHECK(other->at("paths") == document().at("paths"));
}

TEST_CASE("every route is in the OpenAPI document, and nothing else is") {
    std::size_t described = 0;
    for (const auto& path : document().at("paths").as_object())
        described += path.value().as_object().size();
    CHECK(described == routes().size());
    for (const auto& route : routes()) {
        CAPTURE(route.method, route.pattern);
        REQUIRE(api::findOperation(route.handler));
        const auto& operation = operationOf(route);
        CHECK(operation.at("summary").as_string() == route.summary);
        CHECK(operation.at("responses").as_object().contains(std::to_string(route.success)));
    }
}

TEST_CASE("every operationId of the OpenAPI document is there once") {
    std::set<std::string> seen;
    for (const auto& route : routes())
        CHECK(seen.insert(std::string(operationOf(route).at("operationId").as_string())).second);
    CHECK(idOf("GET", "/v1/projects") == "listProjects");
}

TEST_CASE("every tag of an operation is described") {
    std::set<std::string_view> known;
    for (const auto& tag : api::tags()) known.insert(tag.name);
    for (const auto& route : routes())
        CHECK(known.contains(api::findOperation(route.handler)->tag));
}

TEST_CASE("every reference of the OpenAPI document leads somewhere") {
    everyObject(json::Value(document()), [](const json::Object& object) {
        const auto* ref = object.if_contains("$ref");
        if (!ref) return;
        const std::string pointer(ref->as_string());
        CAPTURE(pointer);
        REQUIRE(pointer.starts_with("#/"));
        boost::json::error_code failed;
        const json::Value whole(document());
        CHECK(whole.find_pointer(pointer.substr(1), failed) != nullptr);
    });
}

TEST_CASE("every schema that a route names is there and is a JSON Schema") {
    for (const auto& route : routes())
        for (const auto name : {route.request, route.response})
            if (!name.empty()) CHECK(schemas().contains(name));
    for (const auto& member : schemas()) {
        CAPTURE(std::string(member.key()));
        const auto compiled = compile(member.key());
        if (!compiled) FAIL(why(compiled.error()));
    }
}

TEST_CASE("every example of a schema fits its schema") {
    std::size_t examples = 0;
    for (const auto& member : schemas()) {
        const auto* list = member.value().as_object().if_contains("examples");
        if (!list) continue;
        const auto schema = compile(member.key());
        REQUIRE(schema);
        for (const auto& example : list->as_array()) {
            CAPTURE(std::string(member.key()));
            ++examples;
            const auto fits = schema->check(example);
            if (!fits) FAIL(why(fits.error()));
        }
    }
    CHECK(examples >= 20);
}

TEST_CASE("a body that a route takes names all its members and lets no other in") {
    for (const auto& route : routes()) {
        if (route.request.empty() || route.request == "Anything") continue;
        CAPTURE(route.request);
        CHECK(schemas().at(route.request).at("additionalProperties") == json::Value(false));
    }
    CHECK_FALSE(compile("NewTeam")->check(json::Object{{"name", "Platform"}, {"colour", "blue"}}));
    CHECK(compile("NewTeam")->check(json::Object{{"name", "Platform"}}));
}

TEST_CASE("a public route asks for no credential in the OpenAPI document, every other one does") {
    for (const auto& route : routes()) {
        CAPTURE(route.method, route.pattern);
        const auto& operation = operationOf(route);
        const auto& any = operation.at("security").as_array();
        const bool open =
            any.empty() || std::ranges::find(any, json::Value(json::Object{})) != any.end();
        CHECK(open == (route.who == api::Who::Public));
        if (route.who == api::Who::Public) continue;
        CHECK(operation.at("responses").as_object().contains("401"));
        const bool keys = std::ranges::any_of(
            any, [](const auto& one) { return one.as_object().contains("apiKey"); });
        CHECK(keys == (route.who != api::Who::Person));
    }
}

TEST_CASE("an operation says which errors it answers, as problems") {
    const auto has = [](std::string_view method, std::string_view pattern,
                        std::string_view status) {
        return operationOf(routeOf(method, pattern)).at("responses").as_object().contains(status);
    };
    CHECK(has("GET", "/v1/projects/{id}", "404"));
    CHECK_FALSE(has("GET", "/v1/projects", "404"));
    CHECK(has("POST", "/v1/projects", "409"));
    CHECK(has("POST", "/v1/projects", "415"));
    CHECK(has("POST", "/v1/projects", "413"));
    CHECK(has("POST", "/v1/setup", "410"));
    CHECK(has("GET", "/v1/audit", "422"));
    CHECK_FALSE(has("DELETE", "/v1/session", "403"));
    CHECK(has("GET", "/v1/scans/{id}", "304"));
    CHECK_FALSE(has("GET", "/v1/projects/{id}/scans", "304"));
    CHECK(has("PATCH", "/v1/projects/{id}", "412"));
    CHECK(has("PATCH", "/v1/projects/{id}", "428"));
    CHECK_FALSE(has("POST", "/v1/endpoints/{id}/pause", "428"));
    for (const auto& member : document().at("components").at("responses").as_object()) {
        CAPTURE(std::string(member.key()));
        const auto* content = member.value().as_object().if_contains("content");
        if (member.key() == "NotModified")
            CHECK(content == nullptr);
        else
            CHECK(content->as_object().contains("application/problem+json"));
    }
}

TEST_CASE("a POST with a credential takes an Idempotency-Key, and no other operation does") {
    for (const auto& route : routes()) {
        CAPTURE(route.method, route.pattern);
        const auto* list = operationOf(route).if_contains("parameters");
        const bool takes =
            list && boost::json::serialize(*list).find("idempotencyKey") != std::string::npos;
        CHECK(takes == (route.method == "POST" && route.who != api::Who::Public));
    }
}

TEST_CASE("the schema of permissions holds exactly the permissions that there are") {
    const auto& listed = schemas().at("Permission").at("enum").as_array();
    const auto known = access::names(access::PermissionSet{}.set());
    CHECK(listed == json::Array(known.begin(), known.end()));
}
