"""Procedure format strings: read from widl's C text, written in MIDL's layout.

The layout is that of Microsoft's "The Oicf header", "Explicit handle description" and
"The Oicf parameter descriptors" pages (RPC NDR format strings). A procedure is

    header              10 bytes: handle type, Oi flags, RPC flags, number, stack size
    handle descriptor   0, 4 (primitive) or 6 (generic, context) bytes
    Oif header           6 bytes: client and server buffer size, Oi2 flags, parameter count
    extensions           8 bytes (x86) or 10 (x64, with the mask of floating point registers)
    parameters           6 bytes each: flags, stack offset, base type or type offset

and what MIDL does otherwise than widl 8.0 to 10.0 is

- a primitive binding handle (handle_t) has a handle descriptor only; widl lists it as a
  parameter too, and so sends four bytes of its value to the peer;
- an asynchronous procedure has bit 0x80 set in its Oi2 flags; its async handle takes the first
  place on the stack but is in no list.
"""

import re

FC_AUTO_HANDLE = 0x33
FC_BIND_CONTEXT = 0x30
FC_BIND_GENERIC = 0x31
FC_BIND_PRIMITIVE = 0x32

OI_HAS_COMM_OR_FAULT = 0x20
OI2_HAS_ASYNC_HANDLE = 0x80
OI2_HAS_ASYNC_UUID = 0x20
OI2_CLIENT_MUST_SIZE = 0x02
OI2_HAS_PIPES = 0x08

IS_PIPE = 0x04
IS_RETURN = 0x20
IS_BASE_TYPE = 0x40
IS_BY_VALUE = 0x80
IS_SIMPLE_REF = 0x100

# In COMM_FAULT_OFFSETS, instead of the stack offset of a parameter.
STATUS_RETURNED = -1
STATUS_NOWHERE = -2

_HANDLE_NAMES = {
    0: "explicit handle",
    FC_AUTO_HANDLE: "FC_AUTO_HANDLE",
    FC_BIND_CONTEXT: "FC_BIND_CONTEXT",
    FC_BIND_GENERIC: "FC_BIND_GENERIC",
    FC_BIND_PRIMITIVE: "FC_BIND_PRIMITIVE",
}
_BASE_TYPES = {
    0x01: "FC_BYTE",
    0x02: "FC_CHAR",
    0x03: "FC_SMALL",
    0x04: "FC_USMALL",
    0x05: "FC_WCHAR",
    0x06: "FC_SHORT",
    0x07: "FC_USHORT",
    0x08: "FC_LONG",
    0x09: "FC_ULONG",
    0x0A: "FC_FLOAT",
    0x0B: "FC_HYPER",
    0x0C: "FC_DOUBLE",
    0x0D: "FC_ENUM16",
    0x0E: "FC_ENUM32",
    0x10: "FC_ERROR_STATUS_T",
    0xB8: "FC_INT3264",
    0xB9: "FC_UINT3264",
}
_PARAMETER_FLAGS = (
    (0x0001, "must size"),
    (0x0002, "must free"),
    (0x0004, "pipe"),
    (0x0008, "in"),
    (0x0010, "out"),
    (0x0020, "return"),
    (0x0040, "base type"),
    (0x0080, "by val"),
    (0x0100, "simple ref"),
    (0x0200, "dont call free inst"),
)
_OI2_FLAGS = (
    (0x01, "srv must size"),
    (0x02, "clt must size"),
    (0x04, "has return"),
    (0x08, "has pipes"),
    (0x20, "has async uuid"),
    (0x40, "has ext"),
    (0x80, "has async handle"),
)

_EXTENSIONS = (
    "server correlation hint",
    "client correlation hint",
    "notify index",
    "float mask",
)

_PROCEDURE_COMMENT = re.compile(r"/\* \d+ \(procedure (\w+)::(\w+)\) \*/")
_PARAMETER_COMMENT = re.compile(r"/\* \d+ \((?:parameter (\w+)|(return value)|(void))\) \*/")
_NUMBER = re.compile(r"(NdrFc(?:Short|Long))?\(?\s*(0x[0-9a-fA-F]+|\d+)\s*\)?\s*,?")


class FormatError(Exception):
    """widl's text is not of the form this module knows."""


class FormatParameter:
    """A parameter descriptor; `name` is None for the return value."""

    def __init__(self, name, flags, offset, description):
        self.name = name
        self.flags = flags
        self.offset = offset
        self.description = description

    @property
    def is_return(self):
        return bool(self.flags & IS_RETURN)

    @property
    def is_base_type(self):
        return bool(self.flags & IS_BASE_TYPE)

    @property
    def is_simple_reference(self):
        """True if `description` is not that of a pointer but of what it points to."""
        return bool(self.flags & IS_SIMPLE_REF) and not self.is_base_type

    @property
    def is_whole_object(self):
        """True for a structure, union or user-marshalled type that is not behind a pointer."""
        return bool(self.flags & (IS_BY_VALUE | IS_SIMPLE_REF)) and not self.is_base_type

    def same_but_offset(self, other, shift):
        """True if `other` is this parameter `shift` bytes further up the stack."""
        same_type = not self.is_base_type or self.description == other.description
        return self.flags == other.flags and self.offset + shift == other.offset and same_type


class FormatProcedure:
    """One procedure's format.

    `inline_return` is the base type an inline stub returns (nothing else is known of it), None
    for an interpreted one. `comm_fault_offsets` is where [comm_status] and [fault_status] go.
    """

    def __init__(self, interface, name):
        self.interface = interface
        self.name = name
        self.inline_return = None
        self.comm_fault_offsets = (STATUS_NOWHERE, STATUS_NOWHERE)
        self.parameters = []

    def read(self, data, names, offset):
        """Fills in everything from `data`, which begins at `offset` of the format string;
        `names` has the parameters' names by their offset."""
        u16 = lambda at: data[at] | data[at + 1] << 8  # noqa: E731
        self.handle_type, self.oi_flags = data[0], data[1]
        self.rpc_flags = u16(2) | u16(4) << 16
        self.number, self.stack_size = u16(6), u16(8)
        self.handle = None
        at = 10
        if self.handle_type == 0:
            size = 4 if data[at] == FC_BIND_PRIMITIVE else 6
            if data[at] not in (FC_BIND_PRIMITIVE, FC_BIND_GENERIC, FC_BIND_CONTEXT):
                raise FormatError(f"handle type {data[at]:#x} of procedure {self.name}")
            self.handle = list(data[at : at + size])
            at += size
        self.client_buffer, self.server_buffer = u16(at), u16(at + 2)
        self.oi2_flags, self.count = data[at + 4], data[at + 5]
        at += 6
        self.extensions = list(data[at : at + data[at]])
        at += len(self.extensions)
        end = at + 6 * self.count
        if len(self.extensions) not in (8, 10) or len(data) < end:
            raise FormatError(f"length of procedure {self.name}")
        for item in range(at, end, 6):
            name = names.get(offset + item)
            numbers = (u16(item + part) for part in (0, 2, 4))
            self.parameters.append(FormatParameter(name, *numbers))

    @property
    def handle_offset(self):
        return self.handle[2] | self.handle[3] << 8

    @property
    def has_primitive_handle(self):
        return self.handle is not None and self.handle[0] == FC_BIND_PRIMITIVE

    @property
    def return_value(self):
        if self.parameters and self.parameters[-1].is_return:
            return self.parameters[-1]
        return None

    @property
    def size(self):
        handle = len(self.handle) if self.handle else 0
        return 10 + handle + 6 + len(self.extensions) + 6 * len(self.parameters)

    def drop(self, parameter):
        """Takes `parameter` out of the list and the count; what it has on the stack stays."""
        self.parameters.remove(parameter)
        self.count -= 1

    def drop_last(self, names):
        """Takes the last parameters before the return value out, from the list and from the
        stack. They have to be `names`, and the only [in] parameters there are."""
        count = len(names)
        result = self.return_value
        dropped = self.parameters[-1 - count : -1]
        if result is None or [p.name for p in dropped] != names:
            raise FormatError(f"last parameters of {self.name}")
        begin = dropped[0].offset
        for parameter in dropped:
            self.drop(parameter)
        self.stack_size -= result.offset - begin
        result.offset = begin
        self.client_buffer = 0
        self.oi2_flags &= ~OI2_CLIENT_MUST_SIZE
        # [out] parameters are pointers, none of which is in a floating point register
        self.extensions[8:] = [0] * len(self.extensions[8:])

    def drop_primitive_handle(self):
        """The binding handle is in its descriptor only: it does not go over the wire."""
        if not self.has_primitive_handle:
            return
        for parameter in self.parameters:
            if parameter.offset == self.handle_offset and not parameter.is_return:
                self.drop(parameter)
                return

    def lines(self, offset):
        """The C text of this procedure, which stands at `offset` of the format string."""
        emit = _Emitter(offset)
        emit.comment(f"Procedure {self.interface}::{self.name}")
        emit.byte(self.handle_type, _HANDLE_NAMES.get(self.handle_type, ""))
        emit.byte(self.oi_flags, "Oi flags")
        emit.long(self.rpc_flags, "RPC flags")
        emit.short(self.number, f"procedure {self.number}")
        emit.short(self.stack_size, f"stack size = {self.stack_size}")
        if self.handle:
            emit.byte(self.handle[0], _HANDLE_NAMES[self.handle[0]])
            emit.byte(self.handle[1], "handle flags")
            emit.short(self.handle_offset, f"stack offset = {self.handle_offset}")
            if self.handle[0] == FC_BIND_CONTEXT:
                emit.byte(self.handle[4], "rundown routine")
                emit.byte(self.handle[5], f"parameter {self.handle[5]}")
            elif self.handle[0] == FC_BIND_GENERIC:
                emit.byte(self.handle[4], "binding routine pair")
                emit.byte(self.handle[5], "FC_PAD")
        emit.short(self.client_buffer, f"client buffer = {self.client_buffer}")
        emit.short(self.server_buffer, f"server buffer = {self.server_buffer}")
        emit.byte(self.oi2_flags, "Oi2 flags: " + _names(self.oi2_flags, _OI2_FLAGS))
        emit.byte(self.count, f"{self.count} parameters")
        emit.byte(self.extensions[0], f"{self.extensions[0]} bytes of extensions")
        emit.byte(self.extensions[1], "extension flags")
        for at, what in zip(range(2, len(self.extensions), 2), _EXTENSIONS):
            emit.short(self.extensions[at] | self.extensions[at + 1] << 8, what)
        for parameter in self.parameters:
            emit.comment(f"Parameter {parameter.name}" if parameter.name else "Return value")
            emit.short(parameter.flags, "flags: " + _parameter_flags(parameter.flags))
            emit.short(parameter.offset, f"stack offset = {parameter.offset}")
            if parameter.is_base_type:
                fc = parameter.description & 0xFF
                emit.byte(fc, _BASE_TYPES.get(fc, "base type"))
                emit.byte(parameter.description >> 8, "0")
            else:
                emit.short(parameter.description, f"type offset = {parameter.description}")
        return emit.text


class _Emitter:
    def __init__(self, offset):
        self.offset = offset
        self.text = []

    def comment(self, text):
        self.text.append(f"\n/* {self.offset} */ /* {text} */")

    def byte(self, value, text):
        self._line(f"0x{value:02x}", text, 1)

    def short(self, value, text):
        self._line(f"NdrFcShort(0x{value:x})", text, 2)

    def long(self, value, text):
        self._line(f"NdrFcLong(0x{value:x})", text, 4)

    def _line(self, value, text, size):
        self.text.append(f"        {value + ',':<22} /* {text} */")
        self.offset += size


def _names(value, table):
    return ", ".join(name for bit, name in table if value & bit)


def _parameter_flags(flags):
    text = _names(flags, _PARAMETER_FLAGS)
    if flags >> 13:
        text += f", srv size={(flags >> 13) * 8}"
    return text


def read_numbers(line):
    """The bytes a line of widl's format string text stands for."""
    line = re.sub(r"/\*.*?\*/", "", line)
    data = []
    for macro, digits in _NUMBER.findall(line):
        value = int(digits, 0)
        size = {"": 1, "NdrFcShort": 2, "NdrFcLong": 4}[macro]
        data += [(value >> (8 * i)) & 0xFF for i in range(size)]
    return data


def read_proc_formats(body, places):
    """The procedures of a format string's C text.

    body: the text between the braces of the initializer.
    places: (interface, procedure, inline) of each, in the order of the text; an inline
    procedure is one widl has made a stub without an interpreter for. (Where they are, the text
    has to say: widl's own table of offsets counts [local] procedures, which the text has not.)
    """
    data = []
    names = {}
    returns = []
    begins = {}
    for line in body.split("\n"):
        procedure = _PROCEDURE_COMMENT.search(line)
        parameter = _PARAMETER_COMMENT.search(line)
        if procedure:
            begins[len(data)] = procedure.groups()
        elif parameter:
            names[len(data)] = parameter.group(1)
            if parameter.group(2):
                returns.append(len(data))
        data += read_numbers(line)
    offset = 0
    procedures = []
    for interface, name, inline in places:
        procedure = FormatProcedure(interface, name)
        if inline:
            result = next((at for at in returns if at >= offset), None)
            if result is None:
                raise FormatError(f"result of procedure {name}")
            procedure.inline_return = data[result + 1]
            offset = result + 2
        elif begins.get(offset) != (interface, name):
            raise FormatError(f"place of procedure {name}")
        else:
            try:
                procedure.read(data[offset:], names, offset)
            except IndexError as error:
                raise FormatError(f"end of procedure {name}") from error
            offset += procedure.size
        procedures.append(procedure)
    if len(data) != offset + 1:
        raise FormatError("length of the procedure format string")
    return procedures
