// Files that the build puts into the program (trusthub_embed in core/cmake/embed.cmake).
#pragma once

#include <cstddef>
#include <string_view>

namespace trusthub::base {

struct EmbeddedFile {
    std::string_view name;  ///< file name without folders
    std::string_view text;
};

}  // namespace trusthub::base
