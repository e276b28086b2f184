# A DLL of asyncshim, that stands before Wine's own of the same name.
#
#   asyncshim_add_dll(NAME TABLE file DESCRIPTION text
#                     [SOURCES file...] [LAYERS library...] [LIBRARIES library...])
#
# TABLE says name by name what it owns, and what it forwards to Wine's DLL, which is NAME_wine.dll
# beside it (make_def.py) and which a layer of it imports (import_table.h). LAYERS are static libraries
# of ours that go in whole, LIBRARIES what they need of the system. The prefix tool knows ours by its version resource.
include_guard(GLOBAL)
find_package(Python3 REQUIRED COMPONENTS Interpreter)
enable_language(RC)

set(ASYNCSHIM_DLL_FILES ${CMAKE_CURRENT_LIST_DIR})
if(CMAKE_SIZEOF_VOID_P EQUAL 8)
  set(ASYNCSHIM_ARCHITECTURE x64)
else()
  set(ASYNCSHIM_ARCHITECTURE x86)
endif()

add_library(foreign_function STATIC ${CMAKE_CURRENT_LIST_DIR}/foreign_function.c)
target_include_directories(foreign_function PUBLIC ${CMAKE_CURRENT_LIST_DIR})
add_library(stay_loaded STATIC ${CMAKE_CURRENT_LIST_DIR}/stay_loaded.c)
target_include_directories(stay_loaded PUBLIC ${CMAKE_CURRENT_LIST_DIR})
add_library(import_table INTERFACE)
target_include_directories(import_table INTERFACE ${CMAKE_CURRENT_LIST_DIR})

function(asyncshim_add_dll name)
  cmake_parse_arguments(PARSE_ARGV 1 arg "" "TABLE;DESCRIPTION" "SOURCES;LAYERS;LIBRARIES")
  set(definition ${CMAKE_CURRENT_BINARY_DIR}/${name}.def)
  add_custom_command(
    OUTPUT ${definition}
    COMMAND ${Python3_EXECUTABLE} ${ASYNCSHIM_DLL_FILES}/make_def.py
            ${CMAKE_CURRENT_SOURCE_DIR}/${arg_TABLE} ${ASYNCSHIM_ARCHITECTURE} ${name}.dll ${name}_wine
            ${definition}
    DEPENDS ${ASYNCSHIM_DLL_FILES}/make_def.py ${arg_TABLE}
    VERBATIM)
  set(dll_name ${name})
  set(dll_description ${arg_DESCRIPTION})
  configure_file(${ASYNCSHIM_DLL_FILES}/version.rc.in ${name}.rc @ONLY)

  add_library(${name} SHARED ${arg_SOURCES} ${definition} ${CMAKE_CURRENT_BINARY_DIR}/${name}.rc)
  set_target_properties(${name} PROPERTIES
                        LINKER_LANGUAGE C PREFIX "" IMPORT_PREFIX "lib" IMPORT_SUFFIX "_asyncshim.a")
  # --kill-at would take the decoration of what we import, too; the fix-up only finds our own stdcall names.
  target_link_options(${name} PRIVATE -static-libgcc -Wl,--enable-stdcall-fixup)
  # Whole: the definition file names the exports without the decoration that their symbols have on x86, and so
  # pulls nothing out of an archive there.
  target_link_libraries(${name} PRIVATE
    -Wl,--whole-archive ${arg_LAYERS} -Wl,--no-whole-archive stay_loaded ${arg_LIBRARIES})
  add_custom_command(TARGET ${name} POST_BUILD
    COMMAND ${Python3_EXECUTABLE} ${ASYNCSHIM_DLL_FILES}/import_order.py $<TARGET_FILE:${name}> ${name}_wine.dll
    VERBATIM)
  set_property(TARGET ${name} APPEND PROPERTY LINK_DEPENDS ${ASYNCSHIM_DLL_FILES}/import_order.py)
endfunction()
