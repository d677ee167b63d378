// Verifies API keys on one thread: from the text of a key to a Principal, over a few keys and over
// many. Prints {"few":…,"many":…} in verifications per second of processor time, medians of rounds
// by turns.
#include "access/api_key_format.h"
#include "access/key_verifier.h"
#include "base/fd.h"
#include "base/text.h"
#include "store/migrate.h"

#include <fcntl.h>
#include <stdlib.h>
#include <time.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <iostream>
#include <vector>

namespace {

using namespace trusthub;

constexpr int kRounds = 9;
constexpr std::size_t kSample = 300'000;

double processorSeconds() {
    timespec now{};
    ::clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
    return static_cast<double>(now.tv_sec) + 1e-9 * static_cast<double>(now.tv_nsec);
}

template <class T>
T orEnd(Result<T> result) {
    if (result) return *std::move(result);
    std::cerr << result.error().text() << "\n";
    std::exit(1);
}

/// Keys as they are once each was used: their records in the cache, their texts with the clients.
class Keys {
public:
    Keys(const std::filesystem::path& folder, std::size_t count)
        : store_((orEnd(store::applyMigrations(folder, clock_)), folder), log_, metrics_),
          master_(std::make_shared<const crypto::MasterKey>(
              orEnd(crypto::MasterKey::create(folder / "master.key", random_)))),
          sealer_(store_, master_, clock_, random_, ids_),
          secrets_(orEnd(store::HubSecrets::loadOrCreate(store_, *master_, random_))) {
        people::User owner;
        owner.id = ids_.next<UserId>();
        owner.status = "active";
        owner.roles = {{people::Role::SuperAdmin, "", std::nullopt}};
        const auto shared = std::make_shared<const people::User>(std::move(owner));
        // A first look at the database settles the revision.
        rights_.lookAround(store_, clock_.steadyNow());
        std::vector<std::string> texts;
        texts.reserve(count);
        for (std::size_t i = 0; i < count; ++i) texts.push_back(add(shared));
        // Clients come in no order of their keys' birth. A request brings its text with it.
        for (std::size_t i = count; i > 1; --i) std::swap(texts[i - 1], texts[random_.below(i)]);
        size_ = texts.front().size();
        for (const auto& text : texts) texts_ += text;
    }

    double sample() {
        const Actor caller{ActorKind::System, "", "", "192.0.2.17", "curl/8.5.0", "request"};
        const double start = processorSeconds();
        for (std::size_t i = 0; i < kSample; ++i) {
            const std::string_view text = std::string_view(texts_).substr(next_, size_);
            const auto principal = verifier_.authenticate(text, caller);
            if (!principal) {
                std::cerr << "a key does not verify\n";
                std::exit(1);
            }
            next_ = (next_ + size_) % texts_.size();
        }
        return static_cast<double>(kSample) / (processorSeconds() - start);
    }

private:
    std::string add(const std::shared_ptr<const people::User>& owner) {
        for (;;) {
            const auto made = access::makeKeyText("tos", random_);
            access::KeyRecord record;
            record.view.id = ids_.next<ApiKeyId>();
            record.id = record.view.id.text;
            record.view.prefix = made.prefix;
            record.view.name = "CI of one of many projects";
            record.view.teamId = ids_.next();
            record.view.projectId = ids_.next();
            record.view.permissions = access::ceiling(access::KeyType::ReadWrite);
            record.view.allowedIps = *access::AddressList::parse({"192.0.2.0/24"});
            std::ranges::copy(secrets_.fingerprintBytes("api_key", made.whole.reveal()),
                              record.mac.begin());
            record.owner = owner;
            const auto number = access::prefixNumber(made.prefix, "tos");
            // Of a million prefixes some hundred are drawn twice; a hub refuses the second.
            if (verifier_.cache().find(*number, rights_.now())) continue;
            verifier_.cache().keep(*number, rights_.now(), std::move(record));
            return std::string(made.whole.reveal());
        }
    }

    base::ManualClock clock_;
    base::SystemRandom random_;
    base::IdSource ids_{clock_, random_};
    base::Fd sink_{::open("/dev/null", O_WRONLY | O_CLOEXEC)};
    base::Log log_{clock_, sink_.get()};
    base::NoMetrics metrics_;
    audit::AuditLog audit_{"main", clock_, ids_};
    people::Rights rights_;
    store::Store store_;
    std::shared_ptr<const crypto::MasterKey> master_;
    store::Sealer sealer_;
    store::HubSecrets secrets_;
    events::Catalogue catalogue_ = events::Catalogue::embedded();
    events::Events events_{catalogue_, sealer_, clock_, ids_};
    access::KeyRefusals refusals_{store_, audit_, events_, clock_};
    // Room for all: what the cache dropped could not be read again, for no key is in the database.
    access::KeyVerifier verifier_{
        "tos", store_, secrets_, rights_, refusals_, clock_, 2 * access::KeyCache::kCapacity};
    std::string texts_;  ///< one behind the other
    std::size_t size_ = 0;
    std::size_t next_ = 0;
};

double median(std::vector<double> values) {
    std::ranges::sort(values);
    return values[values.size() / 2];
}

}  // namespace

int main(int argc, char** argv) {
    if (argc != 4) {
        std::cerr << "usage: bench_verify_keys FOLDER FEW MANY\n";
        return 2;
    }
    const std::filesystem::path folder = argv[1];
    const std::filesystem::path other = folder / "many";
    std::filesystem::create_directories(other);
    Keys few(folder, std::strtoull(argv[2], nullptr, 10));
    Keys many(other, std::strtoull(argv[3], nullptr, 10));
    std::vector<double> fewRates, manyRates, ratios;
    for (int round = 0; round < kRounds; ++round) {
        fewRates.push_back(few.sample());
        manyRates.push_back(many.sample());
        ratios.push_back(manyRates.back() / fewRates.back());
    }
    std::cout << "{\"few\":" << median(fewRates) << ",\"many\":" << median(manyRates)
              << ",\"ratio\":" << median(ratios) << "}\n";
    return 0;
}
