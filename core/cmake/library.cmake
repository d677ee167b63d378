# trusthub_library(NAME DEPS a b PRIVATE_DEPS x y): one static library per folder of core/.
# DEPS name lower folders; they are what the folder's headers may include. EXCEPT leaves sources out.
function(trusthub_library name)
  cmake_parse_arguments(ARG "" "" "DEPS;PRIVATE_DEPS;EXCEPT" ${ARGN})
  file(GLOB sources CONFIGURE_DEPENDS "${CMAKE_CURRENT_SOURCE_DIR}/*.cpp")
  list(TRANSFORM ARG_EXCEPT PREPEND "${CMAKE_CURRENT_SOURCE_DIR}/")
  list(REMOVE_ITEM sources ${ARG_EXCEPT} "")
  add_library(trusthub_${name} STATIC ${sources})
  list(TRANSFORM ARG_DEPS PREPEND trusthub_)
  target_link_libraries(trusthub_${name} PUBLIC trusthub_options trusthub_sdk ${ARG_DEPS}
                                         PRIVATE ${ARG_PRIVATE_DEPS})
  # POCO's targets bring definitions that do not fit the shared precompiled header.
  if(ARG_PRIVATE_DEPS MATCHES "Poco")
    target_precompile_headers(trusthub_${name} PRIVATE ${trusthub_precompiled})
  else()
    target_precompile_headers(trusthub_${name} REUSE_FROM trusthub_pch)
  endif()
endfunction()

# What nearly every source includes, parsed once: it halves the time of a clean build.
set(trusthub_precompiled
  <algorithm> <array> <atomic> <chrono> <condition_variable> <cstdint> <deque> <filesystem>
  <functional> <map> <memory> <mutex> <optional> <set> <span> <stop_token> <string> <string_view>
  <unordered_map> <utility> <variant> <vector> <boost/json.hpp>)
file(WRITE "${CMAKE_BINARY_DIR}/pch.cpp" "")
add_library(trusthub_pch OBJECT "${CMAKE_BINARY_DIR}/pch.cpp")
target_link_libraries(trusthub_pch PRIVATE trusthub_options trusthub_boost)
target_precompile_headers(trusthub_pch PRIVATE ${trusthub_precompiled})
