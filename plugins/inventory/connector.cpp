#include "cyclonedx.h"
#include "scanner.h"
#include "sdk/plugin.h"

namespace trusthub::inventory {

class Connector final : public sdk::Connector, private sdk::Probe {
public:
    explicit Connector(sdk::Host& host) : scanner_(host) {}

    sdk::Probe& probe() override { return *this; }
    sdk::Scanner* scanner() noexcept override { return &scanner_; }

private:
    sdk::Result<sdk::ProbeReport> probe(std::stop_token) override {
        return sdk::ProbeReport{
            "Ready. It reads what the hub fetches and calls nobody itself; whether a repository "
            "can be "
            "reached shows in its first scan."};
    }

    LockFileScanner scanner_;
};

}  // namespace trusthub::inventory

TRUSTHUB_PLUGIN(trusthub::inventory::Connector, "inventory", "1.0.0");
