#include "api/idempotency.h"

#include "json/json.h"

#include <boost/json.hpp>

namespace trusthub::api {
namespace {

constexpr std::string_view kSelect =
    "SELECT fingerprint, status, body FROM idempotency_keys"
    " WHERE owner = $1 AND key = $2 AND created_at > $3";
constexpr std::string_view kInsert =
    "INSERT INTO idempotency_keys (owner, key, fingerprint, status, body, created_at)"
    " VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT (owner, key) DO UPDATE"
    " SET fingerprint = excluded.fingerprint, status = excluded.status, body = excluded.body,"
    " created_at = excluded.created_at";
constexpr std::string_view kExpire =
    "DELETE FROM idempotency_keys WHERE (owner, key) IN"
    " (SELECT owner, key FROM idempotency_keys WHERE created_at <= $1 LIMIT $2)";

constexpr std::chrono::hours kKept{24};

}  // namespace

Result<std::optional<http::Response>> Idempotency::find(store::ReadTx& tx) const {
    store::Rows rows = tx.query(kSelect, owner, key, now - kKept);
    if (!rows.next()) return std::optional<http::Response>{};
    if (rows.view(0) != fingerprint)
        return fail(ErrorKind::InvalidInput,
                    "This Idempotency-Key was used with another body; use a new key.",
                    "idempotency_mismatch");
    const auto status = static_cast<int>(rows.integer(1));
    auto response =
        status == 204 ? http::Response::empty(status) : http::Response::json(status, rows.text(2));
    response.headers.set("Idempotency-Replayed", "true");
    return std::optional(std::move(response));
}

void Idempotency::save(store::WriteTx& tx, const http::Response& response) const {
    std::string body = response.body;
    if (!secretMembers.empty()) {
        if (auto value = json::parse(body); value && value->is_object()) {
            json::Object& object = value->as_object();
            bool shown = false;
            for (const auto& member : secretMembers) shown |= object.erase(member) > 0;
            if (shown) object["secret_shown"] = true;
            body = boost::json::serialize(object);
        }
    }
    tx.execute(kInsert, owner, key, fingerprint, response.status, body, now);
}

std::size_t Idempotency::expire(store::WriteTx& tx, TimePoint now, std::size_t limit) {
    return static_cast<std::size_t>(tx.execute(kExpire, now - kKept, limit));
}

}  // namespace trusthub::api
