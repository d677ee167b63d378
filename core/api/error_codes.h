// The list behind /docs/errors: every code that the API may answer.
#pragma once

#include <string>
#include <vector>

namespace trusthub::api {

struct ErrorCode {
    std::string code;
    int status;
    std::string sentence;
};

/// The kinds' own codes and the more exact ones. Ordered by code.
const std::vector<ErrorCode>& errorCodes();

}  // namespace trusthub::api
