"""What kind of DLL a file is.

Wine marks the DLLs that it has built itself with sixteen bytes behind the DOS header; its
loader then takes the DLL from Wine's own folder instead. Old versions put a placeholder,
marked in the same way, where a DLL had no PE file. A DLL without a mark is "native".
"""

import dataclasses
import hashlib
import os
import struct

MARK_OFFSET = 0x40
MARK_LENGTH = 16
BUILTIN_MARK = b"Wine builtin DLL"
PLACEHOLDER_MARK = b"Wine placeholder DLL"[:MARK_LENGTH]

X64, X86 = "x64", "x86"
MACHINES = {0x8664: X64, 0x014C: X86}
BITS = {X64: "64-bit", X86: "32-bit"}

BUILTIN, PLACEHOLDER, OURS, NATIVE, NOT_PE = "builtin", "placeholder", "ours", "native", "no DLL"


@dataclasses.dataclass(frozen=True)
class Dll:
    """The contents of one file; `machine` is x64, x86 or a name that says what else it is."""

    data: bytes
    kind: str
    machine: str
    version: str

    @property
    def sha256(self):
        return hashlib.sha256(self.data).hexdigest()


def read(path):
    """Reads the file (through symbolic links); None when there is none."""
    try:
        with open(path, "rb") as file:
            data = file.read()
    except FileNotFoundError:
        return None
    return parse(data)


def parse(data):
    machine = _machine(data)
    if machine is None:
        return Dll(data, NOT_PE, "unknown", "")
    mark = data[MARK_OFFSET:MARK_OFFSET + MARK_LENGTH]
    version = ""
    if mark == BUILTIN_MARK:
        kind = BUILTIN
    elif mark == PLACEHOLDER_MARK:
        kind = PLACEHOLDER
    elif _version_string(data, "ProductName") == "asyncshim":
        kind = OURS
        version = _version_string(data, "ProductVersion") or "unknown"
    else:
        kind = NATIVE
    return Dll(data, kind, machine, version)


def without_mark(data):
    """The same DLL, but Wine's loader takes it for a native one."""
    return data[:MARK_OFFSET] + bytes(MARK_LENGTH) + data[MARK_OFFSET + MARK_LENGTH:]


def sha256(path):
    """The checksum of a file, None when there is none."""
    try:
        with open(path, "rb") as file:
            return hashlib.sha256(file.read()).hexdigest()
    except FileNotFoundError:
        return None


def same_file(first, second):
    try:
        return os.path.samefile(first, second)
    except OSError:
        return False


def _machine(data):
    if len(data) < MARK_OFFSET + MARK_LENGTH or data[:2] != b"MZ":
        return None
    (header,) = struct.unpack_from("<I", data, 0x3C)
    if header + 6 > len(data) or data[header:header + 4] != b"PE\0\0":
        return None
    (machine,) = struct.unpack_from("<H", data, header + 4)
    return MACHINES.get(machine, f"machine 0x{machine:04x}")


def _version_string(data, name):
    """A string of the version resource: its name, UTF-16, padded to four bytes, its value."""
    key = (name + "\0").encode("utf-16-le")
    start = data.find(key)
    if start < 0:
        return None
    text = data[start + len(key):start + len(key) + 256].decode("utf-16-le", "replace")
    return text.lstrip("\0").split("\0", 1)[0]
