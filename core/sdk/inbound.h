// InboundSource: deliveries that a provider pushes to the hub, in three pure steps.
#pragma once

#include "sdk/headers.h"
#include "sdk/json.h"
#include "sdk/result.h"
#include "sdk/secret.h"
#include "sdk/time.h"

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace trusthub::sdk {

/// One delivery as it came. Views into memory of the caller, valid during the call only.
struct InboundMessage {
    const Headers& headers;
    std::string_view body;  ///< the raw bytes, the only thing that a signature covers
    TimePoint receivedAt;
};

/// What the delivery says about itself, read without trust in it: nothing here is verified yet.
struct InboundIdentity {
    std::string event;       ///< the provider's name for it: `push`, `Push Hook`
    std::string deliveryId;  ///< stable over the sender's retries; empty when it sends none
    std::vector<std::string>
        repositoryUrls;    ///< every spelling in the payload; empty: about no repository
    JsonDocument payload;  ///< the decoded body, for `translate`
};

enum class InboundSecretKind : std::uint8_t { Token, Signing };

struct InboundSecret {
    InboundSecretKind kind = InboundSecretKind::Token;
    SecretString value;
};

struct RepositoryPush {
    std::string ref;     ///< full name: `refs/heads/main`
    std::string before;  ///< commit ids; all zeros for a new branch
    std::string after;
    bool deleted = false;
    std::uint64_t commitsCount = 0;
};

struct RepositoryPullRequest {
    std::int64_t number = 0;
    std::string action;  ///< the provider's word
    std::string ref;     ///< where the hub fetches its head: `refs/pull/12/head`
    std::string head;    ///< commit id
    std::string base;    ///< branch it wants to go to
    bool fork = false;   ///< its head lives in another repository
    bool scans = false;  ///< its code changed, so that a scan makes sense
};

/// Accepted and without consequence: a ping, an issue comment, a label.
struct Ignored {
    std::string reason;  ///< short, lower case: `ping`, `event not used`
};

using InboundEvent = std::variant<Ignored, RepositoryPush, RepositoryPullRequest>;

/// All steps are pure: no state, no waiting, same answer for same input. [any thread, also several
/// at once]
class InboundSource {
public:
    virtual ~InboundSource() = default;

    /// Decodes the body as the provider's Content-Types allow. BadRequest or UnsupportedMediaType
    /// when it cannot be read, InvalidInput when a needed header is missing.
    virtual Result<InboundIdentity> identify(const InboundMessage& message) const = 0;

    /// True when one of `secrets` verifies these very bytes. Never tells which or why; takes one
    /// HMAC over the body for each secret, at least one also when there are none. Must not throw;
    /// what does counts as false.
    virtual bool verify(const InboundMessage& message,
                        std::span<const InboundSecret> secrets) const = 0;

    /// What a verified delivery means. InvalidInput when members that it needs are missing or of
    /// another type.
    virtual Result<InboundEvent> translate(const InboundIdentity& identity) const = 0;
};

}  // namespace trusthub::sdk
