#!/usr/bin/env python3
"""Programs and DLLs that import one of our DLLs alone: forwarded or own names first, at the start
of the process, at run time, by a delayed import; with each of our DLLs there or not, and with one
that the program brings along.

    orders.py FOLDER

FOLDER has load_first.exe and the importers (CMakeLists.txt).
"""

import itertools
import os
import shutil
import sys
import unittest

import wine_run
from prefixtool import pefile, wine

FOLDER = sys.argv.pop(1)
OURS = wine_run.OURS
WOW64_RPCRT4 = "drive_c/windows/syswow64/rpcrt4.dll"


class Orders(unittest.TestCase):
    def setUp(self):
        self.programs = os.path.join(os.environ["ASYNCSHIM_SCRATCH"], "programs")
        shutil.copytree(FOLDER, self.programs)
        self.addCleanup(shutil.rmtree, self.programs)
        self.load_first = os.path.join(self.programs, "load_first.exe")
        self.importers = [name for name in sorted(os.listdir(self.programs))
                          if name.endswith((".exe", ".dll")) and name != "load_first.exe"]

    def check(self, names, overrides=""):
        output = wine_run.run(self.load_first, "these", *names, overrides=overrides, limit=250)
        found = wine_run.results(output)
        self.assertEqual(found, dict.fromkeys(names, 0), output)

    def test_all_importers(self):
        self.assertEqual(len(self.importers), 14)
        self.check(self.importers)

    def test_ours_by_name_and_path(self):
        names = [name + ending for name in OURS for ending in (".dll", "_wine.dll")]
        self.check(names + [rf"C:\windows\system32\{name}.dll" for name in OURS])

    def test_loaded_and_unloaded_again_and_again(self):
        self.assertEqual(wine_run.run(self.load_first, "again").split(), ["fine"])

    def test_some_of_ours_only(self):
        for count in (1, 2, 3):
            for builtin in itertools.combinations(OURS, count):
                with self.subTest(wines=builtin):
                    self.check(self.importers, wine_run.builtin(builtin))

    def with_one_of_the_program(self, make, overrides):
        """For each of ours, a DLL of that name lies beside the programs."""
        for name in OURS:
            path = os.path.join(self.programs, name + ".dll")
            make(name + ".dll", path)
            with self.subTest(brings=name):
                self.check(self.importers, overrides.format(name))
            os.unlink(path)

    def test_one_that_the_program_brings_along(self):
        """As without asyncshim it gets Wine's own instead: this one is of no use."""
        if os.path.exists(os.path.join(os.environ["WINEPREFIX"], WOW64_RPCRT4)):
            self.skipTest("not in a prefix for 64- and 32-bit programs (prefixtool/overrides.py)")
        self.with_one_of_the_program(
            lambda _, path: shutil.copy(os.path.join(self.programs, "delayed.dll"), path), "")

    def test_one_that_the_program_brings_along_and_the_user_wants(self):
        """A native one: Wine's own without the mark, by which Wine would know it."""
        wines, bits = wine.find(None, os.environ), pefile.read(self.load_first).machine

        def make(name, path):
            with open(path, "wb") as file:
                file.write(pefile.without_mark(pefile.read(wines.dll_path(bits, name)).data))

        self.with_one_of_the_program(make, "*{}=n")


if __name__ == "__main__":
    unittest.main()
