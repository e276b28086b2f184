"""Reads the tables of exports and imports of a PE file (Microsoft's "PE Format", sections 3, 5.3 and
5.4)."""

import struct

MACHINES = {0x8664: "x86_64", 0x014C: "i386"}


class PeError(Exception):
    """The file is not a PE file with an export table."""


class PeFile:
    def __init__(self, path):
        with open(path, "rb") as file:
            self.data = file.read()
        try:
            self._read_headers()
        except struct.error as error:
            raise PeError(f"{path}: cut short") from error

    def _unpack(self, form, offset):
        return struct.unpack_from("<" + form, self.data, offset)

    def _read_headers(self):
        if self.data[:2] != b"MZ":
            raise PeError("no MZ header")
        (pe,) = self._unpack("I", 0x3C)
        if self.data[pe : pe + 4] != b"PE\0\0":
            raise PeError("no PE header")
        machine, sections = self._unpack("HH", pe + 4)
        (optional_size,) = self._unpack("H", pe + 20)
        optional = pe + 24
        (magic,) = self._unpack("H", optional)
        directories = optional + (112 if magic == 0x20B else 96)
        self.machine = MACHINES.get(machine, hex(machine))
        self.export_rva, self.export_size = self._unpack("II", directories)
        (self.import_rva,) = self._unpack("I", directories + 8)
        table = optional + optional_size
        self.sections = [self._unpack("8sIIII", table + 40 * i) for i in range(sections)]

    def _offset(self, rva):
        for _, virtual_size, address, raw_size, raw in self.sections:
            if address <= rva < address + max(virtual_size, raw_size):
                return rva - address + raw
        raise PeError(f"address {rva:#x} is in no section")

    def _string(self, rva):
        start = self._offset(rva)
        return self.data[start : self.data.index(b"\0", start)].decode("ascii")

    def exports(self):
        """{name: None, or "module.name" for a forwarder}."""
        if not self.export_rva:
            raise PeError("no export table")
        table = self._offset(self.export_rva)
        _, names, functions_rva, names_rva, ordinals_rva = self._unpack("5I", table + 20)
        functions, ordinals = self._offset(functions_rva), self._offset(ordinals_rva)
        name_table = self._offset(names_rva)
        result = {}
        for i in range(names):
            (name_rva,) = self._unpack("I", name_table + 4 * i)
            (ordinal,) = self._unpack("H", ordinals + 2 * i)
            (function,) = self._unpack("I", functions + 4 * ordinal)
            inside = self.export_rva <= function < self.export_rva + self.export_size
            result[self._string(name_rva)] = self._string(function) if inside else None
        return result

    def imports(self):
        """The names of the DLLs, in order."""
        result = []
        descriptor = self._offset(self.import_rva)
        while True:
            (name_rva,) = self._unpack("I", descriptor + 12)
            if not name_rva:
                return result
            result.append(self._string(name_rva))
            descriptor += 20
