// The webhook secrets of a project: several may verify at once while a rotation overlaps.
#include "base/text.h"
#include "people/projects.h"

#include <boost/json.hpp>

namespace trusthub::people {
namespace {

constexpr std::string_view kCurrent =
    "SELECT id, kind, secret_sealed, valid_until FROM webhook_secrets"
    " WHERE project_id = $1 AND (valid_until IS NULL OR valid_until > $2) ORDER BY id DESC";
constexpr std::string_view kRetire =
    "UPDATE webhook_secrets SET valid_until = $1"
    " WHERE project_id = $2 AND (valid_until IS NULL OR valid_until > $1)";
constexpr std::string_view kDropEnded =
    "DELETE FROM webhook_secrets WHERE project_id = $1 AND valid_until <= $2";
constexpr std::string_view kInsert =
    "INSERT INTO webhook_secrets (id, project_id, kind, secret_sealed, created_at)"
    " VALUES ($1, $2, $3, $4, $5)";
constexpr std::string_view kStatus =
    "SELECT id, kind, created_at, valid_until FROM webhook_secrets"
    " WHERE project_id = $1 AND (valid_until IS NULL OR valid_until > $2) ORDER BY id DESC";
constexpr std::string_view kDropPrevious =
    "DELETE FROM webhook_secrets WHERE project_id = $1 AND valid_until IS NOT NULL";
constexpr std::string_view kCountCurrent =
    "SELECT count(*) FROM webhook_secrets WHERE project_id = $1"
    " AND (valid_until IS NULL OR valid_until > $2)";
constexpr std::int64_t kMaxSecrets = 10;  // each is tried on each delivery

std::int64_t countCurrent(store::ReadTx& tx, const ProjectId& id, TimePoint now) {
    store::Rows rows = tx.query(kCountCurrent, id, now);
    rows.next();
    return rows.integer(0);
}

store::SealPlace placeOf(std::string_view id) {
    return {"webhook_secrets", "secret", id};
}

}  // namespace

std::string_view text(SecretKind kind) {
    return kind == SecretKind::Signing ? "signing" : "token";
}

Result<std::vector<WebhookSecret>> Projects::currentSecrets(store::ReadTx& tx,
                                                            const ProjectId& id) {
    struct Stored {
        std::string id, kind, sealed;
        std::optional<TimePoint> validUntil;
    };
    std::vector<Stored> stored;
    for (store::Rows rows = tx.query(kCurrent, id, clock_.now()); rows.next();)
        stored.push_back({rows.text(0), rows.text(1), rows.text(2), rows.optionalTime(3)});
    std::vector<WebhookSecret> secrets;
    for (const Stored& row : stored) {
        auto opened = sealer_.openSecret(tx, placeOf(row.id), row.sealed);
        if (!opened) return opened.error();
        secrets.push_back({row.kind == "signing" ? SecretKind::Signing : SecretKind::Token,
                           *std::move(opened), row.validUntil});
    }
    return secrets;
}

store::Unit<ShownSecret> Projects::rotateSecret(const Actor& actor, const Project& project,
                                                NewSecret wanted, base::Random& random) {
    ShownSecret shown;
    shown.kind = wanted.kind;
    if (wanted.value) {
        shown.secret = *wanted.value;
    } else {
        // GitLab's signing tokens are `whsec_` and the base64 of 32 bytes; a plain token is hex.
        const std::string bytes = random.bytes(32);
        shown.secret =
            SecretString(wanted.kind == SecretKind::Signing ? "whsec_" + base::toBase64(bytes)
                                                            : base::toHex(bytes));
    }
    const std::string id = ids_.next();
    auto sealed =
        sealer_.seal({project.teamId.text, "secrets"}, placeOf(id), shown.secret.reveal());
    return [this, actor, project, wanted = std::move(wanted), shown = std::move(shown), id,
            sealed = std::move(sealed)](store::WriteTx& tx) mutable -> Result<ShownSecret> {
        if (!find(tx, project.id)) return fail(ErrorKind::NotFound);
        const TimePoint now = clock_.now();
        const TimePoint until = now + std::chrono::hours(wanted.overlapHours);
        revision_.changed(tx);
        tx.execute(kDropEnded, project.id, now);
        const std::int64_t current = countCurrent(tx, project.id, now);
        if (current >= kMaxSecrets && wanted.overlapHours > 0)
            return fail(ErrorKind::Conflict,
                        "The project has as many webhook secrets in force as it may have; end the"
                        " overlap of the earlier ones first.",
                        "too_many_secrets");
        if (current > 0 && wanted.overlapHours > 0) shown.previousValidUntil = until;
        // Every older secret ends with this overlap at the latest; none is prolonged by a second
        // rotation.
        tx.execute(kRetire, until, project.id);
        if (wanted.overlapHours == 0) tx.execute(kDropEnded, project.id, now);
        tx.execute(kInsert, id, project.id, text(wanted.kind), sealed.into(tx), now);
        audit_.append(tx, actor,
                      {"rotate",
                       "webhook_secrets",
                       id,
                       project.teamId.text,
                       {{"project_id", project.id.text},
                        {"kind", text(wanted.kind)},
                        {"overlap_hours", wanted.overlapHours}}});
        return std::move(shown);
    };
}

std::vector<SecretStatus> Projects::secretStatus(store::ReadTx& tx, const ProjectId& id,
                                                 TimePoint now) {
    std::vector<SecretStatus> found;
    for (store::Rows rows = tx.query(kStatus, id, now); rows.next();)
        found.push_back({rows.text(0),
                         rows.view(1) == "signing" ? SecretKind::Signing : SecretKind::Token,
                         rows.time(2), rows.optionalTime(3)});
    return found;
}

store::Unit<int> Projects::endPrevious(const Actor& actor, const Project& project) {
    return [this, actor, project](store::WriteTx& tx) -> Result<int> {
        const auto ended = static_cast<int>(tx.execute(kDropPrevious, project.id));
        revision_.changed(tx);
        audit_.append(tx, actor,
                      {"delete",
                       "webhook_secrets",
                       project.id.text,
                       project.teamId.text,
                       {{"project_id", project.id.text}, {"ended", ended}}});
        return ended;
    };
}

}  // namespace trusthub::people
