"""The prefix tool on a real prefix of a real Wine, from installing to uninstalling.

    real_prefix.py WHICH_DLLS.exe x64|x86 DLLS

Runs inside wine/run-in-prefix --command, in a complete copy of its prefix (WINEPREFIX)."""

import json
import os
import re
import shutil
import subprocess
import sys
import unittest

from fakes import TOOL, tree

PROGRAM, ARCHITECTURE, DLLS = sys.argv.pop(1), sys.argv.pop(1), sys.argv.pop(1)
USER_OVERRIDES = r"HKCU\Software\Wine\DllOverrides"


class RealPrefix(unittest.TestCase):
    def setUp(self):
        self.prefix = os.path.join(os.environ["ASYNCSHIM_SCRATCH"], "prefix")
        shutil.copytree(os.environ["WINEPREFIX"], self.prefix, symlinks=True)
        self.environment = dict(os.environ, WINEPREFIX=self.prefix)
        self.addCleanup(self.end_wine)
        self.programs = {}
        for name in ("one.exe", "two.exe"):
            self.programs[name] = os.path.join(os.environ["ASYNCSHIM_SCRATCH"], name)
            shutil.copy(PROGRAM, self.programs[name])

    def run_command(self, *command):
        return subprocess.run(command, env=self.environment, stdin=subprocess.DEVNULL,
                              stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
                              timeout=120, check=False)

    def end_wine(self):
        self.run_command("wineserver", "-k")
        self.run_command("wineserver", "-w")

    def tool(self, command, *options, code=0):
        options = ["--prefix", self.prefix, "--dlls", DLLS, *options]
        if command == "install":
            options += ["--arch", ARCHITECTURE]
        if command != "status":
            options += ["--wait", "0"]
        result = self.run_command(sys.executable, "-B", TOOL, command, *options)
        self.assertEqual(result.returncode, code, result.stdout)
        return result.stdout

    def wine(self, *command):
        """Runs a Windows program, and ends the prefix's server so that it writes the registry."""
        result = self.run_command("wine", *command)
        self.end_wine()
        self.assertEqual(result.returncode, 0, result.stdout)
        return result.stdout

    def assert_loads(self, program, what):
        self.wine(self.programs[program], what)

    def windows(self):
        return tree(os.path.join(self.prefix, "drive_c", "windows"))

    def system_folders(self):
        return {path: content for path, content in self.windows().items()
                if path.startswith(("system32", "syswow64")) and content[1] != "folder"
                and path.endswith((".dll", ".exe", "-backup", "-old", "-new"))}

    def classes(self):
        """Every line of the registry that names one of our DLLs or a copy of Wine's, or has to do
        with our classes; Wine writes the file when its server ends."""
        with open(os.path.join(self.prefix, "system.reg"), encoding="latin-1") as file:
            return sorted(line for line in file if re.search(r"ole32|rpcrt4|combase|\{0000032D", line)
                          and not line.startswith("["))

    def test_from_begin_to_end(self):
        before = self.system_folders()
        self.classes_before = self.classes()
        self.assert_loads("one.exe", "wine")
        self.refused_while_a_program_runs()
        self.for_one_program()
        self.without_the_override()
        self.for_the_whole_prefix()
        self.uninstalled(before)

    def refused_while_a_program_runs(self):
        with subprocess.Popen(["wine", self.programs["one.exe"], "wait"], env=self.environment,
                              stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as program:
            self.assertEqual(program.stdout.readline().strip(), "READY")
            before = self.windows()
            self.assertIn("programs are still running", self.tool("install", code=1))
            self.assertEqual(self.windows(), before)
            program.stdin.close()
            program.wait(timeout=60)
        # Killed, the server leaves its socket and its lock file; neither of them means anything.
        self.run_command("wineserver", "-k9")
        self.run_command("wineserver", "-w")
        self.tool("install", "--app", "one.exe")
        self.tool("uninstall")

    def for_one_program(self):
        self.tool("install", "--app", "one.exe")
        self.assert_loads("one.exe", "ours")
        self.assert_loads("two.exe", "wine")
        self.tool("status")

    def without_the_override(self):
        key = r"HKCU\Software\Wine\AppDefaults\one.exe\DllOverrides"
        for name in ("rpcrt4", "ole32", "combase"):
            self.wine("reg", "delete", key, "/v", name, "/f")
        self.assert_loads("one.exe", "wine")
        self.assertIn("no longer in the registry", self.tool("status", code=4))

    def for_the_whole_prefix(self):
        self.tool("install")
        self.tool("install", "--app", "one.exe")
        self.assert_loads("one.exe", "ours")
        self.assert_loads("two.exe", "ours")
        installed, classes = self.system_folders(), self.classes()
        self.wine("wineboot", "-u")
        self.assertEqual(self.system_folders(), installed)
        self.assertEqual(self.classes(), classes)
        report = json.loads(self.tool("status", "--json"))
        self.assertEqual([(dll["file"], dll["copy"]) for dll in report["dlls"]],
                         [("ok", "ok")] * 3)
        self.assert_loads("two.exe", "ours")

    def uninstalled(self, before):
        self.wine("reg", "add", USER_OVERRIDES, "/v", "another", "/d", "native", "/f")
        self.tool("uninstall")
        self.assertEqual(self.system_folders(), before)
        self.assertFalse(os.path.exists(os.path.join(self.prefix, ".asyncshim")))
        self.assertIn("another", self.wine("reg", "query", USER_OVERRIDES))
        with open(os.path.join(self.prefix, "user.reg"), encoding="latin-1") as file:
            text = file.read()
        self.assertNotIn('"rpcrt4"', text)
        self.assertNotIn('"ole32"', text)
        self.assertNotIn('"combase"', text)
        self.assertEqual(self.classes(), self.classes_before)
        self.assertNotIn("one.exe", text)
        self.assert_loads("one.exe", "wine")
        self.tool("status", code=3)


if __name__ == "__main__":
    unittest.main()
