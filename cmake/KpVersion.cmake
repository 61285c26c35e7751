# The version that --version prints: project version and the commit that was configured.
execute_process(COMMAND git rev-parse --short=12 HEAD WORKING_DIRECTORY "${PROJECT_SOURCE_DIR}"
  OUTPUT_VARIABLE KP_COMMIT OUTPUT_STRIP_TRAILING_WHITESPACE ERROR_QUIET)
if(NOT KP_COMMIT)
  set(KP_COMMIT unknown)
endif()
file(WRITE "${PROJECT_BINARY_DIR}/gen/kp_version.h.in"
  "#pragma once\n#define KP_VERSION \"${PROJECT_VERSION}\"\n#define KP_COMMIT \"${KP_COMMIT}\"\n")
configure_file("${PROJECT_BINARY_DIR}/gen/kp_version.h.in" "${PROJECT_BINARY_DIR}/gen/kp_version.h" COPYONLY)
