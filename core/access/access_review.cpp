#include "access/access_review.h"

#include "base/text.h"
#include "crypto/ed25519.h"
#include "crypto/hash.h"

#include <boost/json.hpp>

namespace trusthub::access {
namespace {

constexpr std::string_view kInsert =
    "INSERT INTO access_reviews (id, attested_by, attested_as, attested_at, note, report,"
    " report_sha256) VALUES ($1, $2, $3, $4, $5, $6, $7)";
constexpr std::string_view kSelect =
    "SELECT id, attested_by, attested_as, attested_at, note, report_sha256, report"
    " FROM access_reviews WHERE id = $1";
constexpr std::string_view kPage =
    "SELECT id, attested_by, attested_as, attested_at, note, report_sha256 FROM access_reviews"
    " WHERE id < $1 ORDER BY id DESC LIMIT $2";
constexpr std::string_view kCount = "SELECT count(*) FROM access_reviews";

constexpr std::string_view kPayloadType = "application/vnd.trusthub.access-review+json";
constexpr std::string_view kVerify =
    "The Ed25519 signature `sig` is over the bytes of: DSSEv1, a space, the length of payloadType,"
    " a space, payloadType, a space, the length of the payload decoded from base64, a space, the"
    " payload. `public_key` is the key of 32 bytes in base64. attestation.report_sha256 is SHA-256"
    " of the canonical JSON (RFC 8785) of `report`.";

AccessReview reviewOf(const store::Rows& rows) {
    AccessReview review;
    review.id = rows.text(0);
    review.attestedBy = rows.id<UserId>(1);
    review.attestedAs = rows.text(2);
    review.attestedAt = rows.time(3);
    review.note = rows.text(4);
    review.sha256 = rows.text(5);
    return review;
}

/// DSSE's pre-authentication encoding.
std::string encoded(std::string_view payload) {
    std::string text = "DSSEv1 ";
    text.append(std::to_string(kPayloadType.size())).append(" ").append(kPayloadType);
    text.append(" ").append(std::to_string(payload.size())).append(" ").append(payload);
    return text;
}

}  // namespace

json::Object toJson(const AccessReview& review) {
    return {{"id", review.id},
            {"attested_by", {{"id", review.attestedBy.text}, {"email", review.attestedAs}}},
            {"attested_at", formatTime(review.attestedAt)},
            {"note", review.note},
            {"report_sha256", review.sha256}};
}

store::Unit<AccessReview> AccessReviews::attest(const Actor& actor, std::string note,
                                                const json::Object& report) {
    AccessReview review;
    review.id = ids_.next();
    review.attestedBy = UserId(actor.id);
    review.attestedAs = actor.label;
    review.attestedAt = clock_.now();
    review.note = std::move(note);
    review.report = json::canonical(report);
    review.sha256 = base::toHex(crypto::sha256(review.report));
    auto event = events_.draft("access_review.attested", "",
                               {{"review_id", review.id},
                                {"attested_by", review.attestedAs},
                                {"report_sha256", review.sha256}});
    return [this, actor, review = std::move(review),
            event = std::move(event)](store::WriteTx& tx) -> Result<AccessReview> {
        tx.execute(kInsert, review.id, review.attestedBy, review.attestedAs, review.attestedAt,
                   review.note, review.report, review.sha256);
        audit_.append(
            tx, actor,
            {"attest", "access_reviews", review.id, "", {{"report_sha256", review.sha256}}});
        events_.emit(tx, actor, event);
        return review;
    };
}

std::optional<AccessReview> AccessReviews::find(store::ReadTx& tx, std::string_view id) {
    store::Rows rows = tx.query(kSelect, id);
    if (!rows.next()) return std::nullopt;
    auto review = reviewOf(rows);
    review.report = rows.text(6);
    return review;
}

std::vector<AccessReview> AccessReviews::list(store::ReadTx& tx, std::string_view after,
                                              std::size_t limit) {
    std::vector<AccessReview> found;
    // Newest first: "g" sorts behind every id, whose first digit is hexadecimal.
    for (store::Rows rows = tx.query(kPage, after.empty() ? "g" : after, limit); rows.next();)
        found.push_back(reviewOf(rows));
    return found;
}

std::int64_t AccessReviews::count(store::ReadTx& tx) {
    store::Rows rows = tx.query(kCount);
    rows.next();
    return rows.integer(0);
}

json::Object AccessReviews::exported(const AccessReview& review) const {
    json::Object statement{{"attestation", toJson(review)}};
    if (auto report = json::parse(review.report)) statement["report"] = *std::move(report);
    const std::string payload = json::canonical(statement);
    const auto& key = secrets_.checkpointKey();
    return {{"payloadType", kPayloadType},
            {"payload", base::toBase64(payload)},
            {"signatures",
             json::Array{json::Object{
                 {"keyid", base::toHex(crypto::sha256(key.publicKey))},
                 {"sig", base::toBase64(crypto::signEd25519(key.seed, encoded(payload)))}}}},
            {"public_key", base::toBase64(key.publicKey)},
            {"verify", kVerify}};
}

}  // namespace trusthub::access
