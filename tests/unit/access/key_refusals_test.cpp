#include "access/key_refusals.h"

#include "keys_fixture.h"

using namespace trusthub;

TEST_CASE("a decoy's alarm is raised once for an address block and minute; the audit counts uses") {
    test::AccessHub hub;
    test::FakeNotify notify;
    auto wanted = hub.wanted();
    wanted.canary = true;
    const auto decoy = hub.issue(hub.as(hub.admin), wanted);
    access::KeyRefusals refusals(hub.store, hub.audit, hub.events, hub.clock, &notify);
    const auto use = [&](const char* ip) {
        const auto verdict = hub.verifier.judge(decoy.raw.reveal(), ip);
        REQUIRE(verdict.refusal == access::KeyRefusal::Canary);
        refusals.record(*verdict.record, verdict.refusal,
                        {ActorKind::ApiKey, "", "", ip, "curl", "r"});
        hub.run<void>([](store::WriteTx&) -> Result<void> { return {}; });  // after the others
    };
    for (int i = 0; i < 3; ++i) use("192.0.2.1");
    CHECK(notify.raised.size() == 1);
    use("2001:db8::1");
    CHECK(notify.raised.size() == 2);
    hub.clock.advance(std::chrono::minutes(1));
    use("192.0.2.1");
    CHECK(notify.raised.size() == 3);
    refusals.settleAll();
    hub.run<void>([](store::WriteTx&) -> Result<void> { return {}; });
    CHECK(hub.number("SELECT sum(json_extract(details, '$.count')) FROM audit_log"
                     " WHERE action = 'refuse'") == 5);
}
