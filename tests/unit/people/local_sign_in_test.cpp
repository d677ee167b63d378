#include "crypto/totp.h"
#include "people_fixture.h"

using namespace trusthub;
using namespace trusthub::test;
using people::Role;

namespace {

constexpr const char* kEmail = "ada@example.com";
constexpr const char* kPassword = "a long password";

/// Ada with one-time codes on.
struct TotpFixture : PeopleFixture {
    TotpFixture() : ada(add("ada", {{Role::SuperAdmin, "", {}}})) {
        auto begun = write(totp.begin(actor, ada));
        REQUIRE(begun);
        secret = begun->secret.reveal();
        auto confirmed = write(totp.confirm(actor, ada, code()));
        REQUIRE(confirmed);
        recovery = *confirmed;
        clock.advance(std::chrono::seconds{30});
    }
    /// As an app shows it `ahead` seconds from now.
    std::string code(std::int64_t ahead = 0) const {
        std::string key;
        std::uint32_t held = 0;
        int bits = 0;
        for (const char c : secret) {
            held = held << 5 | static_cast<std::uint32_t>(c >= 'A' ? c - 'A' : c - '2' + 26);
            bits += 5;
            if (bits >= 8) {
                bits -= 8;
                key.push_back(static_cast<char>(held >> bits & 0xFF));
            }
        }
        return crypto::hotp(key, crypto::totpStep(clock.now() + std::chrono::seconds{ahead}), 6);
    }

    people::User ada;
    std::string secret;
    std::vector<std::string> recovery;
};

}  // namespace

TEST_CASE("every reason why somebody is not let in reads the same") {
    PeopleFixture f;
    const auto root = f.add("root", {{Role::SuperAdmin, "", {}}});
    const auto off = f.add("off", {});
    REQUIRE(f.write(f.users.update(f.actor, off.id, people::kPerson, {{}, "disabled", {}, {}})));
    people::Users::New service;
    service.kind = people::kService;
    service.name = "pipeline";
    service.stewardId = root.id.text;
    const auto pipeline = f.write(f.users.create(f.actor, service));
    REQUIRE(pipeline);
    std::vector<Error> errors;
    for (const auto& [email, password] :
         std::vector<std::pair<std::string, std::string>>{{"nobody@example.com", kPassword},
                                                          {"root@example.com", "wrong password"},
                                                          {"off@example.com", kPassword},
                                                          {"no address at all", kPassword},
                                                          {pipeline->email, kPassword}}) {
        auto proof = f.prove(email, password);
        REQUIRE_FALSE(proof);
        errors.push_back(proof.error());
    }
    for (const Error& error : errors) {
        CHECK(error.kind == ErrorKind::Unauthenticated);
        CHECK(error.detail == errors.front().detail);
        CHECK(error.code.empty());
    }
}

TEST_CASE(
    "failures of a minute are one audit row at once for account and address block, and one for the "
    "rest") {
    PeopleFixture f;
    f.add("ada", {{Role::SuperAdmin, "", {}}});
    for (int i = 0; i < 5; ++i) {
        CHECK_FALSE(f.prove(kEmail, "wrong password"));
        CHECK_FALSE(f.prove("nobody@example.com", "wrong password"));
    }
    const auto rows = f.auditRows("sign_in_failed");
    REQUIRE(rows.size() == 2);
    for (const auto& row : rows) CHECK(row.details.find("nobody") == std::string::npos);
    f.clock.advance(std::chrono::minutes{1});
    CHECK_FALSE(f.prove(kEmail, "wrong password"));
    // With it come those that were collected: four of each.
    CHECK(f.auditRows("sign_in_failed").size() == 5);
}

TEST_CASE("a proof serves only while the password is the one that was shown") {
    PeopleFixture f;
    f.add("ada", {{Role::SuperAdmin, "", {}}});
    auto proof = f.prove(kEmail, kPassword);
    REQUIRE(proof);
    REQUIRE(
        f.write(f.local.reset(f.actor, kEmail, f.local.hash(SecretString("another one")), false)));
    CHECK_FALSE(f.write(f.sessions.open(f.actor, f.local, *proof)));
    CHECK(f.signIn(kEmail, "another one"));
}

TEST_CASE("changing the password ends the other sessions and keeps this one") {
    PeopleFixture f;
    f.add("ada", {{Role::SuperAdmin, "", {}}});
    const auto here = f.signIn(kEmail, kPassword);
    const auto there = f.signIn(kEmail, kPassword);
    REQUIRE((here && there));
    auto proof = f.prove(kEmail, kPassword);
    REQUIRE(proof);
    REQUIRE(f.write(f.local.changePassword(f.actor, *proof, f.local.hash(SecretString("new one")),
                                           here->session.id)));
    CHECK(f.byCookie(here->cookie));
    CHECK_FALSE(f.byCookie(there->cookie));
    CHECK_FALSE(f.signIn(kEmail, kPassword));
}

TEST_CASE("with one-time codes on, the password alone says that a code is missing, and no more") {
    TotpFixture f;
    auto missing = f.prove(kEmail, kPassword);
    REQUIRE_FALSE(missing);
    CHECK(missing.error().code == "totp_required");
    auto wrongPassword = f.prove(kEmail, "wrong password");
    REQUIRE_FALSE(wrongPassword);
    CHECK(wrongPassword.error().code.empty());
    auto wrongCode = f.prove(kEmail, kPassword, f.code(300));
    REQUIRE_FALSE(wrongCode);
    CHECK(wrongCode.error().code.empty());
    CHECK(wrongCode.error().detail == wrongPassword.error().detail);
}

TEST_CASE("a code serves once, one step early or late, and no older code after it") {
    TotpFixture f;
    f.clock.advance(std::chrono::seconds{300});
    CHECK_FALSE(f.signIn(kEmail, kPassword, f.code(-60)));
    CHECK_FALSE(f.signIn(kEmail, kPassword, f.code(60)));
    CHECK(f.signIn(kEmail, kPassword, f.code(-30)));
    const auto now = f.code();
    CHECK(f.signIn(kEmail, kPassword, now));
    CHECK_FALSE(f.signIn(kEmail, kPassword, now));
    CHECK_FALSE(f.signIn(kEmail, kPassword, f.code(-30)));
    CHECK(f.signIn(kEmail, kPassword, f.code(30)));
}

TEST_CASE("who knows the password learns that a code was used, and nobody else does") {
    TotpFixture f;
    const auto code = f.code();
    REQUIRE(f.signIn(kEmail, kPassword, code));
    const auto again = f.prove(kEmail, kPassword, code);
    REQUIRE_FALSE(again);
    CHECK(again.error().kind == ErrorKind::Unauthenticated);
    CHECK(again.error().code == "totp_code_used");
    const auto guessed = f.prove(kEmail, "wrong password", code);
    REQUIRE_FALSE(guessed);
    CHECK(guessed.error().code.empty());
    REQUIRE(f.signIn(kEmail, kPassword, f.recovery[0]));
    const auto spent = f.prove(kEmail, kPassword, f.recovery[0]);
    REQUIRE_FALSE(spent);
    CHECK(spent.error().code == "totp_code_used");
    CHECK(f.auditRows("sign_in_failed").size() == 1);
}

TEST_CASE("codes that were used count as failures for the throttle") {
    TotpFixture f;
    const auto code = f.code();
    REQUIRE(f.signIn(kEmail, kPassword, code));
    std::string last;
    for (int i = 0; i < 50 && last != "too_many_attempts"; ++i)
        last = f.prove(kEmail, kPassword, code).error().code;
    CHECK(last == "too_many_attempts");
}

TEST_CASE("of two that race with the same code one is let in") {
    TotpFixture f;
    auto first = f.prove(kEmail, kPassword, f.code());
    auto second = f.prove(kEmail, kPassword, f.code());
    REQUIRE((first && second));
    CHECK(f.write(f.sessions.open(f.actor, f.local, *first)));
    const auto late = f.write(f.sessions.open(f.actor, f.local, *second));
    REQUIRE_FALSE(late);
    CHECK(late.error().code == "totp_code_used");
}

TEST_CASE("a recovery code serves once, however it is typed") {
    TotpFixture f;
    REQUIRE(f.recovery.size() == 10);
    std::string typed = f.recovery[0];
    for (char& c : typed) c = c == '-' ? ' ' : static_cast<char>(std::toupper(c));
    CHECK(f.signIn(kEmail, kPassword, typed));
    CHECK_FALSE(f.signIn(kEmail, kPassword, f.recovery[0]));
    CHECK(f.signIn(kEmail, kPassword, f.recovery[1]));
}

TEST_CASE("a secret that was not confirmed is asked of nobody and can be replaced") {
    PeopleFixture f;
    const auto ada = f.add("ada", {{Role::SuperAdmin, "", {}}});
    const auto first = f.write(f.totp.begin(f.actor, ada));
    const auto second = f.write(f.totp.begin(f.actor, ada));
    REQUIRE((first && second));
    CHECK(first->secret.reveal() != second->secret.reveal());
    CHECK(f.signIn(kEmail, kPassword));
    CHECK_FALSE(f.write(f.totp.confirm(f.actor, ada, "000000")));
}

TEST_CASE("taking one-time codes off wants a code, and the host can do it without") {
    TotpFixture f;
    auto proof = f.prove(kEmail, kPassword, f.code());
    REQUIRE(proof);
    REQUIRE(f.write(f.local.removeTotp(f.actor, *proof)));
    CHECK(f.signIn(kEmail, kPassword));

    TotpFixture other;
    REQUIRE(other.write(other.local.reset(other.actor, kEmail,
                                          other.local.hash(SecretString("from the host")), true)));
    CHECK(other.signIn(kEmail, "from the host"));
}

TEST_CASE("the secret stands sealed in the database") {
    TotpFixture f;
    const auto sealed = f.store.read([](store::ReadTx& tx) {
        store::Rows rows = tx.query("SELECT secret_sealed FROM totp_secrets");
        REQUIRE(rows.next());
        return rows.text(0);
    });
    CHECK(sealed.find(f.secret) == std::string::npos);
    CHECK(sealed.size() > 20);
}
