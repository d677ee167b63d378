# trusthub_library(NAME DEPS a b PRIVATE_DEPS x y): one static library per folder of core/.
# DEPS name lower folders; they are what the folder's headers may include.
function(trusthub_library name)
  cmake_parse_arguments(ARG "" "" "DEPS;PRIVATE_DEPS" ${ARGN})
  file(GLOB sources CONFIGURE_DEPENDS "${CMAKE_CURRENT_SOURCE_DIR}/*.cpp")
  if(NOT sources)  # TEMPORARY
    file(WRITE "${CMAKE_CURRENT_BINARY_DIR}/empty.cpp" "")
    set(sources "${CMAKE_CURRENT_BINARY_DIR}/empty.cpp")
  endif()
  add_library(trusthub_${name} STATIC ${sources})
  list(TRANSFORM ARG_DEPS PREPEND trusthub_)
  target_link_libraries(trusthub_${name} PUBLIC trusthub_options trusthub_sdk ${ARG_DEPS}
                                         PRIVATE ${ARG_PRIVATE_DEPS})
  target_precompile_headers(trusthub_${name} PRIVATE
    <algorithm> <chrono> <cstdint> <functional> <map> <memory> <optional> <span> <string>
    <string_view> <unordered_map> <utility> <variant> <vector>)
endfunction()
