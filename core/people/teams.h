// Teams: own projects, endpoints and keys; the border that nothing of another team crosses.
#pragma once

#include "audit/audit_log.h"
#include "base/actor.h"
#include "base/clock.h"
#include "base/ids.h"
#include "events/events.h"
#include "people/users.h"
#include "store/store.h"

#include <optional>
#include <string>
#include <vector>

namespace trusthub::people {

struct Team {
    TeamId id;
    std::string name;
    TimePoint createdAt, updatedAt;
};

json::Object toJson(const Team& team);

class Teams {
public:
    Teams(Users& users, audit::AuditLog& audit, events::Events& events, const base::Clock& clock,
          base::IdSource& ids)
        : users_(users), audit_(audit), events_(events), clock_(clock), ids_(ids) {}

    /// Conflict `name_taken`, also when only case or blanks differ.
    store::Unit<Team> create(const Actor& actor, std::string name);
    store::Unit<Team> rename(const Actor& actor, const TeamId& id, std::string name);
    /// Its roles and open invitations go with it. Conflict `team_in_use` while it has projects,
    /// endpoints, connections or keys in force.
    store::Unit<void> remove(const Actor& actor, const TeamId& id);

    static std::optional<Team> find(store::ReadTx& tx, const TeamId& id);
    static bool exists(store::ReadTx& tx, std::string_view id);
    /// `teams` null: all. Ordered by id.
    static std::vector<Team> list(store::ReadTx& tx,
                                  const std::optional<std::vector<std::string>>& teams,
                                  std::string_view after, std::size_t limit);

private:
    void emit(store::WriteTx& tx, const Actor& actor, std::string_view type, const Team& team);

    Users& users_;
    audit::AuditLog& audit_;
    events::Events& events_;
    const base::Clock& clock_;
    base::IdSource& ids_;
};

}  // namespace trusthub::people
