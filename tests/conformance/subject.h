// The connectors under test: every one of the plugins folder, made with its own defaults and a
// scripted host.
#pragma once

#include "connectors/discovery.h"
#include "crypto/plugin_crypto.h"
#include "json/json.h"
#include "sdk/testing.h"

#include <catch2/catch.hpp>

#include <fstream>
#include <memory>
#include <sstream>
#include <string>
#include <vector>

namespace trusthub::test {

using connectors::Candidate;

inline std::string readFile(const std::filesystem::path& file) {
    std::ostringstream text;
    text << std::ifstream(file, std::ios::binary).rdbuf();
    return text.str();
}

/// All of them; one that does not load fails the test.
inline const std::vector<Candidate>& candidates() {
    static const std::vector<Candidate> kAll = connectors::discover(TRUSTHUB_PLUGINS, {});
    REQUIRE_FALSE(kAll.empty());
    for (const Candidate& one : kAll) {
        INFO(one.found.refusal);
        REQUIRE(one.library.has_value());
    }
    return kAll;
}

/// The ones that declare the capability.
inline std::vector<const Candidate*> candidatesWith(connectors::Capability capability) {
    std::vector<const Candidate*> out;
    for (const Candidate& one : candidates())
        if (one.found.descriptor->has(capability)) out.push_back(&one);
    return out;
}

/// What an administrator gives at least: the examples of the settings that are required.
inline config::Node leastSettings(const config::Schema& schema) {
    config::Node map{.kind = config::Node::Kind::Map};
    for (const config::Field& field : schema.fields) {
        if (!field.required) continue;
        config::Node value{.kind = config::Node::Kind::Scalar};
        value.scalar = field.example;
        map.members.emplace_back(field.name, value);
    }
    return map;
}

/// One connector and the host that it lives on.
class Subject {
public:
    explicit Subject(const Candidate& candidate) {
        const auto& descriptor = *candidate.found.descriptor;
        auto values = config::validate(descriptor.settings, leastSettings(descriptor.settings),
                                       descriptor.id);
        REQUIRE(std::holds_alternative<config::Validated>(values));
        auto& validated = std::get<config::Validated>(values);
        host_ = std::make_unique<sdk::testing::FakeHost>(
            crypto::pluginCrypto(), json::pluginParser(), std::move(validated.settings));
        for (const auto& field : descriptor.settings.fields)
            if (field.type == config::FieldType::Secret) host_->secrets().set(field.name, kSecret);
        auto made = candidate.library->create(*host_);
        REQUIRE(made);
        connector_ = std::make_unique<connectors::ConnectorPtr>(std::move(*made));
    }

    sdk::Connector& connector() const { return **connector_; }
    sdk::testing::FakeHost& host() const { return *host_; }
    std::string logged() const {
        std::string out;
        for (const auto& [level, line] : host_->log().lines()) out += line + "\n";
        return out;
    }

    /// Every secret that the suite hands out; it may appear nowhere.
    static constexpr const char* kSecret = "canary-5ec2e7-d0-n07-5h0w";

private:
    std::unique_ptr<sdk::testing::FakeHost> host_;
    std::unique_ptr<connectors::ConnectorPtr> connector_;  ///< dies before its host
};

}  // namespace trusthub::test
