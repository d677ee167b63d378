#include "config/yaml.h"

#include <catch2/catch.hpp>

using namespace trusthub;
using config::Node;

namespace {

Node parsed(std::string_view text) {
    auto result = config::parseYaml(text, "a.yaml");
    if (const auto* problem = std::get_if<config::Problem>(&result)) UNSCOPED_INFO(problem->text());
    REQUIRE(std::holds_alternative<config::Loaded>(result));
    return std::move(std::get<config::Loaded>(result).root);
}

std::string problem(std::string_view text, const config::YamlLimits& limits = {}) {
    auto result = config::parseYaml(text, "a.yaml", limits);
    const auto* found = std::get_if<config::Problem>(&result);
    return found ? found->text() : "accepted";
}

}  // namespace

TEST_CASE("a file becomes a tree with the lines where its values stand") {
    const Node root =
        parsed("# comment\nlisten: 127.0.0.1:8080\nscans:\n  workers: 2\n  paths: [a, b]\nnone:\n");
    REQUIRE(root.kind == Node::Kind::Map);
    CHECK(root.find("listen")->scalar == "127.0.0.1:8080");
    CHECK(root.find("listen")->line == 2);
    const Node* scans = root.find("scans");
    CHECK(scans->find("workers")->asInteger() == 2);
    CHECK(scans->find("workers")->line == 4);
    CHECK(scans->find("paths")->items.at(1).scalar == "b");
    CHECK(root.find("none")->kind == Node::Kind::Null);
    CHECK(root.find("absent") == nullptr);
    CHECK(root.members.at(1).first == "scans");
}

TEST_CASE("an empty file is an empty value") {
    CHECK(parsed("").kind == Node::Kind::Null);
    CHECK(parsed("# only a comment\n").kind == Node::Kind::Null);
}

TEST_CASE("a key that stands twice is refused with its line, at any depth") {
    CHECK(problem("a: 1\nb: 2\na: 3\n") == "a.yaml:3: `a` stands twice in this map");
    CHECK(problem("x:\n  - {k: 1, j: 2, k: 3}\n") == "a.yaml:2: `k` stands twice in this map");
    CHECK(problem("a: 1\n\"a\": 2\n").find("twice") != std::string::npos);
    CHECK(problem("a: {k: 1}\nb: {k: 1}\n") == "accepted");
}

TEST_CASE("aliases, anchors, merge keys and tags are refused") {
    CHECK(problem("a: &x 1\nb: *x\n").starts_with("a.yaml:1: anchors"));
    CHECK(problem("a: &x {k: 1}\n").starts_with("a.yaml:1: anchors"));
    CHECK(problem("a: *x\n") != "accepted");
    CHECK(problem("a:\n  <<: {b: 1}\n") == "a.yaml:2: merge keys are not allowed");
    CHECK(problem("a: !!str 1\n") == "a.yaml:1: tags are not allowed");
    CHECK(problem("a: !ruby/object {x: 1}\n") == "a.yaml:1: tags are not allowed");
    CHECK(problem("a: !!binary aGk=\n") != "accepted");
    CHECK(problem("\"<<\": 1\n") == "accepted");
}

TEST_CASE("a key that is no plain text is refused") {
    CHECK(problem("? [a, b]\n: 1\n").find("key") != std::string::npos);
    CHECK(problem("? {a: b}\n: 1\n").find("key") != std::string::npos);
    CHECK(problem("~: 1\n").find("key") != std::string::npos);
}

TEST_CASE("size, depth and number of values are bounded") {
    CHECK(problem("[[[[1]]]]", {.maxDepth = 4}) == "accepted");
    CHECK(problem("[[[[[1]]]]]", {.maxDepth = 4}).find("deeper than 4") != std::string::npos);
    CHECK(problem("[1, 2, 3]", {.maxNodes = 4}) == "accepted");
    CHECK(problem("[1, 2, 3, 4]", {.maxNodes = 4}).find("more than 4 values") != std::string::npos);
    CHECK(problem("abcd", {.maxBytes = 3}).find("more than 3 bytes") != std::string::npos);
    CHECK(problem(std::string(100'000, '[')) != "accepted");
    CHECK(problem(std::string(100'000, '{')) != "accepted");
    std::string blocks;
    for (int i = 0; i < 5000; ++i) blocks += "- ";
    CHECK(problem(blocks) != "accepted");
}

TEST_CASE("broken syntax, second documents and foreign bytes are refused") {
    CHECK(problem("a: [1\nb: 2\n").starts_with("a.yaml:"));
    CHECK(problem("a: 1\n b: 2\n") != "accepted");
    CHECK(problem("a: 1\n---\nb: 2\n").find("more than one document") != std::string::npos);
    CHECK(problem("a: \xFF\n") == "a.yaml:1: is not UTF-8 text");
    CHECK(problem(std::string("a: \0b\n", 6)) == "a.yaml:1: is not UTF-8 text");
    CHECK(problem("a: @x\n") != "accepted");
}

TEST_CASE("only plain scalars are numbers and booleans") {
    const Node root = parsed(
        "[7, \"7\", '7', 0x10, 1_000, 07, yes, true, \"true\", 1.5, .inf, 9223372036854775808]");
    const auto at = [&](std::size_t i) -> const Node& { return root.items.at(i); };
    CHECK(at(0).asInteger() == 7);
    CHECK_FALSE(at(1).asInteger().has_value());
    CHECK_FALSE(at(2).asInteger().has_value());
    CHECK_FALSE(at(3).asInteger().has_value());
    CHECK_FALSE(at(4).asInteger().has_value());
    CHECK(at(5).asInteger() == 7);
    CHECK_FALSE(at(6).asBool().has_value());
    CHECK(at(7).asBool() == true);
    CHECK_FALSE(at(8).asBool().has_value());
    CHECK(at(9).asNumber() == 1.5);
    CHECK_FALSE(at(10).asNumber().has_value());
    CHECK_FALSE(at(11).asInteger().has_value());
}

TEST_CASE("text in blocks and quotes keeps its characters") {
    CHECK(parsed("a: |\n  x\n  y\n").find("a")->scalar == "x\ny\n");
    CHECK(parsed("a: \"tab\\there\"\n").find("a")->scalar == "tab\there");
    CHECK(parsed("a: \"\"\n").find("a")->kind == Node::Kind::Scalar);
}

TEST_CASE("a file that cannot be read is a problem without line") {
    auto result = config::loadYaml("no/such/file.yaml");
    REQUIRE(std::holds_alternative<config::Problem>(result));
    CHECK(std::get<config::Problem>(result).text() == "no/such/file.yaml: cannot be read");
    CHECK(std::holds_alternative<config::Problem>(config::loadYaml(".")));
}
