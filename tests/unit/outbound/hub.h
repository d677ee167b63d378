// A hub's lower half on a temporary data folder, with receivers that a test scripts.
#pragma once

#include "audit/audit_log.h"
#include "base/fd.h"
#include "events/events.h"
#include "outbound/deliveries.h"
#include "outbound/dispatcher.h"
#include "outbound/endpoints.h"
#include "people/teams.h"
#include "store/migrate.h"
#include "support/temp_folder.h"

#include <boost/json.hpp>
#include <catch2/catch.hpp>
#include <fcntl.h>

#include <deque>
#include <filesystem>
#include <functional>
#include <memory>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

namespace trusthub::test {

/// Receivers of the whole world. The handler answers at once, or null: then the receiver hangs
/// until release().
class FakeReceivers final : public outbound::Sender {
public:
    using Done = base::MoveFunction<void(http::Exchange)>;
    std::function<std::optional<http::Exchange>(const sdk::HttpRequest&)> handler =
        [](const sdk::HttpRequest&) { return answer(204); };
    std::vector<sdk::HttpRequest> requests;
    std::vector<std::pair<sdk::HttpRequest, Done>> hanging;

    static http::Exchange answer(int status, std::string body = {}, sdk::Headers headers = {}) {
        http::Exchange exchange;
        exchange.response = sdk::HttpResponse{status, std::move(headers), std::move(body)};
        exchange.info.resolvedAddress = "192.0.2.7";
        return exchange;
    }
    static http::Exchange failure(ErrorKind kind, std::string word) {
        http::Exchange exchange;
        exchange.response = fail(kind);
        exchange.info.failure = std::move(word);
        return exchange;
    }

    void start(sdk::HttpRequest request, Done done) override {
        requests.push_back(request);
        if (auto exchange = handler(request))
            done(*std::move(exchange));
        else
            hanging.emplace_back(std::move(request), std::move(done));
    }
    void release(const http::Exchange& exchange) {
        auto waiting = std::move(hanging);
        hanging.clear();
        for (auto& [request, done] : waiting) done(exchange);
    }
    std::size_t requestsTo(std::string_view url) const {
        return static_cast<std::size_t>(
            std::count_if(requests.begin(), requests.end(),
                          [&](const sdk::HttpRequest& request) { return request.url == url; }));
    }
};

struct Hub {
    static base::BackoffSchedule schedule() {
        using std::chrono::seconds;
        return {{seconds{0}, seconds{5}, seconds{300}}, 0.0};
    }

    TempFolder folder;
    base::ManualClock clock;
    base::SystemRandom random;
    base::IdSource ids{clock, random};
    base::Fd sink{::open("/dev/null", O_WRONLY | O_CLOEXEC)};
    base::Log log{clock, sink.get()};
    base::NoMetrics metrics;
    outbound::EndpointFanout fanout{schedule(), random, ids};
    audit::AuditLog audit{"test", clock, ids};
    people::Rights rights;
    store::Store store{migrated(), log, metrics};
    store::Sealer sealer{store, masterKey(), clock, random, ids};
    events::Catalogue catalogue = events::Catalogue::embedded();
    events::Events events{catalogue, sealer, clock, ids, &fanout};
    std::shared_ptr<const http::EgressGuard> guard =
        std::make_shared<http::EgressGuard>(std::vector<http::EgressAllow>{});
    outbound::Endpoints endpoints{
        {sealer, audit, events, fanout, clock, random, ids, [this] { return guard; }}};
    outbound::Deliveries deliveries{sealer, audit, fanout, clock};
    FakeReceivers receivers;
    std::unique_ptr<outbound::Dispatcher> dispatcher;
    Actor person{ActorKind::User, "u1", "ada@example.com", "192.0.2.1", "", "req-1"};

    Hub() {
        store.setLinker(&audit);
        restart();
    }
    ~Hub() { fanout.setListener(nullptr); }

    /// As after a crash: what was in memory is gone.
    void restart(outbound::DispatcherConfig config = {schedule(), 512, 16}) {
        dispatcher.reset();
        dispatcher = std::make_unique<outbound::Dispatcher>(
            outbound::Dispatcher::Parts{store, sealer, events, endpoints, receivers, clock, random,
                                        ids, log, metrics},
            config);
        fanout.setListener(dispatcher.get());
        REQUIRE(dispatcher->recover());
    }

    template <class T>
    Result<T> run(store::Unit<T> unit) {
        return store.writeAndWait<T>(std::move(unit));
    }

    outbound::Endpoints::New wanted(std::string url = "https://a.example/hook",
                                    std::vector<std::string> types = {"account.created"}) {
        outbound::Endpoints::New endpoint;
        endpoint.url = std::move(url);
        endpoint.eventTypes = std::move(types);
        return endpoint;
    }
    outbound::Endpoint create(outbound::Endpoints::New wanted) {
        auto made = run(endpoints.create(person, std::move(wanted)));
        REQUIRE(made);
        return made->endpoint;
    }
    outbound::Endpoint endpoint(const EndpointId& id) {
        auto found = store.read([&](store::ReadTx& tx) { return endpoints.find(tx, id); });
        REQUIRE(found);
        return *found;
    }
    std::string team(std::string name) {
        events::Events unheard{catalogue, sealer, clock, ids};  // the test counts its own
        people::Users users(audit, unheard, rights, clock, ids);
        people::Teams teams(users, audit, unheard, clock, ids);
        auto made = run(teams.create(person, std::move(name)));
        REQUIRE(made);
        return made->id.text;
    }

    events::Emitted publish(std::string_view team = {}, std::string_view type = "account.created") {
        auto draft = events.draft(
            type, team, {{"account_id", "acc_123"}, {"name", "Acme"}, {"status", "active"}});
        auto emitted = run<events::Emitted>([&](store::WriteTx& tx) -> Result<events::Emitted> {
            return events.emit(tx, person, draft);
        });
        REQUIRE(emitted);
        return *emitted;
    }

    /// A caller has its answer before the hooks of its commit run: waits until they have.
    void settle() {
        const auto done =
            run<int>([](store::WriteTx&) -> Result<int> { return fail(ErrorKind::Cancelled); });
        REQUIRE_FALSE(done);
    }
    /// Lets the dispatcher work until it has nothing to do at this time.
    void work() {
        for (int i = 0; i < 40; ++i) {
            settle();
            dispatcher->step();
        }
    }
    outbound::Delivery delivery(const DeliveryId& id) {
        auto found =
            store.read([&](store::ReadTx& tx) { return outbound::Deliveries::find(tx, id); });
        REQUIRE(found);
        return *found;
    }
    std::vector<outbound::AttemptRecord> attempts(const DeliveryId& id) {
        auto found = store.read([&](store::ReadTx& tx) { return deliveries.attempts(tx, id); });
        REQUIRE(found);
        return *found;
    }
    std::int64_t number(std::string_view sql) {
        return store.read([&](store::ReadTx& tx) {
            auto rows = tx.query(sql);
            return rows.next() ? rows.integer(0) : -1;
        });
    }

private:
    std::filesystem::path migrated() {
        REQUIRE(store::applyMigrations(folder.path, clock));
        return folder.path;
    }
    std::shared_ptr<const crypto::MasterKey> masterKey() {
        auto key = crypto::MasterKey::create(folder.path / "master.key", random);
        REQUIRE(key);
        return std::make_shared<crypto::MasterKey>(*std::move(key));
    }
};

}  // namespace trusthub::test
