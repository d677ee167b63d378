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
  target_precompile_headers(trusthub_${name} PRIVATE
    <algorithm> <chrono> <cstdint> <functional> <map> <memory> <optional> <span> <string>
    <string_view> <unordered_map> <utility> <variant> <vector>)
endfunction()
