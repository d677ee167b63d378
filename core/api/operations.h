// Operations: what the OpenAPI document says of a route beyond what the route table holds.
#pragma once

#include "api/call.h"
#include "json/json.h"

#include <string_view>
#include <vector>

namespace trusthub::api {

struct Operation {
    Outcome (*handler)(Call& call);
    std::string_view id;  ///< operationId
    std::string_view tag;
    std::vector<std::string_view> query = {};  ///< names among queryParameters()
    std::vector<int> statuses = {};            ///< of errors that do not follow from the route
    bool bodyOptional = false;
    std::string_view mediaType = "application/json";  ///< of the answer
};

/// Null for a handler that is not described.
const Operation* findOperation(Outcome (*handler)(Call& call));

struct Route;
/// InvalidInput for a query parameter that the operation of the route does not list.
Result<void> onlyKnownQuery(const Call& call, const Route& route);

struct Tag {
    std::string_view name;
    std::string_view description;
};
/// In the order of the document.
const std::vector<Tag>& tags();

struct QueryParameter {
    std::string_view name;
    std::string_view description;
    json::Value schema;
};
const std::vector<QueryParameter>& queryParameters();

}  // namespace trusthub::api
