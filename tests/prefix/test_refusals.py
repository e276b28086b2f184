"""What the tool does not understand or may not change: a clear message, and nothing changed."""

import fcntl
import os
import shutil
import struct
import subprocess
import sys
import unittest
from unittest import mock

from fakes import PLACEHOLDER, TOOL, PrefixTest, fake_dll, tree, write


class Refusals(PrefixTest):
    def test_no_prefix(self):
        shutil.rmtree(self.prefix)
        self.assert_refused("install", message="there is no prefix")
        self.assert_refused("uninstall", message="there is no prefix")

    def test_some_other_folder(self):
        os.unlink(os.path.join(self.prefix, "system.reg"))
        self.assert_refused("install", message="no Wine prefix.*system.reg is missing")
        self.make_prefix()
        shutil.rmtree(os.path.dirname(self.in_system32("x")))
        self.assert_refused("install", message="no Wine prefix.*system32 is missing")

    def test_damaged_registry(self):
        for damage in ("", "WINE REGISTRY Version 3\n", "WINE REGISTRY Version 2\n[Software",
                       "WINE REGISTRY Version 2\n\n[Soft\n"):
            write(os.path.join(self.prefix, "user.reg"), damage)
            self.assert_refused("install", message="user.reg of this prefix is damaged")
        self.make_prefix()
        write(os.path.join(self.prefix, "system.reg"), "WINE REGISTRY Version 2\n[Software")
        self.assert_refused("install", message="system.reg of this prefix is damaged")

    def test_native_dll_from_elsewhere(self):
        write(self.in_system32("rpcrt4.dll"), fake_dll("x64", "of somebody"))
        self.assert_refused("install", message="neither Wine's DLL nor asyncshim's")
        write(self.in_system32("rpcrt4.dll"), b"no DLL at all")
        self.assert_refused("install", message="neither Wine's DLL nor asyncshim's")

    def test_native_dll_that_came_after_ours(self):
        self.do("install")
        write(self.in_system32("rpcrt4.dll"), fake_dll("x64", "of somebody"))
        self.assert_refused("install", message="neither Wine's DLL nor asyncshim's")
        self.assert_refused("uninstall", message="somebody has replaced it")
        self.do("uninstall", "--force")
        self.assertEqual(sorted(name for name in tree(self.prefix) if "rpc" in name or "asy" in name),
                         ["drive_c/windows/system32/rpcrt4.dll"])

    def test_names_that_are_taken(self):
        write(self.in_system32("rpcrt4_wine.dll"), b"?")
        self.assert_refused("install", message="rpcrt4_wine.dll is in the way")
        os.unlink(self.in_system32("rpcrt4_wine.dll"))
        write(self.in_system32("rpcrt4.dll.asyncshim-backup"), b"?")
        self.assert_refused("install", message="asyncshim-backup is in the way")

    def test_ours_without_a_manifest(self):
        write(self.in_system32("rpcrt4.dll"), self.our_data("x64"))
        self.assert_refused("install", message="was not put there by this tool")

    def test_prefix_of_another_machine(self):
        write(self.in_system32("rpcrt4.dll"), fake_dll("arm64", "", b"Wine builtin DLL"))
        self.assert_refused("install", message="is for machine 0xaa64")

    def test_incomplete_prefix(self):
        os.unlink(self.in_system32("rpcrt4.dll"))
        self.assert_refused("install", message="not complete")

    def test_no_wine(self):
        shutil.rmtree(os.path.join(self.wine, "lib"))
        self.assert_refused("install", message="no Wine in")

    def test_no_wine_on_the_path(self):
        environment = {"PATH": os.path.join(self.folder, "nothing"), "HOME": self.folder}
        result = subprocess.run(
            [sys.executable, TOOL, "install", "--prefix", self.prefix, "--dlls", self.builds],
            env=environment, capture_output=True, text=True, timeout=60, check=False)
        if "several Wines" in result.stderr or result.returncode == 0:
            self.skipTest("there is a Wine below /opt")
        self.assertEqual(result.returncode, 1)
        self.assertIn("no Wine found", result.stderr)

    def test_wine_without_pe_files(self):
        write(self.wine_dll("x64"), fake_dll("x64", "", PLACEHOLDER))
        self.assert_refused("install", message="not a DLL that Wine has built")

    def test_not_built(self):
        shutil.rmtree(self.builds)
        self.assert_refused("install", message="has not been built")
        write(os.path.join(self.builds, "x64", "rpcrt4.dll"), fake_dll("x64", "another one"))
        self.assert_refused("install", message="is not a DLL of asyncshim")

    def test_missing_backup(self):
        self.do("install")
        os.unlink(self.in_system32("rpcrt4.dll.asyncshim-backup"))
        self.assert_refused("uninstall", message="the file to restore, is missing")

    def test_changed_backup(self):
        self.do("install")
        write(self.in_system32("rpcrt4.dll.asyncshim-backup"), b"?")
        self.assert_refused("uninstall", message="has been changed")

    def test_manifest_of_the_future(self):
        self.do("install")
        for content in ('{"format": 99}', "[]", "{"):
            write(os.path.join(self.prefix, ".asyncshim", "manifest.json"), content)
            self.assert_refused("install", message="manifest.json")
            self.assert_refused("uninstall", message="manifest.json")

    @unittest.skipIf(os.geteuid() != 0, "only root can give a folder away")
    def test_prefix_of_another_user(self):
        os.chown(self.prefix, 65534, 65534)
        self.assert_refused("install", message="belongs to another user")
        self.do_status_works()

    def do_status_works(self):
        self.assertEqual(self.run_tool("status")[0], 3)

    def test_read_only(self):
        before = tree(self.prefix)
        arguments = [sys.executable, TOOL, "install", "--prefix", self.prefix, "--dlls", self.builds,
                     "--wine", self.wine]
        script = 'mount --bind "$1" "$1" && mount -o remount,ro,bind "$1" && shift && exec "$@"'
        namespaces = ["unshare", "--mount"] + ([] if os.geteuid() == 0 else ["--user", "-r"])
        if subprocess.run(namespaces + ["true"], capture_output=True, check=False).returncode:
            self.skipTest("no mount namespaces here")
        result = subprocess.run(namespaces + ["sh", "-c", script, "sh", self.prefix] + arguments,
                                capture_output=True, text=True, timeout=60, check=False)
        self.assertEqual(result.returncode, 1, result.stderr)
        self.assertIn("is read-only", result.stderr)
        self.assertEqual(tree(self.prefix), before)


class RunningPrograms(PrefixTest):
    def server_folder(self):
        status = os.stat(self.prefix)
        run = os.path.join(self.folder, "run")
        folder = os.path.join(run, "wine", f"server-{status.st_dev:x}-{status.st_ino:x}")
        os.makedirs(folder, exist_ok=True)
        previous = os.environ.get("XDG_RUNTIME_DIR")
        os.environ["XDG_RUNTIME_DIR"] = run
        self.addCleanup(lambda: os.environ.pop("XDG_RUNTIME_DIR") if previous is None
                        else os.environ.update(XDG_RUNTIME_DIR=previous))
        return folder

    def test_a_lock_that_is_held(self):
        folder = self.server_folder()
        reader, writer = os.pipe()
        child = os.fork()
        if child == 0:
            # What wineserver does: a lock on the first byte.
            descriptor = os.open(os.path.join(folder, "lock"), os.O_RDWR | os.O_CREAT)
            fcntl.fcntl(descriptor, fcntl.F_SETLK,
                        struct.pack("hhqqi4x", fcntl.F_WRLCK, os.SEEK_SET, 0, 1, 0))
            os.write(writer, b"x")
            os.close(writer)
            os.read(os.open("/dev/null", os.O_RDONLY), 1)
            import signal
            signal.alarm(60)
            signal.pause()
            os._exit(0)
        self.assertEqual(os.read(reader, 1), b"x")
        try:
            for command in ("install", "uninstall"):
                self.assert_refused(command, message=f"programs are still running.*process {child}",
                                    folder=self.prefix)
            self.assertEqual(self.run_tool("status")[0], 3)
        finally:
            os.kill(child, 9)
            os.waitpid(child, 0)
        # The dead server's files are still there, and mean nothing.
        write(os.path.join(folder, "socket"), b"")
        self.do("install")

    def try_lock(self, folder):
        """What a server that starts now is told, in a process of its own."""
        child = os.fork()
        if child == 0:
            descriptor = os.open(os.path.join(folder, "lock"), os.O_RDWR | os.O_CREAT)
            try:
                fcntl.lockf(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB, 1)
            except OSError:
                os._exit(2)
            os._exit(0)
        return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])

    def test_no_server_starts_while_files_change(self):
        folder = self.server_folder()
        seen = []
        rename = os.rename

        def watched(source, target):
            seen.append(self.try_lock(folder))
            rename(source, target)

        with mock.patch("os.rename", watched):
            self.do("install")
        self.assertGreater(len(seen), 6)
        self.assertEqual(set(seen), {2})
        self.assertEqual(self.try_lock(folder), 0)

    def test_a_second_tool(self):
        descriptor = os.open(self.prefix, os.O_RDONLY)
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        self.assert_refused("install", message="another asyncshim is at work")
        os.close(descriptor)
        self.do("install")


if __name__ == "__main__":
    unittest.main()
