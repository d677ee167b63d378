// The settings of a connection as they come through the API, checked against its connector.
#pragma once

#include "config/schema.h"
#include "json/json.h"

namespace trusthub::connectors {

struct ConnectionSettings {
    json::Object plain;    ///< every declared setting that is no secret, defaults included
    json::Object secrets;  ///< those that are set
};

/// InvalidInput at `/settings/NAME` for what the schema refuses, and for settings that only files
/// on the host may hold.
Result<ConnectionSettings> readSettings(const config::Schema& schema, const json::Object& given);

/// The same, as a connector is given them: defaults in place, secrets apart. InvalidInput when they
/// do not fit the schema, which may be newer than they are.
Result<config::Validated> settingsFor(const config::Schema& schema, const json::Object& given);

}  // namespace trusthub::connectors
