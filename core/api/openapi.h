// The OpenAPI 3.1 document, printed from the route table, operations.cpp and schemas.json.
#pragma once

#include <string>

namespace trusthub::api {

/// The document as JSON text; `publicUrl` is its one server. Everything else is made once.
/// [thread-safe]
std::string openApiDocument(const std::string& publicUrl);

}  // namespace trusthub::api
