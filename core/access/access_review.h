// Access reviews: who may do what, with which credential, as a report that somebody attests.
#pragma once

#include "audit/audit_log.h"
#include "base/clock.h"
#include "base/ids.h"
#include "events/events.h"
#include "people/users.h"
#include "store/hub_secrets.h"

#include <optional>
#include <set>
#include <string>
#include <vector>

namespace trusthub::access {

/// Every person with roles and second factor, every service account with its steward, every key
/// that is not revoked with what is questionable about it: `never_expires`, `orphaned`,
/// `unused_90_days`, `open_leak` for those whose ids `leaked` holds, `without_rights`,
/// `limited_by_owner`. One snapshot.
json::Object accessReport(store::ReadTx& tx, TimePoint now, const std::set<std::string>& leaked);

struct AccessReview {
    std::string id;
    UserId attestedBy;
    std::string attestedAs;  ///< e-mail address at that time
    TimePoint attestedAt;
    std::string note;
    std::string report;  ///< canonical JSON
    std::string sha256;  ///< of the report, hex
};

/// Without the report.
json::Object toJson(const AccessReview& review);

class AccessReviews {
public:
    AccessReviews(audit::AuditLog& audit, events::Events& events, const store::HubSecrets& secrets,
                  const base::Clock& clock, base::IdSource& ids)
        : audit_(audit), events_(events), secrets_(secrets), clock_(clock), ids_(ids) {}

    /// Keeps a report with who stands for it.
    store::Unit<AccessReview> attest(const Actor& actor, std::string note,
                                     const json::Object& report);

    static std::optional<AccessReview> find(store::ReadTx& tx, std::string_view id);
    /// Newest first.
    static std::vector<AccessReview> list(store::ReadTx& tx, std::string_view after,
                                          std::size_t limit);
    static std::int64_t count(store::ReadTx& tx);

    /// A DSSE envelope (github.com/secure-systems-lab/dsse, protocol 1.0.2) around the canonical
    /// JSON of review and report, signed with the hub's checkpoint key.
    json::Object exported(const AccessReview& review) const;

private:
    audit::AuditLog& audit_;
    events::Events& events_;
    const store::HubSecrets& secrets_;
    const base::Clock& clock_;
    base::IdSource& ids_;
};

}  // namespace trusthub::access
