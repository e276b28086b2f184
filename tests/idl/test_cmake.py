"""asyncshim_add_idl() in a project of its own: found, built, rebuilt when it has to be."""

import os
import re
import shutil
import unittest

from compiler_runs import ARCHES, CROSS_GCC, HERE, IdlTest, run

PACKAGE = os.path.realpath(os.path.join(HERE, "..", "..", "rpcshim", "idl"))

PROJECT = """\
cmake_minimum_required(VERSION 3.25)
project(user C)
find_package(asyncshim REQUIRED)
add_executable(program main.c)
target_compile_options(program PRIVATE -Wall -Wextra -Werror)
asyncshim_add_idl(program interfaces/job.idl ACF interfaces/async.acf
                  CLIENT_PREFIX c_ IMPORT_DIRS types DEFINES NUMBER=long)
asyncshim_add_idl(program types/types.idl)
add_executable(client client.c)
asyncshim_add_idl(client interfaces/job.idl ACF interfaces/async.acf CLIENT
                  IMPORT_DIRS types DEFINES NUMBER=long)
asyncshim_add_idl(client types/types.idl)
target_link_libraries(client PRIVATE asyncshim::headers)
"""
COM_PROJECT = """\
cmake_minimum_required(VERSION 3.25)
project(user C)
find_package(asyncshim REQUIRED)
add_library(proxies SHARED)
target_compile_options(proxies PRIVATE -Wall -Wextra -Werror)
asyncshim_add_idl(proxies interfaces/one.idl PROXY DLLDATA_WITH two IMPORT_DIRS types)
asyncshim_add_idl(proxies interfaces/two.idl PROXY NO_DLLDATA)
asyncshim_add_idl(proxies types/types.idl)
add_executable(program main.c)
target_compile_options(program PRIVATE -Wall -Wextra -Werror)
asyncshim_add_idl(program interfaces/one.idl IIDS IMPORT_DIRS types)
asyncshim_add_idl(program types/types.idl)
"""
COM_IDL = """\
import "unknwn.idl", "types.idl";
[object, uuid(6d0c0e58-6a0f-4a6c-9f3c-8f0d1c1b6a4%(number)d),
 async_uuid(6d0c0e58-6a0f-4a6c-9f3c-8f0d1c1b6a5%(number)d), pointer_default(unique)]
interface %(name)s : IUnknown
{
    HRESULT Read([in] long n, [out, size_is(n)] VALUE *values);
}
"""
COM_MAIN = """\
#define COBJMACROS
#include <initguid.h>
#include "one.h"
int main(void)
{
  AsyncIOne *one = NULL;
  VALUE value = 0;
  if (one)
  {
    AsyncIOne_Begin_Read(one, 1);
    AsyncIOne_Finish_Read(one, &value);
  }
  return IsEqualGUID(&IID_AsyncIOne, &IID_IOne);
}
"""
IDL = """\
import "types.idl";
[uuid(6d0c0e58-6a0f-4a6c-9f3c-8f0d1c1b6a40), version(1.0)]
interface Job
{
    VALUE Run(handle_t h, [in] NUMBER a);
    VALUE Now(handle_t h, [in] NUMBER a);
}
"""
MEMORY = """\
#include <stdlib.h>
#include "job.h"
void *__RPC_USER MIDL_user_allocate(size_t size) { return malloc(size); }
void __RPC_USER MIDL_user_free(void *memory) { free(memory); }
"""
MAIN = MEMORY + """\
void __cdecl Run(PRPC_ASYNC_STATE async, handle_t h, LONG a)
{
  VALUE result = a;
  (void)h;
  RpcAsyncCompleteCall(async, &result);
}
VALUE __cdecl Now(handle_t h, LONG a) { return h ? a : 0; }
int main(void)
{
  RPC_ASYNC_STATE async;
  RpcAsyncInitializeHandle(&async, sizeof(async));
  c_Run(&async, NULL, 1);
  return (int)c_Now(NULL, 1) + (Job_v1_0_s_ifspec == c_Job_v1_0_c_ifspec);
}
"""
CLIENT = MEMORY + "int main(void) { return (int)Now(NULL, 1); }\n"


@unittest.skipUnless(shutil.which("cmake") and shutil.which("ninja"), "needs CMake and Ninja")
class CMakeTest(IdlTest):
    def setUp(self):
        super().setUp()
        for directory in ("interfaces", "types"):
            os.mkdir(self.path(directory))
        self.write("CMakeLists.txt", PROJECT)
        self.write("interfaces/job.idl", IDL)
        self.write("interfaces/async.acf", "interface Job { [async] Run(); }\n")
        self.write("types/types.idl", "typedef long VALUE;\n")
        self.write("main.c", MAIN)
        self.write("client.c", CLIENT)

    def configure(self, arch, package=PACKAGE):
        if not shutil.which(CROSS_GCC[arch]):
            self.skipTest(f"{CROSS_GCC[arch]} is not installed")
        return run(["cmake", "-S", self.directory, "-B", self.path("build-" + arch),
                    "-G", "Ninja", "-DCMAKE_SYSTEM_NAME=Windows",
                    f"-DCMAKE_C_COMPILER={CROSS_GCC[arch]}", f"-Dasyncshim_DIR={package}"])

    def build(self, arch):
        return run(["cmake", "--build", self.path("build-" + arch), "-v"])

    def must(self, result):
        self.assertEqual(result.returncode, 0, result.stdout + result.stderr)
        return result.stdout

    def test_builds(self):
        for arch in ARCHES:
            with self.subTest(arch=arch):
                self.must(self.configure(arch))
                self.must(self.build(arch))
                for program in ("program.exe", "client.exe"):
                    self.assertTrue(os.path.exists(self.path("build-" + arch, program)))
                generated = self.path("build-" + arch, "asyncshim-idl", "program", "job.h")
                self.assertIn(f"for {arch}.", self.read(generated))

    def test_builds_proxies(self):
        self.write("CMakeLists.txt", COM_PROJECT)
        self.write("interfaces/one.idl", COM_IDL % {"number": 0, "name": "IOne"})
        self.write("interfaces/two.idl",
                   COM_IDL.replace(', "types.idl"', "").replace("VALUE", "long")
                   % {"number": 1, "name": "ITwo"})
        self.write("main.c", COM_MAIN)
        for arch in ARCHES:
            with self.subTest(arch=arch):
                self.must(self.configure(arch))
                self.must(self.build(arch))
                for file in ("libproxies.dll", "program.exe"):
                    self.assertTrue(os.path.exists(self.path("build-" + arch, file)), file)
                self.assertIn("no work to do", self.must(self.build(arch)))

    def test_rebuilds_what_depends(self):
        self.must(self.configure("x64"))
        self.must(self.build("x64"))
        self.assertIn("no work to do", self.must(self.build("x64")))
        # the imported file, known from the dependency file only
        self.write("types/types.idl", "typedef unsigned long VALUE;\n")
        self.assertIn("asyncshim-idl", self.must(self.build("x64")))
        header = self.path("build-x64", "asyncshim-idl", "program", "job.h")
        self.assertIn("no work to do", self.must(self.build("x64")))
        # the ACF: the call in main.c no longer fits
        self.write("interfaces/async.acf", "interface Job { [async] Now(); }\n")
        result = self.build("x64")
        self.assertNotEqual(result.returncode, 0)
        self.assertIn("PRPC_ASYNC_STATE Now_AsyncHandle", self.read(header))

    def test_an_error_names_file_and_line(self):
        self.must(self.configure("x64"))
        self.write("interfaces/job.idl", IDL.replace("VALUE Now", "frob Now"))
        result = self.build("x64")
        self.assertNotEqual(result.returncode, 0)
        self.assertRegex(result.stdout, r"interfaces/job\.idl:6: error: .*frob")

    def test_installed_package(self):
        os.mkdir(self.path("host"))
        self.write("host/CMakeLists.txt", "cmake_minimum_required(VERSION 3.25)\n"
                   "project(asyncshim VERSION 0.1.0 LANGUAGES NONE)\n"
                   f'add_subdirectory("{PACKAGE}" idl)\n')
        self.must(run(["cmake", "-S", self.path("host"), "-B", self.path("host-build"),
                       "-G", "Ninja", f"-DCMAKE_INSTALL_PREFIX={self.path('installed')}"]))
        self.must(run(["cmake", "--install", self.path("host-build")]))
        package = self.path("installed", "share", "asyncshim")
        self.write("CMakeLists.txt",
                   PROJECT.replace("asyncshim REQUIRED", "asyncshim 0.1 REQUIRED"))
        self.must(self.configure("x64", package))
        self.must(self.build("x64"))
        cache = self.read(self.path("build-x64", "build.ninja"))
        self.assertIn(os.path.realpath(package), cache)
        self.assertNotIn(PACKAGE, cache)

    def test_misuse_is_refused(self):
        for line, message in (
            ("asyncshim_add_idl(nothing interfaces/job.idl)", "no target 'nothing'"),
            ("asyncshim_add_idl(client interfaces/job.idl PREFIX x)", "PREFIX"),
            ("asyncshim_add_idl(client interfaces/job.idl ACF)", "ACF"),
            ("asyncshim_add_idl(client interfaces/job.idl PROXY CLIENT)", "CLIENT"),
            ("asyncshim_add_idl(client interfaces/job.idl NO_DLLDATA)", "with PROXY"),
        ):
            with self.subTest(line=line):
                self.write("CMakeLists.txt", PROJECT + line + "\n")
                result = self.configure("x64")
                self.assertNotEqual(result.returncode, 0)
                self.assertIn(message, re.sub(r"\s+", " ", result.stderr))


if __name__ == "__main__":
    unittest.main()
