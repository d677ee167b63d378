// How to use a new key, ready to copy: calls only that this very key may make.
#pragma once

#include "access/api_key.h"

#include <string>

namespace trusthub::api {

/// `curl`, `github_actions` and `jenkins`; of a key that webhooks are delivered with `curl` and
/// `header`; of a decoy nothing. The key itself stands for ${TRUSTHUB_API_KEY} only in the shell.
json::Object keyExamples(const std::string& url, const access::ApiKey& key);

}  // namespace trusthub::api
