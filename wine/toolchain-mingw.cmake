# MinGW-w64 as Debian packages it, for ASYNCSHIM_TRIPLET: what the two toolchain files share.
set(CMAKE_SYSTEM_NAME Windows)
set(CMAKE_C_COMPILER ${ASYNCSHIM_TRIPLET}-gcc)
set(CMAKE_RC_COMPILER ${ASYNCSHIM_TRIPLET}-windres)
set(CMAKE_FIND_ROOT_PATH /usr/${ASYNCSHIM_TRIPLET})
set(CMAKE_FIND_ROOT_PATH_MODE_PROGRAM NEVER)
set(CMAKE_FIND_ROOT_PATH_MODE_LIBRARY ONLY)
set(CMAKE_FIND_ROOT_PATH_MODE_INCLUDE ONLY)
# libgcc inside: nothing but Windows DLLs at run time.
set(CMAKE_EXE_LINKER_FLAGS_INIT "-static-libgcc")
set(CMAKE_SHARED_LINKER_FLAGS_INIT "-static-libgcc")
