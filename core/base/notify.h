// Notify: how lower floors tell that people have to look at something. health/ keeps it and mails
// it.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace trusthub::store {
class WriteTx;
}

namespace trusthub::base {

enum class Severity : std::uint8_t { Info, Warning, Critical };

/// One happening of one matter: kind and target say which. Texts are single sentences, without
/// secrets.
struct Alarm {
    std::string kind;  ///< of the closed list in health/alert.h
    Severity severity = Severity::Warning;
    std::string teamId;                              ///< empty: the organization
    std::string targetTable, targetId, targetLabel;  ///< table as in the audit log
    std::string stage;            ///< how far it has come: another one than before is mailed again
    std::string summary, action;  ///< what is the matter, and what to do
    /// User who is mailed while active, in place of the administrators; beside them when it is
    /// critical. Empty: nobody in particular.
    std::string responsibleId;
};

class Notify {
public:
    /// Stored in the unit of what happened, with the mails to whom it concerns. The same matter
    /// again is counted. [in a unit]
    virtual void raise(store::WriteTx& tx, const Alarm& alarm) = 0;
    /// The reason is gone; nothing happens when nothing was open. [in a unit]
    virtual void resolve(store::WriteTx& tx, std::string_view kind, std::string_view targetId,
                         std::string_view because) = 0;
    /// The same for all of the kind that stand at that stage. [in a unit]
    virtual void resolveStage(store::WriteTx& tx, std::string_view kind, std::string_view stage,
                              std::string_view because) = 0;

protected:
    ~Notify() = default;
};

}  // namespace trusthub::base
