// Bodies about API keys, as the API takes them and as `trusthub api-keys` makes and reads them.
#pragma once

#include "access/api_keys.h"
#include "json/json.h"

namespace trusthub::api {

/// The members of a new key; the caller asks for others of its own and then calls finish().
access::NewKey readNewKey(json::ObjectReader& reader, TimePoint now);
access::KeyChange readKeyChange(json::ObjectReader& reader, TimePoint now);

}  // namespace trusthub::api
