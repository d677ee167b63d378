// Deliveries to throw at an InboundSource: its provider's samples, and what a hostile sender makes
// of them.
#pragma once

#include "subject.h"

#include <string>
#include <vector>

namespace trusthub::test {

struct Delivery {
    std::string name;
    sdk::Headers headers;
    std::string body;
    sdk::InboundMessage message() const {
        return {headers, body, *parseTime("2025-01-15T10:00:00Z")};
    }
};

/// From samples/<id>.json; with a generic one when the connector brings none.
std::vector<Delivery> samplesOf(const std::string& id);
/// Bodies that are no JSON, too deep, huge …, and headers missing or doubled.
std::vector<Delivery> hostileBodies(const Delivery& sample);
/// The sample with each of its members in turn left out or of another type.
std::vector<Delivery> wrongTypes(const Delivery& sample);

/// Text that a hostile sender puts in; no error may repeat it.
inline constexpr const char* kCanary = "canary-b0dy-v41u3";

}  // namespace trusthub::test
