// A hub's keys on a temporary data folder: one team with a project, people, and a receiver that
// does what the test says.
#pragma once

#include "access/expiry_notices.h"
#include "access/key_handovers.h"
#include "access/key_rotation.h"
#include "access/rotation_schedule.h"
#include "access_fixture.h"
#include "crypto/sealed_box.h"

#include <boost/json.hpp>
#include <catch2/catch.hpp>

#include <functional>
#include <map>
#include <set>
#include <string>
#include <vector>

namespace trusthub::test {

inline std::string textOf(const json::Value& object, std::string_view member) {
    return std::string(object.at(member).as_string());
}

/// Keeps what is sent, and tells of it what the test wants.
class FakeDelivery final : public access::KeyDelivery {
public:
    explicit FakeDelivery(events::Events& events) : events_(events) {}

    std::string team = "t1";
    bool isActive = true;
    State now = State::Pending;
    std::vector<events::Draft> sent;

    bool known(store::ReadTx&, const EndpointId&, std::string_view teamId) const override {
        return teamId == team;
    }
    bool active(store::ReadTx&, const EndpointId&) const override { return isActive; }
    DeliveryId send(store::WriteTx& tx, const Actor& actor, const events::Draft& draft,
                    const EndpointId&) override {
        events_.emit(tx, actor, draft);
        sent.push_back(draft);
        return DeliveryId("d" + std::to_string(sent.size()));
    }
    State state(store::ReadTx&, const DeliveryId&) const override { return now; }

private:
    events::Events& events_;
};

/// Keeps what people would be told.
class FakeNotify final : public base::Notify {
public:
    std::vector<base::Alarm> raised;
    std::vector<std::string> resolved;  ///< `kind target-or-stage because`

    void raise(store::WriteTx&, const base::Alarm& alarm) override { raised.push_back(alarm); }
    void resolve(store::WriteTx&, std::string_view kind, std::string_view targetId,
                 std::string_view because) override {
        note(kind, targetId, because);
    }
    void resolveStage(store::WriteTx&, std::string_view kind, std::string_view stage,
                      std::string_view because) override {
        note(kind, stage, because);
    }

private:
    void note(std::string_view kind, std::string_view what, std::string_view because) {
        resolved.push_back(std::string(kind).append(" ").append(what).append(" ").append(because));
    }
};

/// A provider's store of secrets: keeps what is put, and answers what the test says.
class FakeSinks final : public access::KeySinks {
public:
    std::string team = "t1";
    std::optional<Standing> now = Standing{true, TimePoint{}, "GitHub"};
    std::set<std::string, std::less<>> silent;  ///< connections whose provider never answers
    std::vector<std::string> asked;             ///< connections, for a public key
    crypto::BoxKeyPair pair = crypto::makeBoxKeyPair();
    std::string keyId = "k1";
    std::optional<Error> keyError, putError;
    std::function<void()> whilePutting = [] {};
    std::vector<sdk::SealedSecret> stored;
    int keysAsked = 0, puts = 0;

    Result<void> fits(store::ReadTx&, const access::KeySink&,
                      std::string_view teamId) const override {
        if (teamId == team) return {};
        return invalid("/deliver/connection_id", "no such connection");
    }
    std::optional<Standing> standing(store::ReadTx&, const ConnectionId&) const override {
        return now;
    }
    Result<sdk::SinkKey> publicKey(const access::KeySink& sink, const std::stop_token&) override {
        ++keysAsked;
        asked.push_back(sink.connection.text);
        if (silent.contains(sink.connection.text)) return fail(ErrorKind::Timeout);
        if (keyError) return *keyError;
        return sdk::SinkKey{keyId, pair.publicKey};
    }
    Result<void> put(const access::KeySink&, const sdk::SealedSecret& secret,
                     const std::stop_token&) override {
        ++puts;
        whilePutting();
        if (secret.keyId != keyId)
            return fail(ErrorKind::Conflict, "Another key.", std::string(sdk::kSealedToOldKey));
        if (putError) return *putError;
        stored.push_back(secret);
        return {};
    }
    SecretString opened() const {
        REQUIRE_FALSE(stored.empty());
        auto plain = crypto::openSealed(pair, stored.back().box);
        REQUIRE(plain);
        return *std::move(plain);
    }
};

struct KeysFixture : TempFolder, Access {
    FakeDelivery delivery{events};
    FakeSinks sinks;
    FakeNotify notify;
    access::LeftKeys left{{sinks, audit, events, &notify}};
    access::KeyRotation rotation{{keys, audit, events, secrets, rights, left, clock, random, ids}};
    access::RotationSchedules schedules{
        {store, rotation, delivery, sinks, left, audit, events, clock, log}};
    access::KeyHandovers handovers{
        {store, rotation, schedules, sinks, left, audit, events, clock, random, log},
        {{std::chrono::seconds(0), std::chrono::seconds(10), std::chrono::seconds(60),
          std::chrono::seconds(3'600)},
         0.0}};
    access::ExpiryNotices notices{store, events, clock};

    KeysFixture() : Access(path) {
        sql("INSERT INTO teams (id, name, created_at, updated_at) VALUES ('t1', 'T', 0, 0)");
        sql("INSERT INTO projects (id, team_id, name, provider, repository_url, repository_key,"
            " created_at, updated_at) VALUES ('p1', 't1', 'P', 'github', 'u', 'k', 0, 0)");
    }

    access::Principal person(const std::string& id, people::Role role, std::string team = {}) {
        REQUIRE(run<void>([&](store::WriteTx& tx) -> Result<void> {
            tx.execute(
                "INSERT INTO users (id, email, name, created_at, updated_at)"
                " VALUES ($1, $2, $3, 0, 0) ON CONFLICT (id) DO NOTHING",
                id, id, id);
            return {};
        }));
        people::User user;
        user.id = UserId(id);
        user.status = "active";
        user.roles = {{role, std::move(team), {}}};
        return {user, people::Session{}, Actor{ActorKind::User, id, id, "192.0.2.1", "", "r"}};
    }
    access::Principal admin() { return person("ada", people::Role::SuperAdmin); }
    /// The key as a caller.
    access::Principal caller(const access::ApiKey& key) {
        people::User user;
        user.id = UserId(key.createdBy);
        user.status = "active";
        user.roles = {{people::Role::SuperAdmin, {}, {}}};
        return {std::make_shared<const access::KeyView>(key.view),
                std::make_shared<const people::User>(user),
                Actor{ActorKind::ApiKey, key.view.id.text, "", "", "", "r"}};
    }

    access::IssuedKey issue(const access::Principal& by, std::optional<int> days = {},
                            std::optional<access::RotationPlan> plan = {}) {
        access::ApiKeys::New wanted;
        wanted.name = "ci";
        wanted.type = access::KeyType::Admin;
        wanted.scope = access::Scope::Team;
        wanted.teamId = "t1";
        for (const auto permission : {access::Permission::KeysRead, access::Permission::KeysWrite,
                                      access::Permission::ScansRead})
            wanted.permissions.set(access::bit(permission));
        if (days) wanted.expiresAt = clock.now() + std::chrono::days(*days);
        auto issued = run(schedules.with(by, std::move(plan), keys.issue(by, wanted)));
        REQUIRE(issued);
        return *std::move(issued);
    }
    access::KeyRotation::Rotated rotate(const ApiKeyId& id, int hours = 24) {
        auto rotated = run(rotation.rotate(admin(), id, std::chrono::hours(hours)));
        REQUIRE(rotated);
        return *std::move(rotated);
    }
    std::string refusal(const access::Principal& by, const ApiKeyId& id) {
        const auto rotated = run(rotation.rotate(by, id, std::chrono::hours(1)));
        if (rotated) return "none";
        return rotated.error().code.empty() ? std::string(sdk::info(rotated.error().kind).code)
                                            : rotated.error().code;
    }
    bool works(const SecretString& raw) {
        return verifier.judge(raw.reveal(), "192.0.2.1").refusal == access::KeyRefusal::None;
    }
    access::ApiKey key(const ApiKeyId& id) {
        const auto found =
            store.read([&](store::ReadTx& tx) { return access::ApiKeys::find(tx, id); });
        REQUIRE(found);
        return *found;
    }
    std::optional<access::RotationSchedule> schedule(const ApiKeyId& id) {
        return store.read(
            [&](store::ReadTx& tx) { return access::rotation_schedule_repo::find(tx, id); });
    }
    void sql(std::string_view statement) {
        REQUIRE(run<void>([&](store::WriteTx& tx) -> Result<void> {
            tx.execute(statement);
            return {};
        }));
    }
    template <class T>
    Result<T> run(store::Unit<T> unit) {
        return store.writeAndWait<T>(std::move(unit));
    }
};

}  // namespace trusthub::test
