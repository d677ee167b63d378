#include "people_fixture.h"

using namespace trusthub;
using namespace trusthub::test;
using people::Role;

namespace {

struct SessionFixture : PeopleFixture {
    SessionFixture() { ada = add("ada", {{Role::SuperAdmin, "", {}}}); }
    people::SignedIn open() {
        auto opened = signIn("ada@example.com", "a long password");
        if (!opened) FAIL(opened.error().text());
        return *opened;
    }
    /// A request: the row is touched, as the dispatcher does.
    bool use(const people::SignedIn& by) {
        const auto session = byCookie(by.cookie);
        if (session && sessions.needsTouch(*session)) REQUIRE(write(sessions.touch(session->id)));
        return session.has_value();
    }
    people::User ada;
};

}  // namespace

TEST_CASE("a session that nobody uses ends after the idle time") {
    SessionFixture f;
    const auto idle = f.open();
    const auto busy = f.open();
    for (int minute = 0; minute < 65; ++minute) {
        f.clock.advance(std::chrono::minutes{1});
        CHECK(f.use(busy));
    }
    CHECK_FALSE(f.use(idle));
}

TEST_CASE("a session ends at its absolute limit, however busy it is") {
    SessionFixture f;
    const auto session = f.open();
    for (int i = 0; i < 12 * 2 - 1; ++i) {
        f.clock.advance(std::chrono::minutes{30});
        CHECK(f.use(session));
    }
    f.clock.advance(std::chrono::minutes{30});
    CHECK_FALSE(f.use(session));
}

TEST_CASE("every sign-in has an id, a cookie and a CSRF token of its own") {
    SessionFixture f;
    const auto one = f.open();
    const auto two = f.open();
    CHECK(one.session.id != two.session.id);
    CHECK(one.cookie != two.cookie);
    CHECK(f.sessions.csrfToken(one.session.id) != f.sessions.csrfToken(two.session.id));
}

TEST_CASE("an access token lasts no longer than its session") {
    SessionFixture f;
    auto opened = f.open();
    CHECK(f.sessions.accessToken(opened.session).second == std::chrono::minutes{15});
    f.clock.advance(std::chrono::hours{12} - std::chrono::minutes{5});
    CHECK(f.sessions.accessToken(opened.session).second == std::chrono::minutes{5});
}

TEST_CASE("a session is fresh for 15 minutes, and again once the password was shown again") {
    SessionFixture f;
    const auto opened = f.open();
    CHECK(f.sessions.fresh(*f.byCookie(opened.cookie)));
    f.clock.advance(std::chrono::minutes{15});
    CHECK_FALSE(f.sessions.fresh(*f.byCookie(opened.cookie)));
    auto proof = f.prove("ada@example.com", "a long password");
    REQUIRE(proof);
    REQUIRE(f.write(f.sessions.stepUp(f.actor, opened.session.id, f.local, *proof)));
    CHECK(f.sessions.fresh(*f.byCookie(opened.cookie)));
}

TEST_CASE("people end their own sessions, nobody else's") {
    SessionFixture f;
    const auto bob = f.add("bob", {});
    const auto session = f.open();
    const auto denied = f.write(f.sessions.endOne(f.actor, session.session.id, bob.id));
    REQUIRE_FALSE(denied);
    CHECK(denied.error().kind == ErrorKind::NotFound);
    CHECK(f.write(f.sessions.endOne(f.actor, session.session.id, f.ada.id)));
    CHECK_FALSE(f.use(session));
    CHECK_FALSE(f.write(f.sessions.endOne(f.actor, session.session.id, f.ada.id)));
}

TEST_CASE("ending all others keeps this one, and the list shows what still works") {
    SessionFixture f;
    const auto here = f.open();
    f.open();
    f.open();
    const auto count = [&] {
        return f.store.read([&](store::ReadTx& tx) {
            CHECK(f.sessions.list(tx, f.ada.id, "", 10).size() ==
                  static_cast<std::size_t>(f.sessions.count(tx, f.ada.id)));
            return f.sessions.count(tx, f.ada.id);
        });
    };
    CHECK(count() == 3);
    REQUIRE(f.write(f.sessions.endOthers(f.actor, f.ada.id, here.session.id)));
    CHECK(count() == 1);
    CHECK(f.use(here));
}

TEST_CASE("disabling a person ends all their sessions") {
    SessionFixture f;
    f.add("root", {{Role::SuperAdmin, "", {}}});
    const auto session = f.open();
    REQUIRE(f.write(f.users.update(f.actor, f.ada.id, people::kPerson, {{}, "disabled", {}, {}})));
    CHECK_FALSE(f.use(session));
    CHECK(f.eventLog.types.back() == "user.disabled");
}

TEST_CASE("sessions that ended long ago are removed, open ones stay") {
    SessionFixture f;
    const auto ended = f.open();
    const auto open = f.open();
    REQUIRE(f.write(f.sessions.endOne(f.actor, ended.session.id, f.ada.id)));
    const auto expire = [&](TimePoint before) {
        return *f.write<std::size_t>([&](store::WriteTx& tx) -> Result<std::size_t> {
            return people::Sessions::expire(tx, before, 10);
        });
    };
    CHECK(expire(f.clock.now()) == 0);
    CHECK(expire(f.clock.now() + Milliseconds{1}) == 1);
    CHECK(f.use(open));
}
