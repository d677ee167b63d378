// Resources: what is read under a path of its own, and the ETag and preconditions that follow.
#pragma once

#include "json/json.h"
#include "store/tx.h"

#include <string>
#include <string_view>
#include <vector>

namespace trusthub::api {

struct Call;
struct Route;

/// What GET answers, the right to read it checked first. Runs in a read session for GET, and inside
/// the unit of a change that carries If-Match. [any thread; SQL only]
using Represent = Result<json::Object> (*)(const Call& call, store::ReadTx& tx);

struct Resource {
    std::string_view pattern;
    Represent represent;
    /// Members that change though nobody changed the thing: If-Match looks past them.
    std::vector<std::string_view> telemetry = {};
};

/// The resource that a route reads or changes: its pattern is the resource's, or an action right
/// beneath it that nobody can GET. Null for lists and for what has no path of its own.
const Resource* resourceOf(const Route& route);

/// Whether the route changes its resource, so that If-Match makes sense.
bool changes(const Route& route);

/// Takes If-Match and If-None-Match into the call. BadRequest when they are malformed,
/// PreconditionFailed where there is nothing that could match, PreconditionRequired where the
/// configuration wants If-Match.
Result<void> readPreconditions(Call& call, const Route& route);
/// Compares them with the state that the unit sees. [in a unit]
Result<void> confirmPreconditions(const Call& call, store::ReadTx& tx);
/// The tag after a change, for its answer; empty where the caller may not read it. [in a unit]
std::string tagAfter(const Call& call, store::ReadTx& tx);

}  // namespace trusthub::api
