# trusthub_add_plugin(ID [LIBRARIES x y]): plugins/<id>/*.cpp -> build/plugins/<id>.so beside <id>.yaml and
# <id>.sha256, the digest that the loader wants to see. What strips or changes the library must record it anew.
# Installed with the SDK, so that a plugin outside this tree is built by the same lines.
function(trusthub_add_plugin id)
  cmake_parse_arguments(ARG "" "" "LIBRARIES" ${ARGN})
  file(GLOB sources CONFIGURE_DEPENDS "${CMAKE_CURRENT_SOURCE_DIR}/*.cpp")
  set(target plugin_${id})
  add_library(${target} MODULE ${sources})
  target_link_libraries(${target} PRIVATE TrustHub::sdk ${ARG_LIBRARIES})
  set_target_properties(${target} PROPERTIES
    PREFIX "" OUTPUT_NAME "${id}" LIBRARY_OUTPUT_DIRECTORY "${CMAKE_BINARY_DIR}/plugins"
    CXX_STANDARD 20 CXX_STANDARD_REQUIRED ON CXX_EXTENSIONS OFF
    CXX_VISIBILITY_PRESET hidden VISIBILITY_INLINES_HIDDEN ON)
  # Exactly one symbol leaves the library.
  set(script "${CMAKE_CURRENT_BINARY_DIR}/${id}.version")
  file(WRITE "${script}" "{ global: trusthub_plugin_v1; local: *; };\n")
  target_link_options(${target} PRIVATE "-Wl,--version-script=${script}" -Wl,-z,now)
  if(NOT TRUSTHUB_SANITIZE)
    target_link_options(${target} PRIVATE -Wl,-z,defs)
  endif()
  configure_file("${CMAKE_CURRENT_SOURCE_DIR}/plugin.yaml"
                 "${CMAKE_BINARY_DIR}/plugins/${id}.yaml" COPYONLY
                 FILE_PERMISSIONS OWNER_READ OWNER_WRITE GROUP_READ WORLD_READ)
  # The loader refuses files that others could have written, whatever the umask was.
  add_custom_command(TARGET ${target} POST_BUILD
    COMMAND sh -c "sha256sum ${id}.so > ${id}.sha256 && chmod go-w . ${id}.so ${id}.sha256"
    WORKING_DIRECTORY "${CMAKE_BINARY_DIR}/plugins" VERBATIM)
  set_property(GLOBAL APPEND PROPERTY TRUSTHUB_PLUGINS ${target})
endfunction()
