#include "base/workers.h"
#include "deliveries.h"

#include <atomic>

using namespace trusthub;
using connectors::Capability;
using test::candidatesWith;
using test::Delivery;
using test::Subject;

namespace {

const std::vector<sdk::InboundSecret>& secrets() {
    static const std::vector<sdk::InboundSecret> kBoth{
        {sdk::InboundSecretKind::Token, SecretString(Subject::kSecret)},
        {sdk::InboundSecretKind::Signing, SecretString(std::string("whsec_") + Subject::kSecret)}};
    return kBoth;
}

std::string describe(const Error& error) {
    std::string out = std::string(error.codeText()) + " " + std::string(error.text());
    for (const auto& field : error.fields) out += " " + field.pointer + " " + field.detail;
    return out;
}

std::string describe(const sdk::InboundEvent& event) {
    if (const auto* ignored = std::get_if<sdk::Ignored>(&event))
        return "ignored " + ignored->reason;
    if (const auto* push = std::get_if<sdk::RepositoryPush>(&event))
        return "push " + push->ref + " " + push->before + " " + push->after + " " +
               std::to_string(push->commitsCount) + (push->deleted ? " deleted" : "");
    const auto& pull = std::get<sdk::RepositoryPullRequest>(event);
    return "pull " + std::to_string(pull.number) + " " + pull.action + " " + pull.ref + " " +
           pull.head + " " + pull.base + (pull.fork ? " fork" : "") + (pull.scans ? " scans" : "");
}

/// Takes a delivery through all three steps; any exception fails the test.
std::string takeIn(const sdk::InboundSource& source, const Delivery& delivery) {
    std::string out = source.verify(delivery.message(), secrets()) ? "verified " : "refused ";
    const auto identity = source.identify(delivery.message());
    if (!identity) return out + describe(identity.error());
    out += identity->event + " " + identity->deliveryId;
    for (const auto& url : identity->repositoryUrls) out += " " + url;
    const auto event = source.translate(*identity);
    return out + " -> " + (event ? describe(*event) : describe(event.error()));
}

void checkTyped(const Error& error) {
    const bool typed =
        error.kind == ErrorKind::BadRequest || error.kind == ErrorKind::InvalidInput ||
        error.kind == ErrorKind::UnsupportedMediaType || error.kind == ErrorKind::TooLarge;
    INFO(describe(error));
    CHECK(typed);
    CHECK_THAT(describe(error), !Catch::Contains(test::kCanary));
}

/// Typed errors only, nothing verified, nothing repeated.
void checkHostile(const sdk::InboundSource& source, const Delivery& delivery) {
    CHECK_FALSE(source.verify(delivery.message(), secrets()));
    CHECK_FALSE(source.verify(delivery.message(), {}));
    const auto identity = source.identify(delivery.message());
    if (!identity) return checkTyped(identity.error());
    const auto event = source.translate(*identity);
    if (!event) checkTyped(event.error());
}

}  // namespace

TEST_CASE("every inbound source understands its provider's samples") {
    for (const auto* candidate : candidatesWith(Capability::Inbound)) {
        const std::string& id = candidate->found.descriptor->id;
        CAPTURE(id);
        const Subject subject(*candidate);
        for (const Delivery& sample : test::samplesOf(id)) {
            CAPTURE(sample.name);
            if (sample.name == "generic") continue;
            const auto& source = *subject.connector().inboundSource();
            const auto identity = source.identify(sample.message());
            REQUIRE(identity);
            CHECK_FALSE(identity->event.empty());
            CHECK_FALSE(identity->deliveryId.empty());
            CHECK_FALSE(identity->repositoryUrls.empty());
            CHECK(source.translate(*identity));
        }
    }
}

TEST_CASE("hostile bodies and headers give every inbound source typed errors") {
    for (const auto* candidate : candidatesWith(Capability::Inbound)) {
        const Subject subject(*candidate);
        const std::string& id = candidate->found.descriptor->id;
        for (const Delivery& sample : test::samplesOf(id))
            for (const Delivery& delivery : test::hostileBodies(sample)) {
                CAPTURE(id, delivery.name);
                checkHostile(*subject.connector().inboundSource(), delivery);
            }
    }
}

TEST_CASE("members of wrong types give every inbound source typed errors") {
    for (const auto* candidate : candidatesWith(Capability::Inbound)) {
        const Subject subject(*candidate);
        const std::string& id = candidate->found.descriptor->id;
        for (const Delivery& sample : test::samplesOf(id))
            for (const Delivery& delivery : test::wrongTypes(sample)) {
                CAPTURE(id, delivery.name);
                checkHostile(*subject.connector().inboundSource(), delivery);
            }
    }
}

TEST_CASE("without a secret, or with the wrong one, no inbound source verifies") {
    for (const auto* candidate : candidatesWith(Capability::Inbound)) {
        CAPTURE(candidate->found.descriptor->id);
        const Subject subject(*candidate);
        const auto& source = *subject.connector().inboundSource();
        const std::vector<sdk::InboundSecret> empty(2);
        for (const Delivery& sample : test::samplesOf(candidate->found.descriptor->id)) {
            CHECK_FALSE(source.verify(sample.message(), {}));
            CHECK_FALSE(source.verify(sample.message(), empty));
            CHECK_FALSE(source.verify(sample.message(), secrets()));
        }
    }
}

TEST_CASE("a repeated delivery has the same id, another body without id has another") {
    for (const auto* candidate : candidatesWith(Capability::Inbound)) {
        CAPTURE(candidate->found.descriptor->id);
        const Subject subject(*candidate), another(*candidate);
        for (const Delivery& sample : test::samplesOf(candidate->found.descriptor->id)) {
            CAPTURE(sample.name);
            const auto once = takeIn(*subject.connector().inboundSource(), sample);
            Delivery again{sample.name, sample.headers, sample.body};
            CHECK(takeIn(*subject.connector().inboundSource(), again) == once);
            CHECK(takeIn(*another.connector().inboundSource(), again) == once);
        }
    }
}

TEST_CASE("eight threads get the same answers of an inbound source") {
    for (const auto* candidate : candidatesWith(Capability::Inbound)) {
        CAPTURE(candidate->found.descriptor->id);
        const Subject subject(*candidate);
        const auto& source = *subject.connector().inboundSource();
        const auto samples = test::samplesOf(candidate->found.descriptor->id);
        std::vector<std::string> expected;
        for (const Delivery& sample : samples) expected.push_back(takeIn(source, sample));

        std::atomic<int> wrong{0};
        {
            std::vector<base::Worker> workers;
            for (int i = 0; i < 8; ++i)
                workers.emplace_back("conformance", [&](std::stop_token) {
                    for (int round = 0; round < 25; ++round)
                        for (std::size_t at = 0; at < samples.size(); ++at)
                            if (takeIn(source, samples[at]) != expected[at]) ++wrong;
                });
        }
        CHECK(wrong == 0);
    }
}

TEST_CASE("no inbound source writes a secret or a body to the log or keeps state") {
    for (const auto* candidate : candidatesWith(Capability::Inbound)) {
        CAPTURE(candidate->found.descriptor->id);
        const Subject subject(*candidate);
        for (const Delivery& sample : test::samplesOf(candidate->found.descriptor->id))
            for (const Delivery& delivery : test::hostileBodies(sample))
                takeIn(*subject.connector().inboundSource(), delivery);
        CHECK_THAT(subject.logged(), !Catch::Contains(Subject::kSecret));
        CHECK_THAT(subject.logged(), !Catch::Contains(test::kCanary));
        CHECK(subject.host().http().requests().empty());
    }
}
