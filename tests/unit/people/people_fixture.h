// Users, teams, sessions, one-time codes and invitations on a temporary data folder, at a time that
// the test turns.
#pragma once

#include "audit/audit_query.h"
#include "base/fd.h"
#include "people/invitations.h"
#include "people/local_sign_in.h"
#include "people/sessions.h"
#include "people/teams.h"
#include "store/migrate.h"
#include "support/temp_folder.h"

#include <boost/json.hpp>
#include <catch2/catch.hpp>
#include <fcntl.h>

#include <filesystem>
#include <memory>
#include <string>
#include <vector>

namespace trusthub::test {

class EventLog final : public events::Fanout {
public:
    std::vector<events::PlannedDelivery> plan(store::WriteTx&,
                                              const events::EventRef& event) override {
        types.emplace_back(event.type);
        return {};
    }
    std::vector<std::string> types;
};

inline crypto::MasterKey masterKey(const std::filesystem::path& folder, base::Random& random) {
    auto key = crypto::MasterKey::create(folder / "master.key", random);
    if (!key) FAIL(key.error().text());
    return *std::move(key);
}

inline store::HubSecrets hubSecrets(store::Store& store, const crypto::MasterKey& master,
                                    base::Random& random) {
    auto secrets = store::HubSecrets::loadOrCreate(store, master, random);
    if (!secrets) FAIL(secrets.error().text());
    return *std::move(secrets);
}

class PeopleFixture {
public:
    PeopleFixture() { store.setLinker(&audit); }
    /// Units that nobody waits for are through before what they use is gone.
    ~PeopleFixture() {
        (void)write<void>([](store::WriteTx&) -> Result<void> { return {}; });
    }
    PeopleFixture(const PeopleFixture&) = delete;
    PeopleFixture& operator=(const PeopleFixture&) = delete;

    template <class T>
    Result<T> write(store::Unit<T> unit) {
        return store.writeAndWait<T>(std::move(unit));
    }
    people::User add(const std::string& name, std::vector<people::RoleGrant> roles,
                     const std::string& password = "a long password") {
        people::Users::New wanted;
        wanted.email = name + "@example.com";
        wanted.name = name;
        wanted.passwordHash = local.hash(SecretString(password));
        wanted.roles = std::move(roles);
        auto user = write(users.create(actor, wanted));
        if (!user) FAIL(user.error().text());
        return *user;
    }
    std::string team(const std::string& name) {
        auto made = write(teams.create(actor, name));
        if (!made) FAIL(made.error().text());
        return made->id.text;
    }
    Result<people::LocalProof> prove(const std::string& email, const std::string& password,
                                     const std::string& code = {}) {
        people::LocalSignIn::Attempt attempt;
        attempt.email = email;
        attempt.password = SecretString(password);
        attempt.code = code;
        attempt.addressBlock = "192.0.2.0/24";
        attempt.actor = actor;
        auto ticket = local.admit(email, attempt.addressBlock);
        if (!ticket) return ticket.error();
        attempt.ticket = *ticket;
        return local.prove(attempt);
    }
    Result<people::SignedIn> signIn(const std::string& email, const std::string& password,
                                    const std::string& code = {}) {
        auto proof = prove(email, password, code);
        if (!proof) return proof.error();
        return write(sessions.open(actor, local, *std::move(proof)));
    }
    std::optional<people::Session> byCookie(const std::string& cookie) {
        return store.read([&](store::ReadTx& tx) { return sessions.byCookie(tx, cookie); });
    }
    std::vector<audit::Row> auditRows(const std::string& action) {
        // Units queued without waiting are through once this one is.
        (void)write<void>([](store::WriteTx&) -> Result<void> { return {}; });
        audit::Filter filter;
        filter.action = action;
        return store.read([&](store::ReadTx& tx) { return audit::query(tx, filter).rows; });
    }

    TempFolder folder;
    base::ManualClock clock;
    base::SeededRandom random{1};
    base::IdSource ids{clock, random};
    base::Fd logFile{::open((folder.path / "log").c_str(), O_CREAT | O_WRONLY | O_CLOEXEC, 0600)};
    base::Log log{clock, logFile.get()};
    base::NoMetrics metrics;
    bool migrated = store::applyMigrations(folder.path, clock).has_value();
    store::Store store{folder.path, log, metrics};
    std::shared_ptr<const crypto::MasterKey> master =
        std::make_shared<crypto::MasterKey>(masterKey(folder.path, random));
    store::Sealer sealer{store, master, clock, random, ids};
    store::HubSecrets secrets = hubSecrets(store, *master, random);
    audit::AuditLog audit{"main", clock, ids};
    events::Catalogue catalogue = events::Catalogue::embedded();
    EventLog eventLog;
    events::Events events{catalogue, sealer, clock, ids, &eventLog};
    people::Rights rights;
    people::Users users{audit, events, rights, clock, ids};
    people::Teams teams{users, audit, events, clock, ids};
    people::SignInThrottle throttle{clock};
    audit::RefusalRows rows{store, audit};
    people::Totp totp{users, sealer, audit, secrets, clock, random};
    people::LocalSignIn local{store, users,   totp,  throttle, rows,
                              audit, secrets, clock, random,   {64, 1, 1}};
    people::SessionLimits limits;
    people::Sessions sessions{audit, secrets, limits, clock, random, ids};
    people::Invitations invitations{users, audit, events, secrets, clock, random, ids};
    Actor actor{ActorKind::User, "u1", "u@example.com", "192.0.2.1", "test", "r1"};
};

}  // namespace trusthub::test
