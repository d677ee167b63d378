#include "config/schema.h"

#include "config/suggest.h"

#include <catch2/catch.hpp>

using namespace trusthub;
using config::FieldType;

namespace {

config::Node yaml(std::string_view text) {
    auto result = config::parseYaml(text, "c.yaml");
    REQUIRE(std::holds_alternative<config::Loaded>(result));
    return std::move(std::get<config::Loaded>(result).root);
}

config::Schema schema(std::string_view text) {
    auto result = config::readSchema(yaml(text), "plugin.yaml");
    if (const auto* problems = std::get_if<std::vector<config::Problem>>(&result))
        for (const auto& problem : *problems) UNSCOPED_INFO(problem.text());
    REQUIRE(std::holds_alternative<config::Schema>(result));
    return std::get<config::Schema>(std::move(result));
}

std::string texts(const std::vector<config::Problem>& problems) {
    std::string out;
    for (const auto& problem : problems) out += problem.text() + "\n";
    return out;
}

std::string schemaProblems(std::string_view text) {
    auto result = config::readSchema(yaml(text), "plugin.yaml");
    const auto* problems = std::get_if<std::vector<config::Problem>>(&result);
    return problems ? texts(*problems) : "accepted";
}

std::string problems(const config::Schema& fields, std::string_view settings) {
    auto result = config::validate(fields, yaml(settings), "c.yaml");
    const auto* found = std::get_if<std::vector<config::Problem>>(&result);
    return found ? texts(*found) : "accepted";
}

constexpr std::string_view kSettings = R"(
workspace: {type: string, description: The workspace., required: true, pattern: "[a-z]+"}
region: {type: string, description: Where., enum: [eu, us], default: eu}
page_size: {type: integer, description: Items a page., default: 100, min: 1, max: 500, advanced: true}
dry: {type: boolean, description: Only look.}
folders: {type: list, description: Folders., default: [a, b], example: [x, y], host_only: true}
token: {type: string, secret: true, description: The token., required: true}
)";

}  // namespace

TEST_CASE("a settings block is read into a schema") {
    const auto fields = schema(kSettings);
    REQUIRE(fields.fields.size() == 6);
    CHECK(fields.find("workspace")->required);
    CHECK(fields.find("page_size")->max == 500);
    CHECK(fields.find("page_size")->advanced);
    CHECK(std::get<std::int64_t>(*fields.find("page_size")->defaultValue) == 100);
    CHECK(fields.find("folders")->hostOnly);
    CHECK(fields.find("folders")->example == "[x, y]");
    CHECK(fields.find("token")->type == FieldType::Secret);
    CHECK(fields.find("nothing") == nullptr);
    CHECK(schema("{}").fields.empty());
}

TEST_CASE("settings that fit come out typed, with defaults, secrets apart") {
    auto result = config::validate(schema(kSettings),
                                   yaml("workspace: acme\ntoken: t0p\ndry: true\n"), "c.yaml");
    REQUIRE(std::holds_alternative<config::Validated>(result));
    const auto& valid = std::get<config::Validated>(result);
    CHECK(valid.settings.string("workspace") == "acme");
    CHECK(valid.settings.string("region") == "eu");
    CHECK(valid.settings.integer("page_size") == 100);
    CHECK(valid.settings.boolean("dry"));
    CHECK(valid.settings.list("folders") == std::vector<std::string>{"a", "b"});
    CHECK_FALSE(valid.settings.has("token"));
    CHECK(valid.secrets.at("token").reveal() == "t0p");
}

TEST_CASE("a secret that stands in the file as it is gives a warning, one from outside does not") {
    const auto fields = schema("token: {type: secret, description: x}\n");
    auto node = yaml("token: t0p\n");
    auto literal = config::validate(fields, node, "c.yaml");
    REQUIRE(std::get<config::Validated>(literal).warnings.size() == 1);
    CHECK(std::get<config::Validated>(literal).warnings[0].text().find("t0p") == std::string::npos);
    node.members[0].second.source = "environment TOKEN";
    auto outside = config::validate(fields, node, "c.yaml");
    CHECK(std::get<config::Validated>(outside).warnings.empty());
}

TEST_CASE("all problems of settings are told with their lines and never with values") {
    CHECK(problems(
              schema(kSettings),
              "workspace: ACME\nregon: eu\nregion: mars\npage_size: 501\ndry: yes\nfolders: x\n") ==
          "c.yaml:2: unknown key `regon`; did you mean `region`?\n"
          "c.yaml:1: `workspace` must match the pattern [a-z]+\n"
          "c.yaml:3: `region` must be one of eu, us\n"
          "c.yaml:4: `page_size` must be at most 500\n"
          "c.yaml:5: `dry` must be true or false\n"
          "c.yaml:6: `folders` must be a list of texts\n"
          "c.yaml:1: `token` is required\n");
    CHECK(problems(schema("{}"), "[1]") != "accepted");
    CHECK(problems(schema(kSettings), "workspace: \"\"\ntoken: \"\"\n")
              .find("`token` must not be empty") != std::string::npos);
    CHECK(problems(schema("n: {type: integer, description: x}"), "n: \"7\"") ==
          "c.yaml:1: `n` must be a whole number\n");
}

TEST_CASE("a broken schema is refused with the lines") {
    CHECK(schemaProblems("a: {type: strin, description: x}").find("must be one of string") !=
          std::string::npos);
    CHECK(schemaProblems("a: {description: x}").find("`a.type` is required") != std::string::npos);
    CHECK(schemaProblems("a: {type: string}").find("`a.description` is required") !=
          std::string::npos);
    CHECK(schemaProblems("a: {type: string, description: x, pattern: \"(\"}") != "accepted");
    CHECK(schemaProblems("a: {type: string, description: x, defualt: y}")
              .find("did you mean `default`") != std::string::npos);
    CHECK(schemaProblems("a: {type: integer, description: x, default: y}").find("whole number") !=
          std::string::npos);
    CHECK(schemaProblems("a: {type: string, description: x, enum: [b], default: c}") != "accepted");
    CHECK(schemaProblems("a: {type: secret, description: x, default: c}") != "accepted");
    CHECK(schemaProblems("a: {type: integer, secret: true, description: x}") != "accepted");
    CHECK(schemaProblems("A-b: {type: string, description: x}") != "accepted");
    CHECK(schemaProblems("- a") != "accepted");
}

TEST_CASE("the nearest known name is offered only when it is near") {
    const std::vector<std::string_view> known{"listen", "data", "log", "retention"};
    CHECK(config::nearest("lisen", known) == "listen");
    CHECK(config::nearest("retenton", known) == "retention");
    CHECK(config::nearest("dta", known) == "data");
    CHECK(config::nearest("completely", known).empty());
    CHECK(config::nearest(std::string(10'000, 'l'), known).empty());
    CHECK(config::unknownKey("zzz", known) == "unknown key `zzz`");
}
