"""Installing and uninstalling: what is where, that twice is once, and that nothing remains."""

import json
import os
import unittest
from unittest import mock

from fakes import (OVERRIDES, PLACEHOLDER, SHIMS, USER_REG, PrefixTest, fake_dll, read, tree, write)
from prefixtool import classes

LINE = '"rpcrt4"="native,builtin"\n'
LINES = '"combase"="native,builtin"\n"ole32"="native,builtin"\n' + LINE
ELSEWHERE = '"*combase"="builtin"\n"*ole32"="builtin"\n"*rpcrt4"="builtin"\n'
EVENT = "CLSID\\\\{0000032B-0000-0000-C000-000000000046}"
SYSTEM_PROXIES = "{00000320-0000-0000-C000-000000000046}"
PIPE_BYTE = "{DB2F3ACA-2F86-11D1-8E04-00C04FB9989A}"
ASYNC_PIPE_BYTE = "{DB2F3ACB-2F86-11D1-8E04-00C04FB9989A}"
ADVISE_SINK = "{0000010F-0000-0000-C000-000000000046}"
ASYNC_ADVISE_SINK = "{00000150-0000-0000-C000-000000000046}"
TWIN_VALUES = (
    (PIPE_BYTE, "IPipeByte"),
    (PIPE_BYTE + "\\NumMethods", "5"),
    (PIPE_BYTE + "\\ProxyStubClsid32", SYSTEM_PROXIES),
    (PIPE_BYTE + "\\AsynchronousInterface", ASYNC_PIPE_BYTE),
    (ASYNC_PIPE_BYTE, "AsyncIPipeByte"),
    (ASYNC_PIPE_BYTE + "\\NumMethods", "7"),
    (ASYNC_PIPE_BYTE + "\\ProxyStubClsid32", SYSTEM_PROXIES),
    (ASYNC_PIPE_BYTE + "\\SynchronousInterface", PIPE_BYTE),
    (ADVISE_SINK + "\\AsynchronousInterface", ASYNC_ADVISE_SINK),
    (ASYNC_ADVISE_SINK + "\\SynchronousInterface", ADVISE_SINK),
)
CONTAINER = "CLSID\\\\{0000032D-0000-0000-C000-000000000046}"


class Install(PrefixTest):
    def test_puts_ours_in_place_and_wines_beside_it(self):
        self.do("install")
        for name in ("rpcrt4", "ole32", "combase"):
            dll = name + ".dll"
            self.assertEqual(read(self.in_system32(dll)), self.our_data("x64", name=dll))
            copy = read(self.in_system32(name + "_wine.dll"))
            original = self.wine_data("x64", name=dll)
            self.assertEqual(copy[0x40:0x50], bytes(16))
            self.assertEqual(copy[:0x40] + copy[0x50:], original[:0x40] + original[0x50:])
        self.assertIn("[Software\\\\Wine\\\\DllOverrides] 0\n" + LINES + ELSEWHERE, self.user_reg())

    def test_twice_is_once(self):
        for options in ([], ["--app", "a.exe"], ["--app", "a.exe", "--app", "B.EXE"]):
            self.do("install", *options)
            before = tree(self.prefix)
            self.assertIn("already", self.do("install", *options))
            self.assertEqual(tree(self.prefix), before)

    def test_an_installation_of_fewer_dlls_gets_the_others(self):
        before = tree(self.prefix)
        fewer = SHIMS[:2]
        with mock.patch("prefixtool.shims.SHIMS", fewer), \
             mock.patch("prefixtool.overrides.SHIMS", fewer):
            self.do("install")
        self.assertNotIn('"combase"', self.user_reg())
        self.do("install")
        for line in (LINES + ELSEWHERE).splitlines():
            self.assertIn(line + "\n", self.user_reg())
        self.assertEqual(read(self.in_system32("combase.dll")),
                         self.our_data("x64", name="combase.dll"))
        self.do("uninstall")
        self.assertEqual(tree(self.prefix), before)

    def test_uninstall_restores_every_byte(self):
        before = tree(self.prefix)
        for options in ([], ["--app", "a.exe"], ["--app", "a.exe", "--app", "b.exe"]):
            self.do("install", *options)
            self.assertNotEqual(tree(self.prefix), before)
            self.do("uninstall")
            self.assertEqual(tree(self.prefix), before)

    def test_uninstall_restores_links_and_times(self):
        path = self.in_system32("rpcrt4.dll")
        os.utime(path, ns=(10**18, 10**18 + 7))
        os.chmod(path, 0o555)
        status = os.lstat(path)
        self.do("install")
        self.do("uninstall")
        self.assertEqual(os.lstat(path).st_mtime_ns, status.st_mtime_ns)
        self.assertEqual(os.lstat(path).st_ino, status.st_ino)
        os.unlink(path)
        os.symlink(self.wine_dll("x64"), path)
        before = tree(self.folder)
        self.do("install")
        self.assertFalse(os.path.islink(path))
        self.do("uninstall")
        self.assertEqual(tree(self.folder), before)

    def test_dry_run_changes_nothing(self):
        before = tree(self.prefix)
        output = self.do("install", "--dry-run")
        self.assertIn("create  drive_c/windows/system32/rpcrt4_wine.dll", output)
        self.assertEqual(tree(self.prefix), before)
        self.do("install")
        installed = tree(self.prefix)
        self.assertIn("remove  drive_c/windows/system32/rpcrt4_wine.dll",
                      self.do("uninstall", "--dry-run"))
        self.assertEqual(tree(self.prefix), installed)

    def test_placeholder_of_old_wine_is_replaced_and_restored(self):
        write(self.in_system32("rpcrt4.dll"), fake_dll("x64", "", PLACEHOLDER))
        before = tree(self.prefix)
        self.do("install")
        self.do("uninstall")
        self.assertEqual(tree(self.prefix), before)

    def test_finds_a_dll_spelled_otherwise(self):
        os.rename(self.in_system32("rpcrt4.dll"), self.in_system32("RpcRT4.DLL"))
        before = tree(self.prefix)
        self.do("install")
        self.assertEqual(read(self.in_system32("RpcRT4.DLL")), self.our_data("x64"))
        self.assertFalse(os.path.exists(self.in_system32("rpcrt4.dll")))
        self.do("uninstall")
        self.assertEqual(tree(self.prefix), before)

    def test_uninstall_when_not_installed(self):
        before = tree(self.prefix)
        self.assertIn("nothing to do", self.do("uninstall"))
        self.assertEqual(tree(self.prefix), before)

    def test_a_moved_prefix_can_be_uninstalled(self):
        before = tree(self.prefix)
        self.do("install")
        moved = os.path.join(self.folder, "elsewhere")
        os.rename(self.prefix, moved)
        self.prefix = moved
        self.do("uninstall")
        self.assertEqual(tree(self.prefix), before)


class Programs(PrefixTest):
    def test_one_after_the_other(self):
        before = tree(self.prefix)
        self.do("install", "--app", "One.exe")
        with_one = tree(self.prefix)
        self.assertIn("[Software\\\\Wine\\\\AppDefaults\\\\One.exe\\\\DllOverrides] 0\n" + LINES,
                      self.user_reg())
        self.assertNotIn("[Software\\\\Wine\\\\DllOverrides]", self.user_reg())
        self.do("install", "--app", "two.exe")
        self.do("install", "--app", "ONE.EXE")
        self.do("uninstall", "--app", "TWO.exe")
        self.assertEqual(tree(self.prefix), with_one)
        self.do("uninstall", "--app", "one.exe")
        self.assertEqual(tree(self.prefix), before)

    def test_whole_prefix_and_program_are_independent(self):
        self.do("install")
        whole = tree(self.prefix)
        self.do("install", "--app", "a.exe")
        self.do("uninstall", "--app", "a.exe")
        self.assertEqual(tree(self.prefix), whole)

    def test_names_are_escaped_as_wine_does(self):
        before = tree(self.prefix)
        self.do("install", "--app", "Prüfung [1].exe")
        self.assertIn("AppDefaults\\\\Pr\\x00fcfung \\[1\\].exe\\\\DllOverrides", self.user_reg())
        self.do("uninstall", "--app", "prüfung [1].exe")
        self.assertEqual(tree(self.prefix), before)

    def test_uninstall_for_a_program_it_is_not_installed_for(self):
        self.assert_refused("uninstall", "--app", "a.exe", message="not installed")
        self.do("install", "--app", "b.exe")
        self.assert_refused("uninstall", "--app", "a.exe", message="not installed for a.exe")

    def test_a_path_is_not_a_program_name(self):
        with self.assertRaises(SystemExit) as caught:
            self.run_tool("install", "--app", "C:\\a.exe")
        self.assertEqual(caught.exception.code, 2)


class Registry(PrefixTest):
    def test_value_of_the_user_is_restored(self):
        for line in ('"rpcrt4"="builtin"', '"RPCRT4"="native,builtin"', '"rpcrt4"=hex:01,\\\n  02'):
            self.make_prefix(user_reg=USER_REG + OVERRIDES + '"a"="b"\n' + line + '\n"z"="n"\n')
            before = tree(self.prefix)
            self.do("install")
            self.assertIn(LINE, self.user_reg())
            self.do("uninstall")
            self.assertEqual(tree(self.prefix), before)

    def test_other_values_the_user_sets_meanwhile_stay(self):
        self.make_prefix(user_reg=USER_REG + OVERRIDES)
        self.do("install")
        self.do("install", "--app", "a.exe")
        # As Wine leaves it: keys sorted, time stamps renewed, empty keys with subkeys dropped.
        text = self.user_reg()
        text = text.replace("[Software\\\\Wine\\\\AppDefaults] 1700000002\n#time=1da1bb1b1b1b1b3\n\n", "")
        text = text.replace(LINE, LINE + '"user32"="native"\n', 1)
        text = text.replace('"1252,437"', '"1252,850"')
        write(os.path.join(self.prefix, "user.reg"), text)
        self.do("uninstall")
        text = self.user_reg()
        self.assertNotIn("rpcrt4", text)
        self.assertNotIn("ole32", text)
        self.assertNotIn("a.exe", text)
        self.assertIn(OVERRIDES + '"user32"="native"\n', text)
        self.assertIn('"1252,850"', text)
        self.assertIn("\n[Software\\\\Wine\\\\AppDefaults] 1700000002\n#time=1da1bb1b1b1b1b3\n", text)

    def test_override_changed_by_the_user_stays(self):
        self.do("install")
        text = self.user_reg().replace(LINE, '"rpcrt4"="builtin"\n')
        write(os.path.join(self.prefix, "user.reg"), text)
        self.assertIn("Left as it is", self.do("uninstall"))
        self.assertEqual(self.user_reg(), text.replace(LINES.replace(LINE, ""), "")
                         .replace(ELSEWHERE, ""))

    def test_override_removed_by_the_user_comes_back(self):
        self.do("install")
        installed = self.user_reg()
        write(os.path.join(self.prefix, "user.reg"), installed.replace(LINES, "").replace(ELSEWHERE, ""))
        self.do("install")
        self.assertEqual(self.user_reg(), installed)

    def test_override_of_the_user_for_other_folders_stays(self):
        self.make_prefix(user_reg=USER_REG + OVERRIDES + '"*ole32"="native"\n')
        before = tree(self.prefix)
        self.do("install")
        self.assertIn('"*ole32"="native"\n', self.user_reg())
        self.do("uninstall")
        self.assertEqual(tree(self.prefix), before)

    def test_an_installation_without_those_for_other_folders_gets_them(self):
        before = tree(self.prefix)
        old = [(shim.override, "native,builtin") for shim in SHIMS]
        with mock.patch("prefixtool.overrides._wanted", lambda prefix: old):
            self.do("install")
        self.assertNotIn("*", self.user_reg())
        for _ in range(2):
            self.do("install")
            for line in ELSEWHERE.splitlines():
                self.assertIn(line, self.user_reg())
        self.do("uninstall")
        self.assertEqual(tree(self.prefix), before)

    def test_key_the_user_has_put_a_value_into_stays(self):
        self.do("install", "--app", "a.exe")
        write(os.path.join(self.prefix, "user.reg"), self.user_reg() + '"another"="native"\n')
        self.do("uninstall")
        self.assertTrue(self.user_reg().endswith(
            '\n[Software\\\\Wine\\\\AppDefaults\\\\a.exe\\\\DllOverrides] 0\n"another"="native"\n'))

    def test_carriage_returns_survive(self):
        self.make_prefix(user_reg=(USER_REG + OVERRIDES).replace("\n", "\r\n"))
        before = tree(self.prefix)
        self.do("install")
        self.do("install", "--app", "a.exe")
        self.assertNotRegex(self.user_reg(), "[^\r]\n")
        self.do("uninstall")
        self.assertEqual(tree(self.prefix), before)


class Classes(PrefixTest):
    """What is registered in system.reg."""

    def section(self, folder="", class_key=CONTAINER):
        return f"[Software\\\\Classes\\\\{folder}{class_key}\\\\InprocServer32] 0\n"

    def test_are_registered(self):
        self.do("install", "--app", "a.exe")
        for class_key in (EVENT, CONTAINER):
            self.assertIn(self.section(class_key=class_key) +
                          '"ThreadingModel"="Both"\n@="ole32.dll"\n', self.system_reg())
        self.assertNotIn("Wow6432Node", self.system_reg())

    def test_stay_until_the_last_program_is_uninstalled(self):
        before = self.system_reg()
        self.do("install", "--app", "a.exe", "--app", "b.exe")
        registered = self.system_reg()
        self.do("uninstall", "--app", "a.exe")
        self.assertEqual(self.system_reg(), registered)
        self.do("uninstall", "--app", "b.exe")
        self.assertEqual(self.system_reg(), before)

    def test_of_somebody_else_are_restored(self):
        text = self.system_reg() + "\n" + self.section().replace("] 0", "] 7") + \
            '@="C:\\\\theirs.dll"\n"ThreadingModel"="Free"\n'
        write(os.path.join(self.prefix, "system.reg"), text)
        self.do("install")
        self.assertNotIn("theirs.dll", self.system_reg())
        self.do("uninstall")
        self.assertEqual(self.system_reg(), text)

    def test_changed_by_somebody_else_stay(self):
        self.do("install")
        text = self.system_reg().replace('@="ole32.dll"', '@="theirs.dll"')
        write(os.path.join(self.prefix, "system.reg"), text)
        self.assertIn('Left as it is: @="theirs.dll"', self.do("uninstall"))
        self.assertIn(self.section() + '@="theirs.dll"\n', self.system_reg())


class OtherPrefixes(PrefixTest):
    architectures = ("x64", "x86")

    def test_mixed(self):
        before = tree(self.prefix)
        self.do("install")
        self.assertEqual(read(self.in_system32("rpcrt4.dll")), self.our_data("x64"))
        self.assertEqual(read(self.in_syswow64("rpcrt4.dll")), self.our_data("x86"))
        self.assertIn(b"Wine one", read(self.in_syswow64("rpcrt4_wine.dll")))
        self.assertNotIn('"*', self.user_reg())
        for folder in ("", "Wow6432Node\\\\"):
            for class_key in (EVENT, CONTAINER):
                self.assertIn(f"[Software\\\\Classes\\\\{folder}{class_key}\\\\InprocServer32]",
                              self.system_reg())
        self.do("uninstall")
        self.assertEqual(tree(self.prefix), before)

    def test_one_that_became_mixed(self):
        before = tree(self.prefix)
        rpcrt4 = self.in_syswow64("rpcrt4.dll")
        os.rename(rpcrt4, rpcrt4 + ".later")
        self.do("install")
        self.assertIn(ELSEWHERE, self.user_reg())
        os.rename(rpcrt4 + ".later", rpcrt4)
        self.do("install")
        self.assertNotIn('"*', self.user_reg())
        self.assertIn(LINES, self.user_reg())
        self.do("uninstall")
        self.assertEqual(tree(self.prefix), before)

    def test_mixed_one_after_the_other(self):
        before = tree(self.prefix)
        self.do("install", "--arch", "x86")
        self.assertEqual(read(self.in_system32("rpcrt4.dll")), self.wine_data("x64"))
        self.assertEqual(read(self.in_syswow64("rpcrt4.dll")), self.our_data("x86"))
        self.do("install", "--arch", "x64")
        one_by_one, classes = tree(self.prefix), self.system_reg()
        self.do("uninstall")
        self.assertEqual(tree(self.prefix), before)
        self.do("install")
        # The keys are where they were added, and Wine does not mind.
        self.assertEqual(sorted(self.system_reg().splitlines()), sorted(classes.splitlines()))
        write(os.path.join(self.prefix, "system.reg"), classes)
        self.assertEqual(tree(self.prefix), one_by_one)

    def test_the_systems_twins_are_registered_and_wines_interfaces_stay(self):
        path = os.path.join(self.prefix, "system.reg")
        wines = "".join(f"\n[Software\\\\Classes\\\\{folder}Interface\\\\{ADVISE_SINK}"
                        '\\\\ProxyStubClsid32] 1700000003\n#time=1da1bb1b1b1b1b4\n'
                        f'@="{SYSTEM_PROXIES}"\n' for folder in ("", "Wow6432Node\\\\"))
        write(path, self.system_reg() + wines)
        before = tree(self.prefix)
        self.do("install")
        for folder in ("", "Wow6432Node\\"):
            for key, value in TWIN_VALUES:
                self.assertEqual(self.system_value(f"{folder}Interface\\{key}"), value)
        self.do("uninstall")
        self.assertEqual(tree(self.prefix), before)

    def test_an_installation_without_the_twins_gets_them(self):
        before = tree(self.prefix)
        others = [value for value in classes.VALUES if "{DB2F3AC" not in value[0] + value[2]]
        with mock.patch("prefixtool.classes.VALUES", others):
            self.do("install")
        self.assertNotIn(PIPE_BYTE, self.system_reg())
        self.do("install")
        for key, value in TWIN_VALUES:
            self.assertEqual(self.system_value(f"Interface\\{key}"), value)
        self.do("uninstall")
        self.assertEqual(tree(self.prefix), before)

    def system_value(self, key):
        """The default value of a key of classes."""
        head = "[Software\\Classes\\" + key + "]"
        section = self.system_reg().split(head.replace("\\", "\\\\"), 1)[1].split("\n[", 1)[0]
        return section.split('@="', 1)[1].split('"', 1)[0]

    def test_32_bit(self):
        self.make_prefix("win32")
        before = tree(self.prefix)
        self.do("install")
        self.assertEqual(read(self.in_system32("rpcrt4.dll")), self.our_data("x86"))
        self.assertIn(f"[Software\\\\Classes\\\\{CONTAINER}\\\\InprocServer32]", self.system_reg())
        self.do("uninstall")
        self.assertEqual(tree(self.prefix), before)
        self.assert_refused("install", "--arch", "x64", message="runs no 64-bit programs")

    def test_libraries_in_debian_folders(self):
        root = os.path.join(self.folder, "usr")
        for architecture, library in (("x64", "x86_64-linux-gnu"), ("x86", "i386-linux-gnu")):
            folder = {"x64": "x86_64-windows", "x86": "i386-windows"}[architecture]
            for name in ("rpcrt4.dll", "ole32.dll", "combase.dll"):
                write(os.path.join(root, "lib", library, "wine", folder, name),
                      self.wine_data(architecture, "debian", name))
        self.wine = root
        self.do("install")
        self.assertIn(b"Wine debian", read(self.in_syswow64("rpcrt4_wine.dll")))
        self.assertIn(b"Wine debian", read(self.in_system32("rpcrt4_wine.dll")))

    def test_32_bit_wine_that_comes_later(self):
        os.unlink(self.in_syswow64("rpcrt4.dll"))
        self.do("install")
        code, output, _ = self.run_tool("status", "--json")
        self.assertEqual((code, len(json.loads(output)["dlls"])), (0, 3))
        write(self.in_syswow64("rpcrt4.dll"), self.wine_data("x86"))
        self.do("install")
        self.assertEqual(read(self.in_syswow64("rpcrt4.dll")), self.our_data("x86"))


if __name__ == "__main__":
    unittest.main()
