#include "audit/audit_log.h"

#include "base/text.h"
#include "crypto/hash.h"
#include "json/or_null.h"

#include <boost/json.hpp>

namespace trusthub::audit {
namespace {

constexpr std::string_view kHead =
    "SELECT seq, hash FROM audit_log WHERE chain = $1 ORDER BY seq DESC LIMIT 1";
constexpr std::string_view kInsert =
    "INSERT INTO audit_log (chain, seq, id, at, team_id, actor_kind, actor_id, actor_label, action,"
    " target_table, target_id, request_id, ip, user_agent, details, prev_hash, hash)"
    " VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17)";

struct Pending final : store::LinkItem {
    Actor actor;
    Entry entry;
    std::string id;
    TimePoint at;
};

}  // namespace

const std::vector<std::string_view>& targetTables() {
    static const std::vector<std::string_view> kTables{
        "access_reviews", "alerts",      "api_keys",
        "audit_log",      "connections", "deliveries",
        "endpoints",      "events",      "invitations",
        "projects",       "scans",       "sessions",
        "setup",          "teams",       "totp",
        "user_roles",     "users",       "webhook_deliveries",
        "webhook_secrets"};
    return kTables;
}

const std::vector<std::string_view>& actions() {
    static const std::vector<std::string_view> kActions{
        "accept",   "acknowledge", "attest", "cancel", "confirm", "create",  "delete",
        "disable",  "leak",        "pause",  "read",   "refuse",  "replay",  "reset",
        "resolve",  "resume",      "retry",  "revoke", "rotate",  "sign_in", "sign_in_failed",
        "sign_out", "step_up",     "test",   "update"};
    return kActions;
}

std::string canonicalText(const RowFields& row) {
    // RFC 8785 sorts members by name; they are written in that order here, so no tree is needed.
    sdk::JsonWriter writer;
    writer.beginObject()
        .member("action", row.action)
        .member("actor_id", row.actorId)
        .member("actor_kind", row.actorKind)
        .member("actor_label", row.actorLabel)
        .member("at", row.atMillis)
        .member("chain", row.chain);
    writer.key("details").raw(row.details);
    writer.member("id", row.id)
        .member("ip", row.ip)
        .member("prev_hash", row.prevHash)
        .member("request_id", row.requestId)
        .member("seq", row.seq)
        .member("target_id", row.targetId)
        .member("target_table", row.targetTable)
        .member("team_id", row.teamId)
        .member("user_agent", row.userAgent)
        .endObject();
    return std::move(writer).text();
}

std::string hashOf(const RowFields& row) {
    return base::toHex(crypto::sha256(canonicalText(row)));
}

void AuditLog::append(store::WriteTx& tx, const Actor& actor, Entry entry) {
    auto item = std::make_unique<Pending>();
    item->actor = actor;
    item->entry = std::move(entry);
    if (actor.account)
        item->entry.details["host_account"] = json::Object{
            {"uid", actor.account->uid}, {"name", json::textOrNull(actor.account->name)}};
    item->id = ids_.next();
    item->at = clock_.now();
    tx.link(std::move(item));
}

void AuditLog::link(store::WriteTx& tx, std::span<const std::unique_ptr<store::LinkItem>> items) {
    std::int64_t seq = 0;
    std::string previous(64, '0');
    {
        store::Rows head = tx.query(kHead, chain_);
        if (head.next()) {
            seq = head.integer(0);
            previous = head.text(1);
        }
    }
    for (const auto& item : items) {
        // Only append() hands items to this linker.
        const auto& pending = static_cast<const Pending&>(*item);
        const std::string details = json::canonical(pending.entry.details);
        RowFields row;
        row.chain = chain_;
        row.seq = ++seq;
        row.id = pending.id;
        row.atMillis = pending.at.time_since_epoch().count();
        row.teamId = pending.entry.teamId;
        row.actorKind = base::text(pending.actor.kind);
        row.actorId = pending.actor.id;
        row.actorLabel = pending.actor.label;
        row.action = pending.entry.action;
        row.targetTable = pending.entry.targetTable;
        row.targetId = pending.entry.targetId;
        row.requestId = pending.actor.requestId;
        row.ip = pending.actor.ip;
        row.userAgent = base::clipUtf8(pending.actor.userAgent, 256);
        row.details = details;
        row.prevHash = previous;
        std::string hash = hashOf(row);
        tx.execute(kInsert, row.chain, row.seq, row.id, row.atMillis, row.teamId, row.actorKind,
                   row.actorId, row.actorLabel, row.action, row.targetTable, row.targetId,
                   row.requestId, row.ip, row.userAgent, row.details, row.prevHash, hash);
        previous = std::move(hash);
    }
}

}  // namespace trusthub::audit
