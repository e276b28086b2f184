# asyncshim_add_idl(): generates the stubs of an IDL file with asynchronous procedures into a
# target. Works from the source tree and from an installed package alike: the compiler is the
# file beside this one.
#
#   asyncshim_add_idl(<target> <file.idl>
#                     [ACF <file.acf>]            default: file.acf beside file.idl, if any
#                     [CLIENT] [SERVER]           which stubs to compile in; default: both
#                     [CLIENT_PREFIX <text>]      before the names of client stubs
#                     [SERVER_PREFIX <text>]      before the names of manager routines
#                     [IMPORT_DIRS <dir>...]      where imported and included files are
#                     [DEFINES <name[=value]>...])
#
#   asyncshim_add_idl(<target> <file.idl> PROXY
#                     [NO_DLLDATA]                its proxies go into another file's dlldata.c
#                     [DLLDATA_WITH <name>...]    those of <name>.idl are in this one's
#                     [ACF ...] [IMPORT_DIRS ...] [DEFINES ...])
#   asyncshim_add_idl(<target> <file.idl> IIDS [ACF ...] [IMPORT_DIRS ...] [DEFINES ...])
#
# compile COM interfaces instead, [async_uuid] ones or not. PROXY is for the proxy DLL: proxies,
# interface identifiers and, unless NO_DLLDATA is given, the DLL's entry points become sources
# of the target. IIDS is for programs that use the interfaces: the identifiers only.
#
# An IDL file that others import is added the same way, since their headers include its header.
# A target with both stubs needs one of the prefixes, or its client stubs and manager routines
# have the same names. The header <file>.h can be included by the target's sources. Variables:
# ASYNCSHIM_WIDL (path of the widl to use).

include_guard(GLOBAL)

find_package(Python3 REQUIRED COMPONENTS Interpreter)

set(ASYNCSHIM_WIDL "" CACHE FILEPATH "widl for asyncshim_add_idl; empty: found in PATH")
set_property(GLOBAL PROPERTY asyncshim_idl_compiler "${CMAKE_CURRENT_LIST_DIR}/asyncshim-idl")
file(GLOB asyncshim_idl_modules CONFIGURE_DEPENDS "${CMAKE_CURRENT_LIST_DIR}/asyncidl/*.py")
set_property(GLOBAL PROPERTY asyncshim_idl_modules "${asyncshim_idl_modules}")
unset(asyncshim_idl_modules)

function(asyncshim_add_idl target idl)
  cmake_parse_arguments(PARSE_ARGV 2 arg "CLIENT;SERVER;PROXY;NO_DLLDATA;IIDS"
                        "ACF;CLIENT_PREFIX;SERVER_PREFIX" "IMPORT_DIRS;DEFINES;DLLDATA_WITH")
  if(arg_UNPARSED_ARGUMENTS OR arg_KEYWORDS_MISSING_VALUES)
    message(FATAL_ERROR "asyncshim_add_idl(${target} ${idl}): cannot make sense of "
                        "'${arg_UNPARSED_ARGUMENTS}${arg_KEYWORDS_MISSING_VALUES}'")
  endif()
  if(NOT TARGET ${target})
    message(FATAL_ERROR "asyncshim_add_idl: there is no target '${target}'")
  endif()
  if(NOT WIN32)
    message(FATAL_ERROR "asyncshim_add_idl(${target} ${idl}): stubs are for Windows targets; "
                        "use a MinGW-w64 toolchain file")
  endif()
  set(com FALSE)
  if(arg_PROXY OR arg_IIDS)
    set(com TRUE)
  endif()
  if(arg_PROXY AND arg_IIDS OR
     com AND (arg_CLIENT OR arg_SERVER OR arg_CLIENT_PREFIX OR arg_SERVER_PREFIX))
    message(FATAL_ERROR "asyncshim_add_idl(${target} ${idl}): PROXY and IIDS are neither for "
                        "each other nor for CLIENT and SERVER")
  endif()
  if(arg_NO_DLLDATA AND arg_DLLDATA_WITH OR
     NOT arg_PROXY AND (arg_NO_DLLDATA OR arg_DLLDATA_WITH))
    message(FATAL_ERROR "asyncshim_add_idl(${target} ${idl}): either NO_DLLDATA or "
                        "DLLDATA_WITH, and only with PROXY")
  endif()
  if(NOT com AND NOT arg_CLIENT AND NOT arg_SERVER)
    set(arg_CLIENT TRUE)
    set(arg_SERVER TRUE)
  endif()
  if(CMAKE_SIZEOF_VOID_P EQUAL 8)
    set(arch x64)
  else()
    set(arch x86)
  endif()

  cmake_path(ABSOLUTE_PATH idl BASE_DIRECTORY "${CMAKE_CURRENT_SOURCE_DIR}" NORMALIZE)
  cmake_path(GET idl STEM LAST_ONLY stem)
  cmake_path(GET idl PARENT_PATH idl_dir)
  set(output_dir "${CMAKE_CURRENT_BINARY_DIR}/asyncshim-idl/${target}")
  if(com)
    # in a folder for each IDL file, since each has a dlldata.c
    string(APPEND output_dir "/${stem}")
    set(outputs "${output_dir}/${stem}.h" "${output_dir}/${stem}_p.c"
                "${output_dir}/${stem}_i.c" "${output_dir}/dlldata.c")
  else()
    set(outputs "${output_dir}/${stem}.h" "${output_dir}/${stem}_c.c" "${output_dir}/${stem}_s.c")
  endif()

  get_property(compiler GLOBAL PROPERTY asyncshim_idl_compiler)
  get_property(modules GLOBAL PROPERTY asyncshim_idl_modules)
  set(options --arch ${arch} -o "${output_dir}" --depfile "${output_dir}/${stem}.d")
  if(NOT arg_ACF AND EXISTS "${idl_dir}/${stem}.acf")
    set(arg_ACF "${idl_dir}/${stem}.acf")
  endif()
  if(arg_ACF)
    cmake_path(ABSOLUTE_PATH arg_ACF BASE_DIRECTORY "${CMAKE_CURRENT_SOURCE_DIR}" NORMALIZE)
    list(APPEND options --acf "${arg_ACF}")
  endif()
  if(com)
    list(APPEND options --proxy)
    foreach(name IN LISTS arg_DLLDATA_WITH)
      list(APPEND options --dlldata-with "${name}")
    endforeach()
  endif()
  if(arg_CLIENT_PREFIX)
    list(APPEND options "--prefix-client=${arg_CLIENT_PREFIX}")
  endif()
  if(arg_SERVER_PREFIX)
    list(APPEND options "--prefix-server=${arg_SERVER_PREFIX}")
  endif()
  if(ASYNCSHIM_WIDL)
    list(APPEND options --widl "${ASYNCSHIM_WIDL}")
  endif()
  foreach(dir IN LISTS arg_IMPORT_DIRS)
    cmake_path(ABSOLUTE_PATH dir BASE_DIRECTORY "${CMAKE_CURRENT_SOURCE_DIR}" NORMALIZE)
    list(APPEND options -I "${dir}")
  endforeach()
  foreach(define IN LISTS arg_DEFINES)
    list(APPEND options -D "${define}")
  endforeach()

  add_custom_command(
    OUTPUT ${outputs}
    COMMAND "${Python3_EXECUTABLE}" "${compiler}" "${idl}" ${options}
    DEPENDS "${idl}" ${arg_ACF} "${compiler}" ${modules}
    DEPFILE "${output_dir}/${stem}.d"
    COMMENT "Compiling ${stem}.idl for ${target}"
    VERBATIM)

  target_sources(${target} PRIVATE "${output_dir}/${stem}.h")
  if(com)
    target_sources(${target} PRIVATE "${output_dir}/${stem}_i.c")
    # memory of [out] parameters, and the identifiers of COM's own interfaces
    target_link_libraries(${target} PRIVATE -lole32 -luuid)
  endif()
  if(arg_PROXY)
    target_sources(${target} PRIVATE "${output_dir}/${stem}_p.c")
    if(NOT arg_NO_DLLDATA)
      target_sources(${target} PRIVATE "${output_dir}/dlldata.c")
    endif()
  endif()
  if(arg_CLIENT)
    target_sources(${target} PRIVATE "${output_dir}/${stem}_c.c")
  endif()
  if(arg_SERVER)
    target_sources(${target} PRIVATE "${output_dir}/${stem}_s.c")
  endif()
  target_include_directories(${target} PRIVATE "${output_dir}")
  # the import library, even where a target of that name exists
  target_link_libraries(${target} PRIVATE -lrpcrt4)
endfunction()
