# One place for how every target is compiled and linked.
find_program(CCACHE ccache)
if(CCACHE)
  set(CMAKE_C_COMPILER_LAUNCHER "${CCACHE}")
  set(CMAKE_CXX_COMPILER_LAUNCHER "${CCACHE}")
endif()
find_program(MOLD mold)
if(MOLD)
  add_link_options(-fuse-ld=mold)
endif()

add_library(trusthub_options INTERFACE)
target_compile_options(trusthub_options INTERFACE
  -Wall -Wextra -Wpedantic -Wshadow -Wconversion -Wsign-conversion -Wnon-virtual-dtor
  -Woverloaded-virtual -Wold-style-cast -Wimplicit-fallthrough -Werror
  # g++ 12 reports these on correct std::string and std::variant code once it has inlined it.
  -Wno-restrict -Wno-maybe-uninitialized -Wno-array-bounds -Wno-stringop-overflow
  -Wno-stringop-overread -Wno-missing-field-initializers
  -fstack-protector-strong -fvisibility=hidden -fvisibility-inlines-hidden -pthread)
# Boost is used header-only: one translation unit in json/ carries the source of Boost.JSON. The definitions
# stand here, because the shared precompiled header wants the same ones everywhere.
target_compile_definitions(trusthub_options INTERFACE
  _GLIBCXX_ASSERTIONS POCO_NO_AUTOMATIC_LIBS BOOST_JSON_NO_LIB BOOST_CONTAINER_NO_LIB
  BOOST_DLL_USE_STD_FS BOOST_ERROR_CODE_HEADER_ONLY BOOST_ALL_NO_LIB)
target_link_options(trusthub_options INTERFACE -Wl,-z,relro,-z,now)
target_include_directories(trusthub_options INTERFACE "${CMAKE_SOURCE_DIR}/core")

if(TRUSTHUB_SANITIZE)
  add_compile_options(-fsanitize=${TRUSTHUB_SANITIZE} -fno-omit-frame-pointer
                      -fno-sanitize-recover=all)
  add_link_options(-fsanitize=${TRUSTHUB_SANITIZE})
elseif(CMAKE_BUILD_TYPE STREQUAL "Release" OR CMAKE_BUILD_TYPE STREQUAL "RelWithDebInfo")
  target_compile_definitions(trusthub_options INTERFACE _FORTIFY_SOURCE=2)
endif()
