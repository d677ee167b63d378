// Letter case of all of Unicode, for comparing what people write.
#pragma once

#include <string>
#include <string_view>

namespace trusthub::base {

/// Each letter that has one in its lower-case form, by Unicode's simple mapping. `text` is UTF-8.
std::string lowerCase(std::string_view text);

}  // namespace trusthub::base
