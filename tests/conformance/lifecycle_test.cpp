#include "subject.h"

using namespace trusthub;
using connectors::Capability;
using test::candidates;
using test::Subject;

TEST_CASE("every connector can be made and destroyed a hundred times, unused") {
    for (const auto& candidate : candidates()) {
        CAPTURE(candidate.found.descriptor->id);
        for (int i = 0; i < 100; ++i) Subject{candidate};
    }
}

TEST_CASE("every connector gives exactly the capabilities of its descriptor, the same each time") {
    for (const auto& candidate : candidates()) {
        CAPTURE(candidate.found.descriptor->id);
        const Subject subject(candidate);
        sdk::Connector& c = subject.connector();
        CHECK((c.inboundSource() != nullptr) ==
              candidate.found.descriptor->has(Capability::Inbound));
        CHECK((c.scanner() != nullptr) == candidate.found.descriptor->has(Capability::Scanner));
        CHECK(c.inboundSource() == c.inboundSource());
        CHECK(c.scanner() == c.scanner());
        CHECK((c.secretSink() != nullptr) ==
              candidate.found.descriptor->has(Capability::SecretSink));
        CHECK(c.secretSink() == c.secretSink());
        CHECK(&c.probe() == &c.probe());
    }
}

TEST_CASE("every connector can be probed, twice, and when asked to stop") {
    for (const auto& candidate : candidates()) {
        CAPTURE(candidate.found.descriptor->id);
        const Subject subject(candidate);
        subject.host().http().handle([](const sdk::HttpRequest&) -> Result<sdk::HttpResponse> {
            return fail(ErrorKind::ProviderUnavailable);
        });
        std::stop_source stop;
        for (int i = 0; i < 3; ++i) {
            const auto report = subject.connector().probe().probe(stop.get_token());
            if (report)
                CHECK_FALSE(report->summary.empty());
            else
                CHECK(report.error().kind != ErrorKind::Internal);
            if (i == 1) stop.request_stop();
        }
        CHECK_THAT(subject.logged(), !Catch::Contains(Subject::kSecret));
    }
}

TEST_CASE("settings of every connector are described, and bad ones are refused") {
    using config::Node;
    for (const auto& candidate : candidates()) {
        const auto& schema = candidate.found.descriptor->settings;
        CAPTURE(candidate.found.descriptor->id);
        const auto refused = [&](const Node& map) {
            return std::holds_alternative<std::vector<config::Problem>>(
                config::validate(schema, map, "test"));
        };
        const auto with = [&](const std::string& name, Node value) {
            Node map = test::leastSettings(schema);
            std::erase_if(map.members, [&](const auto& m) { return m.first == name; });
            map.members.emplace_back(name, std::move(value));
            return map;
        };
        Node text{.kind = Node::Kind::Scalar};
        text.scalar = "no such value: \x01";
        CHECK(refused(with("no_such_setting", text)));
        for (const auto& field : schema.fields) {
            CAPTURE(field.name);
            CHECK_FALSE(field.description.empty());
            CHECK(refused(with(field.name, Node{.kind = Node::Kind::Map})));
            if (field.type == config::FieldType::Integer ||
                field.type == config::FieldType::Boolean || !field.enumeration.empty())
                CHECK(refused(with(field.name, text)));
            if (field.required) CHECK(refused(Node{.kind = Node::Kind::Map}));
        }
    }
}
