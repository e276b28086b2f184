"""Runs asyncshim-idl and the cross compilers for the tests."""

import os
import shutil
import subprocess
import sys
import tempfile
import unittest

HERE = os.path.dirname(os.path.abspath(__file__))
SAMPLES = os.path.join(HERE, "samples")
IDL_COMPILER = os.environ.get(
    "ASYNCSHIM_IDL_COMPILER", os.path.join(HERE, "..", "..", "rpcshim", "idl", "asyncshim-idl")
)
CROSS_GCC = {"x64": "x86_64-w64-mingw32-gcc", "x86": "i686-w64-mingw32-gcc"}
POINTER = {"x64": 8, "x86": 4}
ARCHES = ("x64", "x86")
SECONDS = 120


def run(arguments, **options):
    return subprocess.run(
        arguments, capture_output=True, text=True, timeout=SECONDS, check=False, **options
    )


class IdlTest(unittest.TestCase):
    """A test with a directory of its own, removed afterwards."""

    maxDiff = None

    def setUp(self):
        self.directory = tempfile.mkdtemp(prefix="idl-test-")
        self.addCleanup(shutil.rmtree, self.directory)

    def path(self, *names):
        return os.path.join(self.directory, *names)

    def write(self, name, text):
        with open(self.path(name), "w", encoding="utf-8") as stream:
            stream.write(text)
        return self.path(name)

    @staticmethod
    def read(path):
        with open(path, encoding="utf-8") as stream:
            return stream.read()

    def compile(self, idl, *options, arch="x64", cwd=None):
        """The finished process; output goes to `out` in the test's directory."""
        return run(
            [sys.executable, IDL_COMPILER, idl, "--arch", arch, "-o", self.path("out")]
            + list(options),
            cwd=cwd or self.directory,
        )

    def must_compile(self, idl, *options, arch="x64"):
        """Compiles and returns the paths of header, client and server stub."""
        result = self.compile(idl, *options, arch=arch)
        self.assertEqual(result.returncode, 0, result.stderr)
        stem = os.path.splitext(os.path.basename(idl))[0]
        return tuple(self.path("out", stem + end) for end in (".h", "_c.c", "_s.c"))

    def must_compile_proxies(self, idl, *options, arch="x64"):
        """Compiles and returns the paths of header, proxy file, identifiers and dlldata.c."""
        result = self.compile(idl, "--proxy", *options, arch=arch)
        self.assertEqual(result.returncode, 0, result.stderr)
        stem = os.path.splitext(os.path.basename(idl))[0]
        return tuple(
            self.path("out", name) for name in
            (stem + ".h", stem + "_p.c", stem + "_i.c", "dlldata.c"))

    def gcc(self, arch, source, *options):
        compiler = shutil.which(CROSS_GCC[arch])
        if not compiler:
            self.skipTest(f"{CROSS_GCC[arch]} is not installed")
        return run(
            [compiler, "-std=c11", "-Wall", "-Wextra", "-Werror", "-c", source]
            + ["-I", os.path.dirname(source), "-o", self.path("object.o"), *options]
        )
