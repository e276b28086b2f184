# Tests that are Windows programs, run by CTest under Wine.
#
#   asyncshim_add_wine_test(NAME name PROGRAM target-or-file
#                           [ARGS argument...] [TIMEOUT seconds] [PREFIX plain|shim|app]
#                           [LABELS label...] [ENVIRONMENT VAR=value...] [RUN_SERIAL]
#                           [BITS 32|64|both] [DLLS folder...] [NEEDS file] [OWN_FILES])
#
# Each test gets a Wine prefix, a network and a process tree of its own (see run-in-prefix
# --help), so tests may run side by side and use fixed TCP ports. PREFIX says what is in the
# prefix: `shim` (the default) asyncshim's DLLs for all programs, `app` for this program only,
# `plain` nothing but Wine. A test that ends with 77 has been skipped. BITS both is for programs
# that start one of the other bitness: DLLS has asyncshim's DLLs of that, and NEEDS is a file
# without which the test is skipped. OWN_FILES is for tests that update Wine in their prefix.
#
#   asyncshim_add_wine_command_test(NAME name COMMAND command... [same options])
#
# The same for a script of the host: it finds the prefix in WINEPREFIX.
#
# Variables that may be set before: ASYNCSHIM_DLLS, where asyncshim's DLLs are (default: the
# build folder); ASYNCSHIM_WORK, where the prefixes go (default: wine/ in the build folder).
include_guard(GLOBAL)

set(ASYNCSHIM_RUN_IN_PREFIX "${CMAKE_CURRENT_LIST_DIR}/run-in-prefix"
    CACHE INTERNAL "Runs a Windows program in a throw-away Wine prefix")

function(_asyncshim_add_prefix_test)
  cmake_parse_arguments(PARSE_ARGV 0 arg "RUN_SERIAL;OWN_FILES"
                        "NAME;TIMEOUT;PREFIX;BITS;MODE;NEEDS"
                        "COMMAND;LABELS;ENVIRONMENT;DLLS")
  foreach(required NAME COMMAND)
    if(NOT arg_${required})
      message(FATAL_ERROR "asyncshim: a test under Wine needs ${required}")
    endif()
  endforeach()
  if(arg_UNPARSED_ARGUMENTS)
    message(FATAL_ERROR "asyncshim: test ${arg_NAME}: unknown ${arg_UNPARSED_ARGUMENTS}")
  endif()
  if(NOT arg_TIMEOUT)
    set(arg_TIMEOUT 60)
  endif()
  if(NOT arg_PREFIX)
    set(arg_PREFIX shim)
  endif()
  if(NOT ASYNCSHIM_DLLS)
    set(ASYNCSHIM_DLLS "${CMAKE_BINARY_DIR}")
  endif()
  if(NOT ASYNCSHIM_WORK)
    set(ASYNCSHIM_WORK "${CMAKE_BINARY_DIR}/wine")
  endif()
  set(options --name "${arg_NAME}" --kind "${arg_PREFIX}" --timeout "${arg_TIMEOUT}"
      --dlls "${ASYNCSHIM_DLLS}" --work "${ASYNCSHIM_WORK}")
  foreach(folder IN LISTS arg_DLLS)
    list(APPEND options --dlls "${folder}")
  endforeach()
  if(arg_BITS)
    list(APPEND options --bits "${arg_BITS}")
  endif()
  if(arg_NEEDS)
    list(APPEND options --needs "${arg_NEEDS}")
  endif()
  if(arg_OWN_FILES)
    list(APPEND options --own-files)
  endif()
  if(arg_MODE)
    list(APPEND options "${arg_MODE}")
  endif()
  add_test(NAME "${arg_NAME}"
           COMMAND "${ASYNCSHIM_RUN_IN_PREFIX}" ${options} ${arg_COMMAND})
  # The first test of a run makes the template prefix, the others wait for it; CTest's own
  # watchdog is only there in case that run-in-prefix itself hangs.
  math(EXPR watchdog "${arg_TIMEOUT} + 180")
  set_tests_properties("${arg_NAME}" PROPERTIES
                       SKIP_RETURN_CODE 77 TIMEOUT ${watchdog}
                       RUN_SERIAL "${arg_RUN_SERIAL}"
                       LABELS "wine;${arg_LABELS}" ENVIRONMENT "${arg_ENVIRONMENT}")
endfunction()

function(asyncshim_add_wine_test)
  cmake_parse_arguments(PARSE_ARGV 0 arg "" "PROGRAM" "ARGS")
  if(NOT arg_PROGRAM)
    message(FATAL_ERROR "asyncshim_add_wine_test: no PROGRAM")
  endif()
  if(TARGET "${arg_PROGRAM}")
    set(arg_PROGRAM "$<TARGET_FILE:${arg_PROGRAM}>")
  endif()
  _asyncshim_add_prefix_test(${arg_UNPARSED_ARGUMENTS} COMMAND "${arg_PROGRAM}" ${arg_ARGS})
endfunction()

function(asyncshim_add_wine_command_test)
  if(CMAKE_SIZEOF_VOID_P EQUAL 4)
    set(bits 32)
  else()
    set(bits 64)
  endif()
  _asyncshim_add_prefix_test(${ARGN} MODE --command BITS ${bits})
endfunction()
