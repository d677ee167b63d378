// Explain: which known mistake reproduces the proof of a delivery that did not verify.
#pragma once

#include "inbound/mistakes.h"
#include "people/projects.h"
#include "sdk/inbound.h"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace trusthub::inbound {

/// The delivery under suspicion.
struct Suspect {
    sdk::Headers headers;
    std::optional<std::string> body;  ///< null: it is not kept, only headers can tell
    TimePoint receivedAt;
};

/// The secrets that may be tried: those of projects that the asking person manages.
struct SecretsAtHand {
    std::vector<people::WebhookSecret> current;
    std::vector<people::WebhookSecret> ended;
    struct Other {
        people::Project project;
        std::vector<people::WebhookSecret> secrets;
    };
    std::vector<Other> others;
};

struct Finding {
    bool verified = false;     ///< it verifies as it is, by now
    std::string_view mistake;  ///< name of one of mistakes(); empty when verified
    std::string detail;        ///< which writer, header …; never a value
    std::optional<people::Project> other;
    std::vector<std::string_view> tried;  ///< names of mistakes, in the order of trying
};

/// Changes one thing of the delivery or of a secret at a time and asks the connector again. At most
/// 600 questions over at most 64 MiB. [may take some 100 ms]
Finding explain(const sdk::InboundSource& source, const Suspect& suspect,
                const SecretsAtHand& secrets);

}  // namespace trusthub::inbound
