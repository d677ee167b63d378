// Actor: who did it, for the audit log and for events.
#pragma once

#include "base/host_account.h"

#include <optional>
#include <string>

namespace trusthub::base {

enum class ActorKind { System, Host, User, ApiKey, Webhook };

inline const char* text(ActorKind kind) {
    switch (kind) {
        case ActorKind::System:
            return "system";
        case ActorKind::Host:
            return "host";
        case ActorKind::User:
            return "user";
        case ActorKind::ApiKey:
            return "api_key";
        case ActorKind::Webhook:
            return "webhook";
    }
    return "system";
}

struct Actor {
    ActorKind kind = ActorKind::System;
    std::string id;     ///< of the user, key or project; empty for System and Host
    std::string label;  ///< e-mail, key prefix, provider: what a reader recognises
    std::string ip;     ///< client address, empty when there is none
    std::string userAgent;
    std::string requestId;
    std::optional<HostAccount> account = {};  ///< of Host: whose command it was
};

}  // namespace trusthub::base

namespace trusthub {
using base::Actor;
using base::ActorKind;
}  // namespace trusthub
