"""What `status` says: for whom, and whether everything is still as it was installed."""

import json
import os
import unittest

from fakes import USER_REG, PrefixTest, fake_dll, read, tree, write


class Status(PrefixTest):
    def status(self):
        """(exit code, the report of --json)"""
        before = tree(self.folder)
        code, output, errors = self.run_tool("status", "--json")
        self.assertEqual(errors, "")
        self.assertEqual(tree(self.folder), before)
        return code, json.loads(output)

    def assert_problem(self, message, **state):
        code, report = self.status()
        self.assertEqual(code, 4, report)
        self.assertRegex(" ".join(report["problems"]), message)
        for name, value in state.items():
            self.assertEqual(self.rpcrt4(report)[name], value)

    def rpcrt4(self, report):
        return next(dll for dll in report["dlls"] if dll["name"] == "rpcrt4.dll")

    def test_not_installed(self):
        code, report = self.status()
        self.assertEqual((code, report["installed"]), (3, False))
        self.assertIn("not installed", self.run_tool("status")[1])

    def test_installed(self):
        self.do("install")
        self.do("install", "--app", "A.exe")
        code, report = self.status()
        self.assertEqual(code, 0, report)
        self.assertEqual((report["version"], report["wine"]), ("0.1.0", "wine-one"))
        self.assertEqual([user["app"] for user in report["for"]], [None, "A.exe"])
        self.assertEqual(report["dlls"], [
            {"name": name, "architecture": "x64", "build": "installed", "file": "ok",
             "copy": "ok", "path": f"drive_c/windows/system32/{name}"}
            for name in ("combase.dll", "ole32.dll", "rpcrt4.dll")])
        text = self.do("status")
        self.assertIn("for the whole prefix, A.exe", text)
        self.assertIn("64-bit     rpcrt4.dll: ok", text)

    def test_wine_was_upgraded(self):
        self.do("install")
        self.make_wine(self.wine, "two")
        self.assert_problem("another 64-bit rpcrt4.dll now", copy="stale", file="ok")
        self.do("install")
        code, report = self.status()
        self.assertEqual((code, report["wine"]), (0, "wine-two"))
        self.assertIn(b"Wine two", read(self.in_system32("rpcrt4_wine.dll")))
        self.do("uninstall")
        self.assertEqual(read(self.in_system32("rpcrt4.dll")), self.wine_data("x64", "one"))

    def test_wine_has_put_its_own_back(self):
        self.do("install")
        self.make_wine(self.wine, "two")
        write(self.in_system32("rpcrt4.dll"), self.wine_data("x64", "two"))
        self.assert_problem("has been overwritten", file="overwritten")
        self.do("install")
        self.assertEqual(self.status()[0], 0)
        self.do("uninstall")
        self.assertEqual(read(self.in_system32("rpcrt4.dll")), self.wine_data("x64", "two"))

    def test_uninstall_leaves_what_wine_has_put_back(self):
        self.do("install")
        write(self.in_system32("rpcrt4.dll"), self.wine_data("x64", "two"))
        self.assertIn("Left as it is", self.do("uninstall"))
        self.assertEqual(read(self.in_system32("rpcrt4.dll")), self.wine_data("x64", "two"))
        self.assertEqual(sorted(os.listdir(os.path.dirname(self.in_system32("x")))),
                         ["combase.dll", "kernel32.dll", "ole32.dll", "rpcrt4.dll"])

    def test_files_are_gone_or_changed(self):
        self.do("install")
        installed = tree(self.prefix)
        write(self.in_system32("rpcrt4_wine.dll"), fake_dll("x64", "changed"))
        self.assert_problem("copy of Wine's.*changed", copy="damaged")
        os.unlink(self.in_system32("rpcrt4_wine.dll"))
        self.assert_problem("copy of Wine's.*deleted", copy="missing")
        os.unlink(self.in_system32("rpcrt4.dll"))
        self.assert_problem("has been deleted", file="missing")
        self.do("install")
        self.assertEqual(tree(self.prefix), installed)

    def test_override_is_gone(self):
        self.do("install")
        write(os.path.join(self.prefix, "user.reg"), USER_REG)
        self.assert_problem("override for the whole prefix is no longer")

    def test_classes_are_gone(self):
        before = read(os.path.join(self.prefix, "system.reg"))
        self.do("install")
        installed = read(os.path.join(self.prefix, "system.reg"))
        write(os.path.join(self.prefix, "system.reg"), before)
        self.assert_problem("COM classes of asyncshim are no longer")
        self.do("install")
        self.assertEqual(read(os.path.join(self.prefix, "system.reg")), installed)

    def test_another_build(self):
        self.do("install")
        self.make_builds("build 2")
        code, report = self.status()
        self.assertEqual((code, report["dlls"][0]["build"]), (0, "newer"))
        self.do("install")
        self.assertEqual(self.rpcrt4(self.status()[1])["build"], "installed")

    def test_program_with_an_override_of_its_own(self):
        self.make_prefix(user_reg=USER_REG + "\n[Software\\\\Wine\\\\AppDefaults\\\\x.exe\\\\DllOverrides]"
                         ' 0\n"rpcrt4"="builtin"\n')
        self.do("install")
        code, report = self.status()
        self.assertEqual(code, 0)
        self.assertIn('x.exe has an override of its own: "rpcrt4"="builtin"', report["notes"])

    def test_no_wine_to_compare_with(self):
        self.do("install")
        self.wine = os.path.join(self.folder, "nothing")
        code, report = self.status()
        self.assertEqual((code, self.rpcrt4(report)["copy"]), (0, "unknown"))


if __name__ == "__main__":
    unittest.main()
