#include "inbound/explain.h"

#include "base/text.h"
#include "crypto/hash.h"

#include <catch2/catch.hpp>

#include <algorithm>
#include <set>

using namespace trusthub;

namespace {

/// Signs as GitHub does and counts what it is asked.
class Source final : public sdk::InboundSource {
public:
    mutable std::size_t asked = 0;

    Result<sdk::InboundIdentity> identify(const sdk::InboundMessage&) const override {
        return sdk::InboundIdentity{};
    }
    bool verify(const sdk::InboundMessage& message,
                std::span<const sdk::InboundSecret> secrets) const override {
        bool same = false;
        for (const auto& secret : secrets) {
            ++asked;
            same |=
                message.headers.get("X-Hub-Signature-256") ==
                "sha256=" + base::toHex(crypto::hmacSha256(secret.value.reveal(), message.body));
        }
        return same;
    }
    Result<sdk::InboundEvent> translate(const sdk::InboundIdentity&) const override {
        return sdk::InboundEvent{sdk::Ignored{"x"}};
    }
};

people::WebhookSecret secret(std::string text) {
    return {people::SecretKind::Token, SecretString(std::move(text)), std::nullopt};
}

inbound::Suspect signedWith(std::string_view key, std::string body, std::string_view over) {
    inbound::Suspect suspect;
    suspect.headers.add("X-Hub-Signature-256",
                        "sha256=" + base::toHex(crypto::hmacSha256(key, over)));
    suspect.body = std::move(body);
    return suspect;
}

}  // namespace

TEST_CASE("an earlier secret that has ended is named") {
    const Source source;
    const inbound::SecretsAtHand secrets{{secret("new")}, {secret("older"), secret("old")}, {}};
    const auto found = inbound::explain(source, signedWith("old", "{}", "{}"), secrets);
    CHECK_FALSE(found.verified);
    CHECK(found.mistake == "previous_secret");
}

TEST_CASE("an earlier secret is said to be tried only where one is kept") {
    const Source source;
    const auto tried = [&](std::vector<people::WebhookSecret> ended) {
        const inbound::SecretsAtHand secrets{{secret("new")}, std::move(ended), {}};
        const auto found = inbound::explain(source, signedWith("gone", "{}", "{}"), secrets);
        CHECK(found.mistake == "unknown");
        return std::ranges::count(found.tried, "previous_secret") == 1;
    };
    CHECK(tried({secret("old")}));
    CHECK_FALSE(tried({}));
    CHECK(inbound::mistake("unknown").explanation.find("not kept and were not tried") !=
          std::string_view::npos);
}

TEST_CASE("a project without a secret is told so, and nothing else is tried") {
    const Source source;
    const auto found = inbound::explain(source, signedWith("x", "{}", "{}"), {});
    CHECK(found.mistake == "no_secret");
    CHECK(source.asked == 0);
}

TEST_CASE("without a body only the headers are looked at") {
    const Source source;
    auto suspect = signedWith("right", "", "{}\n");
    suspect.body.reset();
    const inbound::SecretsAtHand secrets{{secret("right")}, {}, {}};
    CHECK(inbound::explain(source, suspect, secrets).mistake == "unknown");
    inbound::Suspect bare;
    CHECK(inbound::explain(source, bare, secrets).mistake == "missing_header");
}

TEST_CASE("the work is bounded however many secrets there are") {
    const Source source;
    inbound::SecretsAtHand secrets;
    for (int i = 0; i < 10; ++i) secrets.current.push_back(secret("current " + std::to_string(i)));
    for (int i = 0; i < 100; ++i) {
        inbound::SecretsAtHand::Other other;
        for (int k = 0; k < 10; ++k)
            other.secrets.push_back(secret(std::to_string(i) + " " + std::to_string(k)));
        secrets.others.push_back(std::move(other));
    }
    const auto found = inbound::explain(source, signedWith("x", R"({"a":[1,2]})", "x"), secrets);
    CHECK(found.mistake == "unknown");
    CHECK(source.asked <= 600);
    const std::string large(60'000, ' ');
    const Source second;
    (void)inbound::explain(second, signedWith("x", "[" + large + "]", "x"), secrets);
    CHECK(second.asked * large.size() <= (64UL << 20));
}

TEST_CASE("every mistake that is tried is in the list, with what to do") {
    const Source source;
    const inbound::SecretsAtHand secrets{{secret("right")}, {}, {}};
    const auto found = inbound::explain(source, signedWith("wrong", "{}", "{}"), secrets);
    for (const auto name : found.tried) CHECK(inbound::mistake(name).name == name);
    std::set<std::string_view> names;
    for (const auto& one : inbound::mistakes()) {
        CHECK(names.insert(one.name).second);
        CHECK(one.explanation.ends_with("."));
        CHECK(one.whatToDo.ends_with("."));
    }
}
