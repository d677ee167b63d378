# trusthub_node_tests(LABEL [TIMEOUT SECONDS]): every *.test.mjs of the calling folder is one test of
# ctest. Its name is the text of the file's first line (`// story: a push from GitHub …`); `[slow]`
# in that line keeps it for `./hub test --all`. A file that exits 77 counts as skipped.
function(trusthub_node_tests label)
  cmake_parse_arguments(ARG "" "TIMEOUT" "" ${ARGN})
  if(NOT ARG_TIMEOUT)
    set(ARG_TIMEOUT 300)
  endif()
  if(TRUSTHUB_SANITIZE)
    math(EXPR ARG_TIMEOUT "${ARG_TIMEOUT} * 3")
  endif()
  file(GLOB files CONFIGURE_DEPENDS "${CMAKE_CURRENT_SOURCE_DIR}/*.test.mjs")
  foreach(file IN LISTS files)
    set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS "${file}")
    file(STRINGS "${file}" name LIMIT_COUNT 1 ENCODING UTF-8)
    if(NOT name MATCHES "^// +[^ ]")
      message(FATAL_ERROR "${file}:1: the first line must be a comment with the test's name")
    endif()
    set(labels "${label}")
    if(name MATCHES "\\[slow\\]")
      list(APPEND labels slow)
    endif()
    string(REGEX REPLACE " *\\[slow\\] *" " " name "${name}")
    string(REGEX REPLACE "^// +" "" name "${name}")
    string(STRIP "${name}" name)
    add_test(NAME "${name}" COMMAND "${CMAKE_SOURCE_DIR}/tests/node/run" "${file}"
             WORKING_DIRECTORY "${CMAKE_SOURCE_DIR}")
    set_tests_properties("${name}" PROPERTIES
      LABELS "${labels}" TIMEOUT ${ARG_TIMEOUT} SKIP_RETURN_CODE 77
      ENVIRONMENT "TRUSTHUB_BIN=${CMAKE_BINARY_DIR}/trusthub;TRUSTHUB_BUILD=${CMAKE_BINARY_DIR}")
  endforeach()
endfunction()
