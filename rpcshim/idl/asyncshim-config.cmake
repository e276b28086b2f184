# find_package(asyncshim): what a program needs to be built against asyncshim. The same file
# serves a source tree (-Dasyncshim_DIR=<source>/rpcshim/idl) and an installed package.
#
#   asyncshim_add_idl()    stubs from IDL and ACF, see AsyncshimIdl.cmake
#   asyncshim::headers     the include directory with <asyncshim/...>
#
# and, where AsyncshimWine.cmake is installed too, what that file offers for tests under Wine.

include("${CMAKE_CURRENT_LIST_DIR}/AsyncshimIdl.cmake")

foreach(asyncshim_wine "${CMAKE_CURRENT_LIST_DIR}/AsyncshimWine.cmake"
                       "${CMAKE_CURRENT_LIST_DIR}/../../wine/AsyncshimWine.cmake")
  if(EXISTS "${asyncshim_wine}")
    include("${asyncshim_wine}")
    break()
  endif()
endforeach()
unset(asyncshim_wine)

if(NOT TARGET asyncshim::headers)
  add_library(asyncshim::headers INTERFACE IMPORTED)
  if(EXISTS "${CMAKE_CURRENT_LIST_DIR}/../../include/asyncshim")
    get_filename_component(asyncshim_include "${CMAKE_CURRENT_LIST_DIR}/../../include" ABSOLUTE)
    target_include_directories(asyncshim::headers INTERFACE "${asyncshim_include}")
    unset(asyncshim_include)
  endif()
endif()
