// Keys, people and their store on a temporary data folder, with a clock that a test turns.
#pragma once

#include "access/key_verifier.h"
#include "base/fd.h"
#include "people/teams.h"
#include "store/migrate.h"
#include "support/temp_folder.h"

#include <boost/json.hpp>
#include <catch2/catch.hpp>
#include <fcntl.h>

#include <filesystem>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace trusthub::test {

/// All that outlives a process: two of them may share a folder, as hub and command line do.
struct Access {
    explicit Access(const std::filesystem::path& folder, access::KeyPolicy policy = {})
        : store(migrated(folder, clock), log, metrics),
          master(masterKey(folder, random)),
          sealer(store, master, clock, random, ids),
          secrets((store.setLinker(&audit), loadSecrets(store, *master, random))),
          keys("tos", policy, {audit, events, secrets, rights, clock, random, ids}) {}

    static std::filesystem::path migrated(const std::filesystem::path& folder,
                                          const base::Clock& clock) {
        if (!store::applyMigrations(folder, clock)) FAIL("the migrations do not apply");
        return folder;
    }
    static std::shared_ptr<const crypto::MasterKey> masterKey(const std::filesystem::path& folder,
                                                              base::Random& random) {
        const auto file = folder / "master.key";
        auto key = std::filesystem::exists(file) ? crypto::MasterKey::load(file)
                                                 : crypto::MasterKey::create(file, random);
        REQUIRE(key);
        return std::make_shared<const crypto::MasterKey>(*std::move(key));
    }
    static store::HubSecrets loadSecrets(store::Store& store, const crypto::MasterKey& master,
                                         base::Random& random) {
        auto secrets = store::HubSecrets::loadOrCreate(store, master, random);
        REQUIRE(secrets);
        return *std::move(secrets);
    }

    template <class T>
    T run(store::Unit<T> unit) {
        auto result = store.writeAndWait<T>(std::move(unit));
        if (!result) FAIL(result.error().text());
        if constexpr (!std::is_void_v<T>) return *std::move(result);
    }
    template <class T>
    Error refused(store::Unit<T> unit) {
        auto result = store.writeAndWait<T>(std::move(unit));
        REQUIRE_FALSE(result);
        return result.error();
    }
    /// `data` of all events of a type, oldest first; each fits its schema.
    std::vector<json::Object> eventsOf(std::string_view type) {
        return store.read([&](store::ReadTx& tx) {
            std::vector<json::Object> found;
            const auto list = events.list(tx, {.type = std::string(type), .limit = 200});
            REQUIRE(list);
            for (auto event = list->rbegin(); event != list->rend(); ++event) {
                const auto data = json::parse(event->data);
                REQUIRE(catalogue.find(type)->compiled.check(*data, ""));
                found.push_back(data->as_object());
            }
            return found;
        });
    }
    people::User user(const std::string& name, std::vector<people::RoleGrant> roles) {
        return run(
            users.create(person, {name + "@example.com", name, "no password", std::move(roles)}));
    }
    std::string team(std::string name) {
        return run(teams.create(person, std::move(name))).id.text;
    }
    access::Principal as(const people::User& user) { return access::Principal::onHost(user); }

    access::NewKey wanted(access::KeyType type = access::KeyType::ReadWrite) {
        access::NewKey key;
        key.name = "a key";
        key.type = type;
        key.scope = access::Scope::Org;
        key.permissions = access::ceiling(type);
        return key;
    }
    access::IssuedKey issue(const access::Principal& by, access::NewKey key) {
        return run(keys.issue(by, std::move(key)));
    }
    access::KeyRefusal refusal(const access::IssuedKey& key, std::string_view ip = "192.0.2.1") {
        return verifier.judge(key.raw.reveal(), ip).refusal;
    }
    std::int64_t number(std::string_view sql) {
        return store.read([&](store::ReadTx& tx) {
            auto rows = tx.query(sql);
            return rows.next() ? rows.integer(0) : -1;
        });
    }

    base::ManualClock clock;
    base::SystemRandom random;
    base::IdSource ids{clock, random};
    base::Fd sink{::open("/dev/null", O_WRONLY | O_CLOEXEC)};
    base::Log log{clock, sink.get()};
    base::NoMetrics metrics;
    audit::AuditLog audit{"main", clock, ids};
    people::Rights rights;
    store::Store store;
    std::shared_ptr<const crypto::MasterKey> master;
    store::Sealer sealer;
    store::HubSecrets secrets;
    events::Catalogue catalogue = events::Catalogue::embedded();
    events::Events events{catalogue, sealer, clock, ids};
    people::Users users{audit, events, rights, clock, ids};
    people::Teams teams{users, audit, events, clock, ids};
    access::ApiKeys keys;
    access::KeyRefusals refusals{store, audit, events, clock};
    access::KeyVerifier verifier{"tos", store, secrets, rights, refusals, clock};
    Actor person{ActorKind::User, "u1", "ada@example.com", "192.0.2.1", "", "req-1"};
};

struct AccessHub : TempFolder, Access {
    explicit AccessHub(access::KeyPolicy policy = {}) : Access(TempFolder::path, policy) {}
    people::User admin = user("ada", {{people::Role::SuperAdmin, "", std::nullopt}});
};

}  // namespace trusthub::test
