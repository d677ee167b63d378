#include "connectors/secret_sinks.h"

#include "base/fd.h"
#include "base/random.h"
#include "connectors/host_services.h"
#include "crypto/master_key.h"
#include "plugin_folder.h"
#include "store/migrate.h"

#include <catch2/catch.hpp>
#include <fcntl.h>

using namespace trusthub;
using namespace trusthub::connectors;

namespace {

struct SinksHub {
    test::TempFolder folder;
    base::ManualClock clock;
    base::Fd nothing{::open("/dev/null", O_WRONLY | O_CLOEXEC)};
    base::Log log{clock, nothing.get()};
    base::NoMetrics metrics;
    base::SystemRandom random;
    base::IdSource ids{clock, random};
    audit::AuditLog audit{"main", clock, ids};
    bool migrated = store::applyMigrations(folder.path, clock).has_value();
    store::Store store{folder.path, log, metrics};
    std::shared_ptr<const crypto::MasterKey> master = std::make_shared<const crypto::MasterKey>(
        crypto::MasterKey::create(folder / "master.key", random).value());
    store::Sealer sealer{store, master, clock, random, ids};
    events::Catalogue catalogue = events::Catalogue::embedded();
    events::Events events{catalogue, sealer, clock, ids};
    HostServices services{
        [](const sdk::HttpRequest&) -> Result<sdk::HttpResponse> { return called(); }, store, clock,
        log, metrics};
    Registry registry{folder / "no plugins", hostFactory(services), log};
    Connections connections{registry, store, sealer, audit, events, clock, ids};
    SecretSinks sinks{registry, connections,
                      [](std::stop_token) -> Transport {
                          FAIL("nothing goes out");
                          return {};
                      },
                      services};
    access::KeySink sink{ConnectionId(std::string("c1")), {"shop/ledger", {}, {}, {}, "A"}};

    SinksHub() { REQUIRE(migrated); }

    static Error called() {
        FAIL("nothing goes out");
        return fail(ErrorKind::Internal);
    }
    void connect(std::string_view status) {
        REQUIRE(store.writeAndWait<void>([&](store::WriteTx& tx) -> Result<void> {
            tx.execute(
                "INSERT INTO connections (id, connector, name, settings, secret_names, status,"
                " created_at, updated_at) VALUES ('c1', 'github', 'GitHub', '{}', '', $1, 0, 7)",
                status);
            return {};
        }));
    }
    std::vector<Error> errors() {
        const auto key = sinks.publicKey(sink, {});
        const auto put = sinks.put(sink, {"k", "box"}, {});
        REQUIRE_FALSE(key);
        REQUIRE_FALSE(put);
        return {key.error(), put.error()};
    }
};

}  // namespace

TEST_CASE("a connection that is paused or gone is refused by name, and nothing goes out") {
    SinksHub hub;
    SECTION("paused") {
        hub.connect("paused");
    }
    SECTION("gone") {}
    for (const Error& error : hub.errors()) {
        CHECK(error.kind == ErrorKind::Conflict);
        CHECK(error.code == access::kSinkNotActive);
    }
}

TEST_CASE("one that is active is opened, and its standing names it") {
    SinksHub hub;
    hub.connect("active");
    for (const Error& error : hub.errors()) CHECK(error.code != access::kSinkNotActive);
    const auto standing = hub.store.read(
        [&](store::ReadTx& tx) { return hub.sinks.standing(tx, hub.sink.connection); });
    REQUIRE(standing);
    CHECK(standing->active);
    CHECK(standing->name == "GitHub");
}
