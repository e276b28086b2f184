"""Reads the format strings of a generated stub back into numbers, for the tests.

Written from the description of the format strings ("RPC NDR format strings" on Microsoft's
pages), not from the compiler under test: it works on bytes, and knows no comment of the text.
"""

import re

FC_RP, FC_UP, FC_OP, FC_FP = 0x11, 0x12, 0x13, 0x14
FC_CARRAY, FC_CVARRAY, FC_BOGUS_ARRAY = 0x1B, 0x1C, 0x21
FC_C_CSTRING, FC_C_WSTRING, FC_STRING_SIZED = 0x22, 0x25, 0x44
FC_NON_ENCAPSULATED_UNION = 0x2B
FC_IP = 0x2F
FC_CALLBACK = 0x59

FC_BIND_CONTEXT, FC_BIND_GENERIC, FC_BIND_PRIMITIVE = 0x30, 0x31, 0x32


def _initializer(text, name):
    """The bytes of the format string `name` in the C text."""
    match = re.search(rf"{name} =\s*\{{\s*0,\s*\{{(.*?)\}}\s*\}};", text, re.DOTALL)
    body = re.sub(r"/\*.*?\*/", " ", match.group(1), flags=re.DOTALL)
    data = bytearray()
    for item in filter(None, (part.strip() for part in body.split(","))):
        macro = re.fullmatch(r"NdrFc(Short|Long)\(\s*(\w+)\s*\)", item)
        if macro:
            size = 2 if macro.group(1) == "Short" else 4
            data += (int(macro.group(2), 0) % (1 << 8 * size)).to_bytes(size, "little")
        else:
            data.append(int(item, 0))
    return bytes(data)


def _u16(data, at):
    return int.from_bytes(data[at : at + 2], "little")


class Parameter:
    def __init__(self, flags, offset, last):
        self.flags = flags
        self.offset = offset
        self.base_type = last & 0xFF if flags & 0x40 else None
        self.type_offset = None if flags & 0x40 else last

    def __repr__(self):
        return f"({self.flags:#x}, {self.offset}, {self.base_type or self.type_offset})"


class Procedure:
    """One procedure of the format string at `at`."""

    def __init__(self, data, at):
        start = at
        self.handle_type, self.oi_flags = data[at], data[at + 1]
        at += 2
        if self.oi_flags & 0x08:
            self.rpc_flags = int.from_bytes(data[at : at + 4], "little")
            at += 4
        self.number, self.stack_size = _u16(data, at), _u16(data, at + 2)
        at += 4
        self.handle = None
        self.handle_offset = None
        if self.handle_type == 0:
            size = {FC_BIND_PRIMITIVE: 4, FC_BIND_GENERIC: 6, FC_BIND_CONTEXT: 6}[data[at]]
            self.handle = data[at : at + size]
            self.handle_offset = _u16(data, at + 2)
            at += size
        self.client_buffer, self.server_buffer = _u16(data, at), _u16(data, at + 2)
        self.oi2_flags, count = data[at + 4], data[at + 5]
        at += 6
        self.float_mask = None
        self.ext_flags = 0
        if self.oi2_flags & 0x40:
            size = data[at]
            self.ext_flags = data[at + 1]
            if size >= 10:
                self.float_mask = _u16(data, at + 8)
            at += size
        self.parameters = []
        for _ in range(count):
            self.parameters.append(Parameter(*(_u16(data, at + i) for i in (0, 2, 4))))
            at += 6
        self.size = at - start

    @property
    def is_async(self):
        return bool(self.oi2_flags & 0x80)

    @property
    def offsets(self):
        return [p.offset for p in self.parameters]


class Stub:
    """A client or server stub's format strings."""

    def __init__(self, path):
        with open(path, encoding="utf-8") as stream:
            self.text = stream.read()
        self.proc = _initializer(self.text, "__MIDL_ProcFormatString")
        self.types = _initializer(self.text, "__MIDL_TypeFormatString")
        # with /robust a correlation has two bytes of flags; procedures say so in their flags
        first = Procedure(self.proc, 0) if len(self.proc) > 1 else None
        self.correlation_size = 6 if first and first.ext_flags & 0x01 else 4
        self.proc_size = self._define("PROC_FORMAT_STRING_SIZE")
        self.type_size = self._define("TYPE_FORMAT_STRING_SIZE")

    def _define(self, name):
        return int(re.search(rf"#define {name}\s+(\d+)", self.text).group(1))

    def offset_table(self, interface):
        """(offset, procedure name) pairs of the server stub's table."""
        match = re.search(
            rf"{interface}_FormatStringOffsetTable\[\] =\s*\{{(.*?)\}};", self.text, re.DOTALL
        )
        entries = re.findall(r"(\d+),\s*/\* (?:\w+::)?(\w+) \*/", match.group(1))
        return [(int(o), n) for o, n in entries]

    def dispatch_table(self, interface):
        match = re.search(rf"{interface}_table\[\] =\s*\{{(.*?)\}};", self.text, re.DOTALL)
        return [e.strip() for e in match.group(1).split(",")]

    def procedures(self, interface):
        """The procedures by name, from a server stub or a proxy file."""
        table = self.offset_table(interface)
        return {name: Procedure(self.proc, offset) for offset, name in table}

    def client_body(self, name):
        """The C text of the client stub function `name`, from its return type to its end."""
        match = re.search(rf"^\w[^\n;{{]*\b{name}\(\n.*?^\}}\n", self.text, re.M | re.S)
        return match.group()

    def correlations(self, type_offset):
        """(where, operator, offset) of the top level size, length and switch at a type.

        Follows pointers to the first array, string or union; `where` is the high nibble of
        the correlation's first byte (2: a parameter, offset on the stack).
        """
        t = self.types
        at = type_offset
        for _ in range(8):
            if t[at] in (FC_RP, FC_UP, FC_OP, FC_FP):
                if t[at + 1] & 0x08:
                    return self._of_simple_pointer(at + 2)
                delta = _u16(t, at + 2)
                at += 2 + (delta - 0x10000 if delta & 0x8000 else delta)
            else:
                break
        if t[at] == FC_CARRAY:
            return [self._correlation(at + 4)]
        if t[at] in (FC_CVARRAY, FC_BOGUS_ARRAY):
            return [
                self._correlation(at + 4),
                self._correlation(at + 4 + self.correlation_size),
            ]
        if t[at] in (FC_NON_ENCAPSULATED_UNION, FC_IP):
            return [self._correlation(at + 2)]
        return self._of_simple_pointer(at)

    def kinds(self, at):
        """The names of the types at `at` and on from there, through pointers and arrays of
        pointers, down to the string."""
        t = self.types
        if t[at] == FC_BOGUS_ARRAY:
            return ["ARRAY"] + self.kinds(at + 4 + 2 * self.correlation_size)
        if t[at] == FC_CARRAY:  # its pointer layout: FC_PP, one FC_VARIABLE_REPEAT
            return ["ARRAY"] + self.kinds(at + 4 + self.correlation_size + 14)
        if t[at] in (FC_RP, FC_UP):
            name = "RP" if t[at] == FC_RP else "UP"
            if t[at + 1] & 0x08:
                return [name] + self.kinds(at + 2)
            delta = _u16(t, at + 2)
            return [name] + self.kinds(at + 2 + (delta - 0x10000 if delta & 0x8000 else delta))
        return [{FC_C_CSTRING: "C_CSTRING", FC_C_WSTRING: "C_WSTRING"}.get(t[at], hex(t[at]))]

    def _of_simple_pointer(self, at):
        if self.types[at] in (FC_C_CSTRING, FC_C_WSTRING):
            if self.types[at + 1] == FC_STRING_SIZED:
                return [self._correlation(at + 2)]
        return []

    def _correlation(self, at):
        offset = _u16(self.types, at + 2)
        return (self.types[at] >> 4, self.types[at + 1], offset)
