// The list behind /docs/errors: every code that the API may answer.
#pragma once

#include "http/message.h"

#include <string>
#include <string_view>
#include <vector>

namespace trusthub::api {

struct ErrorCode {
    std::string code;
    int status;
    std::string sentence;  ///< what is wrong; what to do. The title of its problems.
};

/// The kinds' own codes and the more exact ones. Ordered by code.
const std::vector<ErrorCode>& errorCodes();

/// The sentence of a code; empty for a code that is not listed.
std::string_view titleOf(std::string_view code);
/// http::problem with the title of the error's own code.
http::Response problem(const Error& error, std::string_view requestId);

}  // namespace trusthub::api
