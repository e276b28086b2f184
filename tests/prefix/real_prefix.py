"""The prefix tool on a real prefix of a real Wine, from installing to uninstalling.

    real_prefix.py WHICH_DLLS.exe x64|x86 DLLS

Runs inside wine/run-in-prefix --command, in a complete copy of its prefix (WINEPREFIX)."""

import contextlib
import io
import json
import os
import re
import shutil
import subprocess
import sys
import unittest
from unittest import mock

from fakes import SHIMS, TOOL, TOOL_FOLDER, commands, tree

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

    def tool_arguments(self, command, options, dlls):
        options = ["--prefix", self.prefix, "--dlls", dlls, *options]
        if command == "install":
            options += ["--arch", ARCHITECTURE]
        if command != "status":
            options += ["--wait", "0"]
        return [command, *options]

    def tool(self, command, *options, code=0, dlls=DLLS):
        result = self.run_command(sys.executable, "-B", TOOL, *self.tool_arguments(command, options, dlls))
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
            return sorted(line for line in file if re.search(r"ole32|rpcrt4|combase|\{0000032[BD]|\{DB2F3AC|\{0000015[01]-", line)
                          and not line.startswith("["))

    def test_from_begin_to_end(self):
        before = self.system_folders()
        self.classes_before = self.classes()
        self.assert_loads("one.exe", "wine")
        self.refused_while_a_program_runs()
        self.for_one_program()
        self.without_the_override()
        self.for_the_whole_prefix()
        self.replaced()
        self.uninstalled(before)

    def refused_while_a_program_runs(self):
        self.in_use("wine", DLLS)
        # Killed, the server leaves its socket and its lock file; neither of them means anything.
        self.run_command("wineserver", "-k9")
        self.run_command("wineserver", "-w")
        self.tool("install", "--app", "one.exe")
        self.tool("uninstall")

    def in_use(self, kind, dlls):
        """A program runs: it goes on, others start as before, and nothing changes."""
        with subprocess.Popen(["wine", self.programs["one.exe"], "wait", kind], env=self.environment,
                              stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as program:
            self.assertEqual(program.stdout.readline().strip(), "READY")
            before = self.windows()
            for command in ("install", "uninstall"):
                self.assertIn("programs are still running", self.tool(command, code=1, dlls=dlls))
            self.assertEqual(self.windows(), before)
            result = self.run_command("wine", self.programs["two.exe"], kind)
            self.assertEqual(result.returncode, 0, result.stdout)
            output, _ = program.communicate(timeout=60)
            self.assertEqual(program.returncode, 0, output)

    def other_build(self):
        """Other DLLs than those that are installed, if only by a byte behind their end."""
        folder = os.path.join(os.environ["ASYNCSHIM_SCRATCH"], "other")
        for shim in SHIMS:
            path = os.path.join(folder, os.path.basename(shim.build))
            os.makedirs(folder, exist_ok=True)
            shutil.copy(os.path.join(DLLS, shim.build), path)
            with open(path, "ab") as file:
                file.write(b"\0")
        return folder

    def replaced(self):
        other = self.other_build()
        self.in_use("ours", other)
        self.end_wine()
        self.started_meanwhile(other)
        self.assertIn("already", self.tool("install", dlls=other))
        self.assert_loads("two.exe", "ours")
        self.tool("install")

    def started_meanwhile(self, dlls):
        """A program that somebody starts while the files change waits, and has all of it then."""
        rename, started = os.rename, []

        def watched(source, target):
            rename(source, target)
            if target.endswith("rpcrt4.dll") and not started:
                started.append(subprocess.Popen(
                    ["wine", self.programs["one.exe"], "ours"], env=self.environment,
                    stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True))
                with contextlib.suppress(subprocess.TimeoutExpired):
                    started[0].wait(timeout=1)

        with mock.patch("os.rename", watched), contextlib.redirect_stdout(io.StringIO()):
            code = commands.main(self.tool_arguments("install", [], dlls), TOOL_FOLDER)
        self.assertEqual(code, 0)
        with started[0] as program:
            output, _ = program.communicate(timeout=60)
        # On a machine that is busy enough it gives up waiting, and says so.
        self.assertTrue(program.returncode == 0 or "cannot connect" in output, output)
        self.end_wine()

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
