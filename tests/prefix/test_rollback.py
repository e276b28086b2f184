"""A change that fails at any point leaves everything as it was; a process that dies at any point
leaves what the next one puts right."""

import errno
import os
import resource
import signal
import subprocess
import sys
import unittest
from unittest import mock

from fakes import TOOL, PrefixTest, tree, write

SYSTEM_CALLS = ("rename", "open", "fsync", "fchmod", "makedirs", "unlink")


class Failing:
    """Stands in for one function of `os`, and does `action` at its n-th call from now on."""

    def __init__(self, name, countdown, action):
        self.real = getattr(os, name)
        self.countdown = countdown
        self.action = action

    def __call__(self, *arguments, **options):
        self.countdown -= 1
        if self.countdown == 0:
            self.action()
        return self.real(*arguments, **options)


def disk_full():
    raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), "a file")


def die():
    os._exit(99)


class Rollback(PrefixTest):
    architectures = ("x64", "x86")

    def scenarios(self):
        """(preparation, command): a first installation, a refresh, the removal of everything and
        of one of two programs."""
        yield (), ("install",)
        yield (("install", "--app", "a.exe"),), ("install", "--app", "b.exe")
        yield (("install",),), ("install", "--new-build")
        yield (("install",), ("install", "--app", "a.exe")), ("uninstall",)
        yield (("install",), ("install", "--app", "a.exe")), ("uninstall", "--app", "a.exe")

    def prepare(self, steps, command):
        self.make_prefix()
        self.make_builds("build 1")
        for step in steps:
            self.do(*step)
        if command[-1] == "--new-build":
            self.make_builds("build 2")
            command = command[:-1]
        return command

    def test_failing_system_calls(self):
        for steps, wanted in self.scenarios():
            for name in SYSTEM_CALLS:
                self.fail_at_each_call(steps, wanted, name)

    def fail_at_each_call(self, steps, wanted, name):
        for count in range(1, 200):
            command = self.prepare(steps, wanted)
            before = tree(self.prefix)
            failing = Failing(name, count, disk_full)
            with mock.patch.object(os, name, failing):
                code, _, errors = self.run_tool(*command)
            if code == 0:
                # Past the last call, or a failure after the point of no return: either way the
                # command has done its work, and doing it once more tidies up.
                self.run_tool(*command)
                self.assertFalse([path for path in tree(self.prefix) if "journal" in path
                                  or path.endswith(("-new", "-old"))], f"{command} {name} {count}")
                if failing.countdown > 0:
                    return
                continue
            self.assertIn("No space left", errors)
            self.assertEqual(tree(self.prefix), before, f"{command} {name} {count}")
        self.fail(f"{name} is called without end")

    def test_dying_process(self):
        for steps, wanted in self.scenarios():
            command = self.prepare(steps, wanted)
            before = tree(self.prefix)
            self.do(*command)
            after = tree(self.prefix)
            for name in ("rename", "fsync", "unlink", "open"):
                self.die_at_each_call(steps, wanted, name, before, after)

    def die_at_each_call(self, steps, wanted, name, before, after):
        for count in range(1, 200):
            command = self.prepare(steps, wanted)
            child = os.fork()
            if child == 0:
                with mock.patch.object(os, name, Failing(name, count, die)):
                    code, _, _ = self.run_tool(*command)
                os._exit(code)
            code = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
            # Whatever is left, trying again has the same result as if nothing had happened. The
            # work may have been done already, and then there is no such program any more.
            code_again, _, errors = self.run_tool(*command)
            where = f"{command} {name} {count}"
            self.assertTrue(code_again == 0 or "not installed for" in errors, where + errors)
            self.assertEqual(tree(self.prefix), after, where)
            if code == 0:
                return
            self.assertEqual(code, 99, where)
        self.fail(f"{name} is called without end")

    def test_dying_while_undoing(self):
        self.prepare((), ("install",))
        before = tree(self.prefix)
        for count in range(1, 60):
            child = os.fork()
            if child == 0:
                # The fifth rename fails; what follows undoes it, and dies on its way.
                failing = Failing("rename", 5, disk_full)
                dying = Failing("unlink", count, die)
                with mock.patch.object(os, "rename", failing), mock.patch.object(os, "unlink", dying):
                    self.run_tool("install")
                os._exit(0)
            code = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
            self.assertEqual(self.run_tool("uninstall")[0], 0)
            self.assertEqual(tree(self.prefix), before)
            if code == 0:
                return
        self.fail("undoing does not end")

    def test_status_tells_of_an_interrupted_run(self):
        for count in range(1, 200):
            self.make_prefix()
            child = os.fork()
            if child == 0:
                with mock.patch.object(os, "rename", Failing("rename", count, die)):
                    code, _, _ = self.run_tool("install")
                os._exit(code)
            code = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
            if code == 0:
                return
            if count > 1:
                code, output, _ = self.run_tool("status")
                self.assertEqual(code, 4)
                self.assertIn("was interrupted", output)
                self.assert_refused("install", "--dry-run", message="was interrupted")
            self.do("install")
            self.assertNotIn("was interrupted", self.do("status"))
        self.fail("installing does not end")


class FullDisk(PrefixTest):
    def test_no_room_for_the_copy(self):
        write(self.wine_dll("x64"), self.wine_data("x64") + bytes(300_000))
        before = tree(self.folder)

        def limit():
            signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
            resource.setrlimit(resource.RLIMIT_FSIZE, (200_000, 200_000))

        result = subprocess.run(
            [sys.executable, TOOL, "install", "--prefix", self.prefix, "--dlls", self.builds,
             "--wine", self.wine], preexec_fn=limit, capture_output=True, text=True, timeout=60,
            check=False)
        self.assertEqual(result.returncode, 1, result.stderr)
        self.assertIn("File too large", result.stderr)
        self.assertEqual(tree(self.folder), before)


if __name__ == "__main__":
    unittest.main()
