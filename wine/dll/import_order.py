#!/usr/bin/env python3
"""Puts one DLL first among those that a linked DLL imports.

usage: import_order.py LINKED_DLL FIRST.dll

Our DLL forwards names to FIRST. Whoever imports such a name while FIRST is not there yet makes the
loader load and attach it at once, perhaps in the middle of that importer's own imports; and that
may be a DLL which one of our other imports has brought in. The linker sorts by the names of
files, so the descriptors are put in order here: 20 bytes each, which refer to all else by
address.
"""
import struct
import sys

DESCRIPTOR_SIZE = 20
NAME = 12  # offset of the DLL's name in a descriptor


class Image:
    def __init__(self, data):
        self.data = data
        (pe,) = struct.unpack_from("<I", data, 0x3C)
        if data[:2] != b"MZ" or data[pe:pe + 4] != b"PE\0\0":
            sys.exit("import_order: error: no PE file")
        count, optional_size = struct.unpack_from("<6xH12xH", data, pe)
        (magic,) = struct.unpack_from("<H", data, pe + 24)
        directories = pe + 24 + (112 if magic == 0x20B else 96)
        (self.imports,) = struct.unpack_from("<I", data, directories + 8)
        sections = pe + 24 + optional_size
        self.sections = [struct.unpack_from("<8xIIII", data, sections + 40 * i)
                         for i in range(count)]

    def offset(self, rva):
        for size, address, raw_size, raw in self.sections:
            if address <= rva < address + max(size, raw_size):
                return rva - address + raw
        sys.exit(f"import_order: error: address {rva:#x} is in no section")

    def descriptors(self):
        """Their offsets and the names of the DLLs, in order."""
        offset = self.offset(self.imports)
        while True:
            (name,) = struct.unpack_from("<I", self.data, offset + NAME)
            if not name:
                return
            start = self.offset(name)
            yield offset, self.data[start:self.data.index(0, start)].decode("ascii")
            offset += DESCRIPTOR_SIZE


def main():
    if len(sys.argv) != 3:
        sys.exit(__doc__)
    path, first = sys.argv[1:]
    with open(path, "rb") as file:
        data = bytearray(file.read())
    found = list(Image(data).descriptors())
    names = [name for _, name in found]
    if names.count(first) != 1:
        sys.exit(f"import_order: error: {path} imports {first} {names.count(first)} times")
    start, place = found[0][0], found[names.index(first)][0]
    descriptor = data[place:place + DESCRIPTOR_SIZE]
    del data[place:place + DESCRIPTOR_SIZE]
    data[start:start] = descriptor
    with open(path, "r+b") as file:
        file.write(data)


if __name__ == "__main__":
    main()
