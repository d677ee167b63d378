#include "base/letter_case.h"

#include <Poco/UTF8String.h>

namespace trusthub::base {

std::string lowerCase(std::string_view text) {
    return Poco::UTF8::toLower(std::string(text));
}

}  // namespace trusthub::base
