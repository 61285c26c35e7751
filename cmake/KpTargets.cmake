# Compiler settings and the two functions every folder uses.
include(GoogleTest)

add_library(kp_options INTERFACE)
target_compile_options(kp_options INTERFACE
  -Wall -Wextra -Wpedantic -Wshadow -Wconversion -Wnon-virtual-dtor -Wold-style-cast)
option(KP_WERROR "Treat warnings as errors" ON)
if(KP_WERROR)
  target_compile_options(kp_options INTERFACE -Werror)
endif()
target_include_directories(kp_options INTERFACE "${PROJECT_SOURCE_DIR}")

# Sanitizers apply to every target, generated code included, or the runtime would see half a program.
set(KP_SANITIZE "" CACHE STRING "Value for -fsanitize=, empty for none")
if(KP_SANITIZE)
  add_compile_options(-fsanitize=${KP_SANITIZE} -fno-omit-frame-pointer)
  add_link_options(-fsanitize=${KP_SANITIZE})
  if(KP_SANITIZE MATCHES "undefined")
    # The vptr check needs the type information of SOCI's backends, which Debian's library hides.
    add_compile_options(-fno-sanitize=vptr)
  endif()
endif()

option(KP_HARDEN "Hardening flags of a release build" OFF)
if(KP_HARDEN)
  add_compile_options(-U_FORTIFY_SOURCE -D_FORTIFY_SOURCE=2 -fstack-protector-strong -fcf-protection)
  add_link_options(-Wl,-z,relro,-z,now)
endif()

# kp_add_library(NAME SOURCES ... LIBS ...): static library kp_NAME with the alias kp::NAME.
function(kp_add_library name)
  cmake_parse_arguments(ARG "" "" "SOURCES;LIBS" ${ARGN})
  add_library(kp_${name} STATIC ${ARG_SOURCES})
  add_library(kp::${name} ALIAS kp_${name})
  target_link_libraries(kp_${name} PUBLIC ${ARG_LIBS} PRIVATE kp_options)
  target_include_directories(kp_${name} PUBLIC "${PROJECT_SOURCE_DIR}")
endfunction()

# kp_add_test(NAME SOURCES ... LIBS ... [LABELS unit] [SERIAL]): one test binary, each case a CTest test.
function(kp_add_test name)
  cmake_parse_arguments(ARG "SERIAL" "" "SOURCES;LIBS;LABELS" ${ARGN})
  if(NOT ARG_LABELS)
    set(ARG_LABELS unit)
  endif()
  add_executable(${name} ${ARG_SOURCES})
  target_link_libraries(${name} PRIVATE ${ARG_LIBS} GTest::gmock GTest::gtest GTest::gtest_main kp_options)
  set_target_properties(${name} PROPERTIES RUNTIME_OUTPUT_DIRECTORY "${PROJECT_BINARY_DIR}/tests")
  set(properties LABELS "${ARG_LABELS}" TIMEOUT 120)
  if(ARG_SERIAL)
    list(APPEND properties RUN_SERIAL TRUE)
  endif()
  gtest_discover_tests(${name} DISCOVERY_MODE PRE_TEST WORKING_DIRECTORY "${PROJECT_SOURCE_DIR}"
    PROPERTIES ${properties})
endfunction()
