#include "access/key_verifier.h"

#include "access/api_key_format.h"
#include "access_fixture.h"

using namespace trusthub;
using access::KeyRefusal;
using access::KeyType;

namespace {

constexpr const char* kOlder = "tos_a1b2c3d4_eaff8b91d36c5e0a2f1c4d7e8a9b0c2d";

access::IssuedKey import(test::Access& hub, const access::Principal& by, const char* text) {
    auto unit = hub.keys.import(by, hub.wanted(), SecretString(text));
    REQUIRE(unit);
    return hub.run(*std::move(unit));
}

}  // namespace

TEST_CASE("a text without checksum is a key only where its prefix was imported") {
    test::AccessHub hub;
    CHECK(hub.verifier.judge(kOlder, "192.0.2.1").refusal == KeyRefusal::Unknown);
    const auto key = import(hub, hub.as(hub.admin), kOlder);
    CHECK(key.key.imported);
    CHECK(hub.refusal(key) == KeyRefusal::None);
    CHECK(
        hub.verifier.judge("tos_a1b2c3d4_eaff8b91d36c5e0a2f1c4d7e8a9b0c2e", "192.0.2.1").refusal ==
        KeyRefusal::Unknown);
    CHECK(
        hub.verifier.judge("tos_a1b2c3d5_eaff8b91d36c5e0a2f1c4d7e8a9b0c2d", "192.0.2.1").refusal ==
        KeyRefusal::Unknown);
    // Of the text nothing but the HMAC is kept.
    CHECK(hub.number("SELECT count(*) FROM api_keys WHERE key_hmac LIKE '%eaff8b91%'") == 0);
    auto again = hub.keys.import(hub.as(hub.admin), hub.wanted(), SecretString(kOlder));
    REQUIRE(again);
    CHECK(hub.refused(*std::move(again)).codeText() == "key_exists");
    for (const char* bad : {"tos_a1b2c3d4_short", "tos_A1B2C3D4_eaff8b91d36c5e0a2f1c4d7e8a9b0c2d",
                            "abc_a1b2c3d4_eaff8b91d36c5e0a2f1c4d7e8a9b0c2d",
                            "tos_a1b2c3d4_eaff8b91d36c5e0a2f1c4d7e8a9b0c2 "}) {
        CAPTURE(bad);
        CHECK_FALSE(hub.keys.import(hub.as(hub.admin), hub.wanted(), SecretString(bad)));
    }
}

TEST_CASE("whoever is demoted or disabled weakens the keys at once") {
    test::AccessHub hub;
    const auto boss = hub.user("boss", {{people::Role::SuperAdmin, "", {}}});
    const auto key = hub.issue(hub.as(boss), hub.wanted());
    const auto may = [&] {
        const auto caller = hub.verifier.authenticate(key.raw.reveal(), hub.person);
        return caller && caller->may(access::Permission::EventsWrite, {});
    };
    CHECK(may());
    people::Users::Change change;
    change.roles = {{people::Role::Auditor, "", {}}};
    (void)hub.run(hub.users.update(hub.person, boss.id, people::kPerson, change));
    CHECK_FALSE(may());
    CHECK(hub.refusal(key) == KeyRefusal::None);
    change = {};
    change.status = "disabled";
    (void)hub.run(hub.users.update(hub.person, boss.id, people::kPerson, change));
    CHECK(hub.refusal(key) == KeyRefusal::IssuerDisabled);
}

TEST_CASE("a webhook key authenticates deliveries and nothing else") {
    test::AccessHub hub;
    const auto key = hub.issue(hub.as(hub.admin), hub.wanted(KeyType::Webhook));
    const auto other = hub.issue(hub.as(hub.admin), hub.wanted());
    CHECK_FALSE(hub.verifier.authenticate(key.raw.reveal(), hub.person));
    CHECK_FALSE(hub.verifier.verifyWebhookKey(other.raw.reveal(), hub.person));
    const auto caller = hub.verifier.verifyWebhookKey(key.raw.reveal(), hub.person);
    REQUIRE(caller);
    CHECK(caller->may(access::Permission::WebhooksReceive, {"any team", "any project"}));
    CHECK_FALSE(caller->may(access::Permission::ScansTrigger, {"any team", "any project"}));
    CHECK(caller->actor().label == key.key.view.prefix);
}

TEST_CASE(
    "a refused key is audited at once for each reason, block of addresses and minute, the rest "
    "with its count") {
    test::AccessHub hub;
    auto wanted = hub.wanted();
    wanted.allowedIps = *access::AddressList::parse({"10.0.0.0/8"});
    const auto key = hub.issue(hub.as(hub.admin), wanted);
    wanted = hub.wanted();
    wanted.canary = true;
    const auto decoy = hub.issue(hub.as(hub.admin), wanted);
    CHECK(decoy.key.view.permissions.none());
    const auto use = [&](const access::IssuedKey& one, const char* ip) {
        Actor caller = hub.person;
        caller.ip = ip;
        CHECK_FALSE(hub.verifier.authenticate(one.raw.reveal(), caller));
    };
    const auto rows = [&](const std::string& reason) {
        hub.run<int>([](store::WriteTx&) -> Result<int> { return 0; });
        return hub.number(
            "SELECT count(*) FROM audit_log WHERE action = 'refuse' AND target_table"
            " = 'api_keys' AND details LIKE '%\"" +
            reason + "\"%'");
    };
    for (int i = 0; i < 5; ++i) use(key, "192.0.2.1");
    use(key, "192.0.2.77");
    CHECK(rows("address_not_allowed") == 1);
    use(key, "198.51.100.1");
    CHECK(rows("address_not_allowed") == 2);
    hub.clock.advance(std::chrono::minutes(1));
    use(key, "192.0.2.1");
    // One for this minute, and one for the five that were collected in the last.
    CHECK(rows("address_not_allowed") == 4);
    CHECK(hub.number("SELECT count(*) FROM audit_log WHERE details LIKE '%\"count\":5,%'") == 1);
    hub.run(hub.keys.revoke(hub.as(hub.admin), key.key));
    use(key, "192.0.2.1");
    CHECK(rows("revoked") == 1);

    for (int i = 0; i < 5; ++i) use(decoy, "192.0.2.1");
    CHECK(rows("canary") == 1);
    CHECK(hub.number("SELECT count(*) FROM events WHERE type = 'api_key.canary_used'") == 1);
    // A wrong secret is no use of the key.
    std::string wrong = decoy.key.view.prefix + "_" + std::string(26, '0');
    wrong += access::checksum62(wrong);
    CHECK(hub.verifier.judge(wrong, "198.51.100.1").refusal == KeyRefusal::Unknown);
}

TEST_CASE("however many refusals another key brings, the use of a decoy raises its event") {
    test::AccessHub hub;
    const auto dead = hub.issue(hub.as(hub.admin), hub.wanted());
    hub.run(hub.keys.revoke(hub.as(hub.admin), dead.key));
    auto wanted = hub.wanted();
    wanted.canary = true;
    const auto decoy = hub.issue(hub.as(hub.admin), wanted);
    Actor caller = hub.person;
    const auto use = [&](const access::IssuedKey& one, std::string ip) {
        caller.ip = std::move(ip);
        CHECK_FALSE(hub.verifier.authenticate(one.raw.reveal(), caller));
    };
    for (int i = 0; i < 1'100; ++i)
        use(dead, "10." + std::to_string(i / 200) + "." + std::to_string(i % 200) + ".1");
    use(decoy, "192.0.2.1");
    hub.run<int>([](store::WriteTx&) -> Result<int> { return 0; });
    CHECK(hub.number("SELECT count(*) FROM events WHERE type = 'api_key.canary_used'") == 1);
    // The others beyond 1,000 blocks stay that key's own.
    CHECK(hub.number("SELECT count(*) FROM audit_log WHERE action = 'refuse' AND target_id = '" +
                     dead.key.view.id.text + "'") == 1'001);
}
