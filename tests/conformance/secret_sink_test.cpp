#include "subject.h"

using namespace trusthub;
using connectors::Capability;
using sdk::HttpRequest;
using sdk::HttpResponse;
using sdk::SecretTarget;
using test::candidatesWith;
using test::Subject;

namespace {

/// One that every sink takes.
SecretTarget target() {
    return {"shop/ledger", {}, {}, {}, "TRUSTHUB_API_KEY"};
}

HttpResponse answer(int status, std::string body = "{}",
                    std::vector<sdk::Headers::Field> fields = {}) {
    HttpResponse response;
    response.status = status;
    response.body = std::move(body);
    for (auto& [name, value] : fields) response.headers.add(name, value);
    return response;
}

/// Both calls while the provider answers like this.
std::vector<Error> errorsOf(const Subject& subject, const Result<HttpResponse>& answered) {
    subject.host().http().handle([&](const HttpRequest&) { return answered; });
    sdk::SecretSink& sink = *subject.connector().secretSink();
    std::vector<Error> errors;
    if (auto key = sink.publicKey(target()); !key) errors.push_back(key.error());
    if (auto put = sink.put(target(), {"1", "a sealed box"}); !put) errors.push_back(put.error());
    return errors;
}

void checkQuiet(const Subject& subject) {
    CHECK_THAT(subject.logged(), !Catch::Contains(Subject::kSecret));
    for (const auto& request : subject.host().http().requests())
        CHECK_THAT(request.url, !Catch::Contains(Subject::kSecret));
}

}  // namespace

TEST_CASE("every sink names the secret setting that it needs, and does nothing without it") {
    for (const auto* candidate : candidatesWith(Capability::SecretSink)) {
        CAPTURE(candidate->found.descriptor->id);
        const Subject subject(*candidate);
        const sdk::SecretSink* sink = subject.connector().secretSink();
        const auto* field = candidate->found.descriptor->settings.find(sink->credential());
        REQUIRE(field);
        CHECK(field->type == config::FieldType::Secret);
        CHECK_FALSE(candidate->found.descriptor->hosts.empty());
    }
}

TEST_CASE("every sink checks a target without a call, and refuses what leaves its place") {
    for (const auto* candidate : candidatesWith(Capability::SecretSink)) {
        CAPTURE(candidate->found.descriptor->id);
        const Subject subject(*candidate);
        const sdk::SecretSink& sink = *subject.connector().secretSink();
        CHECK(sink.check(target()));
        for (const char* name : {"", "a/../b", "a b", "a\nb", "a?b", "a#b", "%2e%2e", "\xFF"}) {
            CAPTURE(name);
            SecretTarget bad = target();
            bad.name = name;
            const auto checked = sink.check(bad);
            REQUIRE_FALSE(checked);
            CHECK(checked.error().kind == ErrorKind::InvalidInput);
            CHECK(checked.error().fields.at(0).pointer == "/secret_name");
            bad = target();
            bad.repository = name;
            CHECK_FALSE(sink.check(bad));
        }
        CHECK(subject.host().http().requests().empty());
    }
}

TEST_CASE("every sink tells what is to be mended from what may pass") {
    struct Case {
        int status;
        ErrorKind kind;
    };
    for (const auto* candidate : candidatesWith(Capability::SecretSink)) {
        CAPTURE(candidate->found.descriptor->id);
        for (const auto& [status, kind] :
             {Case{401, ErrorKind::Unauthenticated}, Case{403, ErrorKind::Forbidden},
              Case{404, ErrorKind::NotFound}, Case{400, ErrorKind::ProviderRejected},
              Case{302, ErrorKind::ProviderRejected}, Case{500, ErrorKind::ProviderUnavailable},
              Case{503, ErrorKind::ProviderUnavailable}}) {
            CAPTURE(status);
            const Subject subject(*candidate);
            const auto errors = errorsOf(subject, answer(status, Subject::kSecret));
            REQUIRE(errors.size() == 2);
            for (const Error& error : errors) {
                CHECK(error.kind == kind);
                CHECK_THAT(std::string(error.text()), !Catch::Contains(Subject::kSecret));
            }
            checkQuiet(subject);
        }
    }
}

TEST_CASE("every sink waits as long as Retry-After says") {
    for (const auto* candidate : candidatesWith(Capability::SecretSink)) {
        CAPTURE(candidate->found.descriptor->id);
        const Subject subject(*candidate);
        const auto errors = errorsOf(subject, answer(429, "{}", {{"Retry-After", "120"}}));
        REQUIRE(errors.size() == 2);
        for (const Error& error : errors) {
            CHECK(error.kind == ErrorKind::RateLimited);
            CHECK(error.retryAfter == std::chrono::seconds(120));
        }
    }
}

TEST_CASE("every sink hands on what its calls failed of") {
    for (const auto* candidate : candidatesWith(Capability::SecretSink)) {
        CAPTURE(candidate->found.descriptor->id);
        for (const auto kind : {ErrorKind::Timeout, ErrorKind::ProviderUnavailable,
                                ErrorKind::EgressDenied, ErrorKind::Cancelled}) {
            const Subject subject(*candidate);
            const auto errors = errorsOf(subject, fail(kind));
            REQUIRE(errors.size() == 2);
            for (const Error& error : errors) CHECK(error.kind == kind);
        }
    }
}

TEST_CASE("no sink seals to what a broken or hostile provider gives for a key") {
    for (const auto* candidate : candidatesWith(Capability::SecretSink)) {
        CAPTURE(candidate->found.descriptor->id);
        for (const std::string& body :
             {std::string(), std::string("\0\xFF", 2), std::string("[[[["), std::string("{\"key"),
              std::string(60'000, '['), std::string(R"({"key":"AAAA","key_id":"1"})"),
              R"({"key_id":")" + std::string(50'000, '1') + R"(","key":"AAAA"})"}) {
            const Subject subject(*candidate);
            subject.host().http().handle([&](const HttpRequest&) { return answer(200, body); });
            const auto key = subject.connector().secretSink()->publicKey(target());
            REQUIRE_FALSE(key);
            CHECK(key.error().kind != ErrorKind::Internal);
        }
    }
}
