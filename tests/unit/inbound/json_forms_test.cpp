#include "inbound/json_forms.h"

#include <catch2/catch.hpp>

#include <algorithm>

using namespace trusthub;

namespace {

std::string formOf(std::string_view name, std::string_view text) {
    const auto forms = inbound::jsonForms(text);
    const auto found = std::ranges::find(forms, name, &inbound::JsonForm::name);
    return found == forms.end() ? "(none)" : found->text;
}

// Each as the program of that name prints it.
const std::string kText = R"({ "b":[1,{}, []],"a":"é/<😀","n":null,"f":0.5 })";

}  // namespace

TEST_CASE("JSON is written as JavaScript writes it") {
    CHECK(formOf("JSON.stringify", kText) == R"({"b":[1,{},[]],"a":"é/<😀","n":null,"f":0.5})");
    CHECK(formOf("JSON.stringify with an indent of 2", R"({"a":[1,{}]})") ==
          "{\n  \"a\": [\n    1,\n    {}\n  ]\n}");
}

TEST_CASE("JSON is written as Python, Go and PHP write it") {
    CHECK(formOf("Python's json.dumps", kText) ==
          R"({"b": [1, {}, []], "a": "\u00e9/<\ud83d\ude00", "n": null, "f": 0.5})");
    CHECK(formOf("Python's json.dumps with sort_keys=True", kText) ==
          R"({"a": "\u00e9/<\ud83d\ude00", "b": [1, {}, []], "f": 0.5, "n": null})");
    CHECK(formOf("Go's encoding/json from a map", kText) ==
          R"({"a":"é/\u003c😀","b":[1,{},[]],"f":0.5,"n":null})");
    CHECK(formOf("PHP's json_encode", kText) ==
          R"({"b":[1,{},[]],"a":"\u00e9\/<\ud83d\ude00","n":null,"f":0.5})");
}

TEST_CASE("the text itself is no form of its own, and what is no JSON has none") {
    for (const auto& form : inbound::jsonForms(R"({"a":1})")) CHECK(form.text != R"({"a":1})");
    CHECK(inbound::jsonForms("{").empty());
    CHECK(inbound::jsonForms("").empty());
}
