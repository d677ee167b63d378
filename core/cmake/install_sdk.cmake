# What a plugin outside this tree needs: the headers of sdk/ and trusthub_add_plugin().
#   cmake --install build --component sdk --prefix DIR
include(GNUInstallDirs)
include(CMakePackageConfigHelpers)

set(package "${CMAKE_INSTALL_LIBDIR}/cmake/TrustHubSDK")
set_target_properties(trusthub_sdk PROPERTIES EXPORT_NAME sdk)
install(TARGETS trusthub_sdk EXPORT TrustHubSDKTargets)
install(EXPORT TrustHubSDKTargets NAMESPACE TrustHub:: DESTINATION "${package}" COMPONENT sdk)
install(DIRECTORY "${CMAKE_SOURCE_DIR}/core/sdk" DESTINATION "${CMAKE_INSTALL_INCLUDEDIR}/trusthub"
        COMPONENT sdk FILES_MATCHING PATTERN "*.h" PATTERN "*.def")
configure_package_config_file("${CMAKE_SOURCE_DIR}/core/cmake/TrustHubSDKConfig.cmake.in"
  "${CMAKE_BINARY_DIR}/sdk/TrustHubSDKConfig.cmake" INSTALL_DESTINATION "${package}")
write_basic_package_version_file("${CMAKE_BINARY_DIR}/sdk/TrustHubSDKConfigVersion.cmake"
  COMPATIBILITY SameMinorVersion ARCH_INDEPENDENT)
install(FILES "${CMAKE_BINARY_DIR}/sdk/TrustHubSDKConfig.cmake"
              "${CMAKE_BINARY_DIR}/sdk/TrustHubSDKConfigVersion.cmake"
              "${CMAKE_SOURCE_DIR}/core/cmake/plugin.cmake"
        DESTINATION "${package}" COMPONENT sdk)
