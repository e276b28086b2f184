"""What the tests of the prefix tool are made of: DLLs, a Wine and prefixes that are just large
enough for the tool to take them for real ones, and a look at every byte of a folder."""

import contextlib
import hashlib
import io
import os
import shutil
import struct
import sys
import tempfile
import unittest

sys.dont_write_bytecode = True
CHECKOUT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
TOOL_FOLDER = os.path.join(CHECKOUT, "wine")
TOOL = os.path.join(TOOL_FOLDER, "asyncshim")
sys.path.insert(0, TOOL_FOLDER)

from prefixtool import commands  # noqa: E402 (needs the path)
from prefixtool.prefix import Prefix  # noqa: E402
from prefixtool.shims import SHIMS  # noqa: E402

MACHINES = {"x64": 0x8664, "x86": 0x014C, "arm64": 0xAA64}
WINE_FOLDERS = {"x64": "x86_64-windows", "x86": "i386-windows"}
BUILTIN, PLACEHOLDER = b"Wine builtin DLL", b"Wine placeholder DLL"

SYSTEM_REG = "WINE REGISTRY Version 2\n;; All keys relative to REGISTRY\\\\Machine\n\n#arch={}\n\n" \
             "[Software\\\\Classes] 1700000000\n#time=1da1bb1b1b1b1b1\n\"x\"=\"y\"\n"
USER_REG = r'''WINE REGISTRY Version 2
;; All keys relative to REGISTRY\\User\\S-1-5-21-0-0-0-1000

#arch=win64

[Control Panel\\Colors] 1700000001
#time=1da1bb1b1b1b1b2
"ActiveBorder"="255 255 255"
"Blob"=hex:01,02,03,04,05,06,07,08,09,0a,0b,0c,0d,0e,0f,10,11,12,13,14,15,16,17,18,\
  19,1a,1b

[Software\\Wine\\AppDefaults] 1700000002
#time=1da1bb1b1b1b1b3

[Software\\Wine\\Fonts] 1700000004
#time=1da1bb1b1b1b1b5
"Codepages"="1252,437"
'''
OVERRIDES = "\n[Software\\\\Wine\\\\DllOverrides] 1700000005\n#time=1da1bb1b1b1b1b6\n"


def fake_dll(architecture, content, mark=b"", product=None, version="0.1.0"):
    """A PE file as far as the tool reads it."""
    data = bytearray(0x200)
    data[:2] = b"MZ"
    data[0x40:0x40 + len(mark)] = mark
    struct.pack_into("<I", data, 0x3C, 0x80)
    struct.pack_into("<4sH", data, 0x80, b"PE\0\0", MACHINES[architecture])
    if product:
        for name, value in (("ProductName", product), ("ProductVersion", version)):
            data += (name + "\0").encode("utf-16-le") + b"\0\0" + (value + "\0").encode("utf-16-le")
    return bytes(data) + content.encode()


def write(path, data, mode=0o644):
    os.makedirs(os.path.dirname(path), exist_ok=True)
    with open(path, "wb") as file:
        file.write(data if isinstance(data, bytes) else data.encode())
    os.chmod(path, mode)


def read(path):
    with open(path, "rb") as file:
        return file.read()


def tree(folder):
    """{path: what is there} for everything below the folder, down to contents and modes."""
    result = {}
    for root, folders, files in os.walk(folder):
        for name in folders + files:
            path = os.path.join(root, name)
            status = os.lstat(path)
            if os.path.islink(path):
                content = "link to " + os.readlink(path)
            elif os.path.isdir(path):
                content = "folder"
            else:
                content = hashlib.sha256(read(path)).hexdigest()
            result[os.path.relpath(path, folder)] = (oct(status.st_mode), content)
    return result


class PrefixTest(unittest.TestCase):
    maxDiff = None
    """A folder for each test, with a Wine, builds of the DLLs and a 64-bit prefix in it."""

    architectures = ("x64",)

    def setUp(self):
        # In memory if possible: the tool waits for the disk more often than is good for a test.
        memory = "/dev/shm" if os.access("/dev/shm", os.W_OK) else None
        self.folder = tempfile.mkdtemp(prefix="asyncshim-test-", dir=memory)
        self.addCleanup(shutil.rmtree, self.folder, ignore_errors=True)
        self.wine = os.path.join(self.folder, "opt")
        self.builds = os.path.join(self.folder, "builds")
        self.prefix = os.path.join(self.folder, "prefix")
        self.addCleanup(self.remove_server_folders)
        self.make_wine(self.wine)
        self.make_builds()
        self.make_prefix()

    def remove_server_folders(self):
        """Changing a prefix leaves them, as starting a program in it does."""
        if not os.path.isdir(self.prefix):
            return
        for root in Prefix._usual_server_roots():
            shutil.rmtree(os.path.join(root, Prefix(self.prefix)._server_name()), ignore_errors=True)

    def make_wine(self, root, version="one"):
        script = f"#!/bin/sh\necho wine-{version}\n"
        write(os.path.join(root, "bin", "wine"), script, 0o755)
        for architecture in self.architectures:
            for shim in SHIMS:
                write(self.wine_dll(architecture, root, shim.name),
                      self.wine_data(architecture, version, shim.name))

    def wine_dll(self, architecture, root=None, name="rpcrt4.dll"):
        return os.path.join(root or self.wine, "lib", "wine", WINE_FOLDERS[architecture], name)

    def wine_data(self, architecture, version="one", name="rpcrt4.dll"):
        return fake_dll(architecture, f"Wine {version} {name}", BUILTIN)

    def make_builds(self, content="build 1"):
        for architecture in ("x64", "x86"):
            for shim in SHIMS:
                write(os.path.join(self.builds, architecture, shim.build),
                      self.our_data(architecture, content, shim.name))

    def our_data(self, architecture, content="build 1", name="rpcrt4.dll"):
        return fake_dll(architecture, f"{content} {name}", product="asyncshim")

    def make_prefix(self, kind="win64", user_reg=USER_REG):
        shutil.rmtree(self.prefix, ignore_errors=True)
        write(os.path.join(self.prefix, "system.reg"), SYSTEM_REG.format(kind))
        write(os.path.join(self.prefix, "user.reg"), user_reg, 0o640)
        write(self.in_system32("kernel32.dll"), b"something")
        if kind == "win64":
            os.makedirs(os.path.join(self.prefix, "drive_c/windows/syswow64"))
        for name in (shim.name for shim in SHIMS):
            if kind == "win64":
                write(self.in_system32(name), self.wine_data("x64", name=name))
                if "x86" in self.architectures:
                    write(self.in_syswow64(name), self.wine_data("x86", name=name))
            else:
                write(self.in_system32(name), self.wine_data("x86", name=name))

    def in_system32(self, name):
        return os.path.join(self.prefix, "drive_c", "windows", "system32", name)

    def in_syswow64(self, name):
        return os.path.join(self.prefix, "drive_c", "windows", "syswow64", name)

    def system_reg(self):
        return read(os.path.join(self.prefix, "system.reg")).decode()

    def user_reg(self):
        return read(os.path.join(self.prefix, "user.reg")).decode()

    def run_tool(self, command, *options):
        """(exit code, standard output, standard error) of the tool, run in this process."""
        arguments = [command, "--prefix", self.prefix, "--dlls", self.builds, "--wine", self.wine]
        if command != "status":
            arguments += ["--wait", "0"]
        output, errors = io.StringIO(), io.StringIO()
        with contextlib.redirect_stdout(output), contextlib.redirect_stderr(errors):
            code = commands.main(arguments + list(options), TOOL_FOLDER)
        return code, output.getvalue(), errors.getvalue()

    def do(self, command, *options):
        """Runs the tool, which has to succeed."""
        code, output, errors = self.run_tool(command, *options)
        self.assertEqual((code, errors), (0, ""), output)
        return output

    def assert_refused(self, command, *options, message, folder=None):
        """The tool fails with this message, and everything stays as it is."""
        before = tree(folder or self.folder)
        code, _, errors = self.run_tool(command, *options)
        self.assertEqual(code, 1, errors)
        self.assertRegex(errors, message)
        self.assertEqual(tree(folder or self.folder), before)
