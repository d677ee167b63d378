#include "deliveries.h"

namespace trusthub::test {
namespace {

constexpr std::size_t kMaxPlaces = 300;

/// Objects and arrays of the tree with each of their children, breadth first.
void collect(const json::Value& value, const std::string& at, std::vector<std::string>& out) {
    if (out.size() >= kMaxPlaces) return;
    if (const auto* object = value.if_object())
        for (const auto& member : *object) {
            std::string key(member.key());
            out.push_back(at + "/" + key);
            collect(member.value(), at + "/" + key, out);
        }
    if (const auto* array = value.if_array(); array && !array->empty()) {
        out.push_back(at + "/0");
        collect((*array)[0], at + "/0", out);
    }
}

Delivery with(const Delivery& sample, std::string name, std::string body) {
    return {sample.name + ": " + std::move(name), sample.headers, std::move(body)};
}

}  // namespace

std::vector<Delivery> samplesOf(const std::string& id) {
    const std::filesystem::path file = std::filesystem::path(TRUSTHUB_SAMPLES) / (id + ".json");
    if (!std::filesystem::exists(file)) {
        Delivery generic{"generic", {}, R"({"event":"push","id":1,"data":{"ref":"x"}})"};
        generic.headers.add("Content-Type", "application/json");
        return {generic};
    }
    const auto parsed = json::parse(readFile(file));
    REQUIRE(parsed);
    std::vector<Delivery> out;
    for (const auto& item : parsed->at("deliveries").as_array()) {
        Delivery delivery;
        delivery.name = std::string(item.at("body").as_string());
        for (const auto& header : item.at("headers").as_object())
            delivery.headers.add(std::string(header.key()),
                                 std::string(header.value().as_string()));
        delivery.body = readFile(std::filesystem::path(TRUSTHUB_FIXTURES) / delivery.name);
        INFO(delivery.name);
        REQUIRE_FALSE(delivery.body.empty());
        out.push_back(std::move(delivery));
    }
    return out;
}

std::vector<Delivery> hostileBodies(const Delivery& sample) {
    const std::string quoted = std::string("\"") + kCanary + "\"";
    std::vector<Delivery> out{
        with(sample, "empty", ""),
        with(sample, "blank", " \r\n\t"),
        with(sample, "not JSON", kCanary),
        with(sample, "cut off", sample.body.substr(0, sample.body.size() / 2)),
        with(sample, "more after the end", sample.body + quoted),
        with(sample, "a text", quoted),
        with(sample, "a number", "17"),
        with(sample, "null", "null"),
        with(sample, "a list", "[" + sample.body + "]"),
        with(sample, "an empty object", "{}"),
        with(sample, "too deep", std::string(100'000, '[')),
        with(sample, "deep and closed", std::string(5'000, '[') + std::string(5'000, ']')),
        with(sample, "not UTF-8", "{\"a\":\"\xff\xfe\"}"),
        with(sample, "a NUL", std::string("{\"a\":\"\0\"}", 9)),
        with(sample, "members twice", "{\"ref\":1,\"ref\":2}"),
        with(sample, "a wide number", "{\"ref\":1e999}"),
        with(sample, "huge", "{\"ref\":\"" + std::string(8 << 20, 'x') + "\"}"),
        with(sample, "many members",
             [] {
                 std::string body = "{";
                 for (int i = 0; i < 50'000; ++i) body += "\"m" + std::to_string(i) + "\":0,";
                 return body + "\"end\":0}";
             }()),
    };
    out.push_back({sample.name + ": no headers", {}, sample.body});
    for (const auto& [name, value] : sample.headers) {
        Delivery missing = with(sample, "without " + name, sample.body);
        missing.headers = {};
        Delivery doubled = with(sample, "twice " + name, sample.body);
        Delivery strange = doubled, huge = doubled;
        doubled.headers.add(name, kCanary);
        strange.headers.set(name, "\xff\x01 \"' % ");
        huge.headers.set(name, std::string(100'000, 'h'));
        for (const auto& [other, kept] : sample.headers)
            if (other != name) missing.headers.add(other, kept);
        for (auto* delivery : {&missing, &doubled, &strange, &huge})
            out.push_back(std::move(*delivery));
    }
    Delivery form = with(sample, "a form", "payload=%7B%zz&payload=" + std::string(kCanary));
    form.headers.set("Content-Type", "application/x-www-form-urlencoded");
    out.push_back(std::move(form));
    return out;
}

std::vector<Delivery> wrongTypes(const Delivery& sample) {
    auto parsed = json::parse(sample.body);
    REQUIRE(parsed);
    std::vector<std::string> places;
    collect(*parsed, "", places);
    const json::Value others[] = {nullptr,
                                  true,
                                  -1,
                                  1e300,
                                  "",
                                  kCanary,
                                  json::Array{},
                                  json::Object{},
                                  json::Array{json::Array{kCanary}}};
    std::vector<Delivery> out;
    for (const std::string& place : places) {
        boost::json::error_code code;
        auto* value = parsed->find_pointer(place, code);
        if (!value) continue;  // a name with '/' or '~' in it
        const json::Value kept = *value;
        for (const json::Value& other : others) {
            *value = other;
            out.push_back(with(sample, place, json::serialize(*parsed)));
        }
        *value = kept;
        auto* parent = parsed->find_pointer(place.substr(0, place.rfind('/')), code);
        if (auto* object = parent ? parent->if_object() : nullptr) {
            const std::string name = place.substr(place.rfind('/') + 1);
            object->erase(name);
            out.push_back(with(sample, "without " + place, json::serialize(*parsed)));
            object->insert_or_assign(name, kept);
        }
    }
    return out;
}

}  // namespace trusthub::test
