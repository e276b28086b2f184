"""Repairs references into the type format string, where widl 8.0 to 10.0 gets them wrong.

Strings. A parameter that is a pointer to a string pointer (`char **`) has an entry for the outer
pointer and, right behind it, one for the string; widl refers to the second. Of an array of
strings it refers to the entry of the array where the array is behind a pointer of its own that
may be NULL, and else to the middle of it, four bytes behind its begin.

Unions. A union whose discriminant is another parameter (switch_is) has an entry of its own for every
parameter that is a reference pointer to it, since the entry says where on the stack the
discriminant is. widl writes these entries, but all parameters of the same union
type then refer to the last of them, with the discriminant of that one. So the right entries
are found again: they come, each with its pointer, in the order of the parameters.
"""

import re

from .proc_format import FormatError, read_numbers

FC_POINTERS = (0x11, 0x12, 0x13, 0x14)
FC_SIMPLE_POINTER = 0x08
FC_STRINGS = (0x22, 0x25)  # FC_C_CSTRING, FC_C_WSTRING
FC_ARRAYS = (0x1B, 0x21)  # FC_CARRAY (x86), FC_BOGUS_ARRAY (x64)
POINTER_SIZE = 4  # of the entry of a pointer that is not simple
FC_NON_ENCAPSULATED_UNION = 0x2B

# an offset, alone on its line
_PLACE = re.compile(r"/\* +(\d+)(?: \([^\n]*\))? \*/[ \t]*$")
# a comment with an offset, and the three lines after it
_ENTRY = re.compile(
    r"^/\* (\d+)(?: \([^\n]*\))? \*/[ \t]*\n(?=([^\n]*)\n([^\n]*)\n([^\n]*))", re.MULTILINE
)
_UNION = re.compile(r"\s*0x2b,")
_CORRELATION = re.compile(r"\s*0x2[0-9a-f],\s*/\* Corr desc: parameter (?:(in) )?(\w+)")
_REFERENCE = re.compile(r"\s*0x11, 0x[0-9a-f]+,\s*/\* FC_RP")
_TARGET = re.compile(r"\s*NdrFcShort\(0x[0-9a-f]+\),\s*/\* Offset= -?\d+ \((\d+)\) \*/")


def repair_string_references(text, procedures):
    """Corrects `description` of all parameters that are string pointers or arrays of strings.

    text: the C text of the type format string; procedures: interpreted `FormatProcedure`s.
    """
    data, entries = _read_entries(text)
    for procedure in procedures:
        for parameter in procedure.parameters:
            if parameter.is_base_type:
                continue
            here = parameter.description
            before = here - POINTER_SIZE
            if before not in entries:
                continue
            if parameter.is_simple_reference:
                wrong = here not in entries and data[before] in FC_ARRAYS
            else:
                wrong = _points_to(data, before, here) and _is_strings(data, here)
            if wrong:
                parameter.description = before


def _points_to(data, at, target):
    """Is the entry at `at` a pointer to the entry at `target`?"""
    if data[at] not in FC_POINTERS or data[at + 1] & FC_SIMPLE_POINTER:
        return False
    distance = data[at + 2] | data[at + 3] << 8
    return (at + 2 + distance) & 0xFFFF == target


def _is_strings(data, at):
    """Is the entry at `at` that of a pointer to a string, or of an array of such?"""
    if data[at] in FC_ARRAYS:
        return True
    if data[at] not in FC_POINTERS:
        return False
    if data[at + 1] & FC_SIMPLE_POINTER:
        return data[at + 2] in FC_STRINGS
    return _points_to(data, at, at + POINTER_SIZE) and data[at + POINTER_SIZE] in FC_STRINGS


def _read_entries(text):
    """The bytes of the type format string, and where its entries begin."""
    data = []
    entries = set()
    for line in text.split("{", 2)[2].rsplit("}", 1)[0].split("\n"):
        place = _PLACE.match(line)
        if place:
            entries.add(int(place.group(1)))
            if int(place.group(1)) != len(data):
                raise FormatError(f"offset {place.group(1)} of the type format string")
        data += read_numbers(line)
    return data, entries


class _Union:
    """A union entry: its offset, and the discriminant's parameter or the expression's
    procedure."""

    def __init__(self, offset, is_expression, name):
        self.offset = offset
        self.is_expression = is_expression
        self.name = name


def repair_union_references(text, procedures):
    """Corrects `description` of all parameters concerned.

    text: the C text of the type format string; procedures: interpreted `FormatProcedure`s.
    """
    unions, references = _read_unions(text)
    users = [
        (procedure, parameter)
        for procedure in procedures
        for parameter in procedure.parameters
        if parameter.is_simple_reference and parameter.description in unions
    ]
    if len(users) != len(references):
        raise FormatError(f"{len(references)} references to unions for {len(users)} parameters")
    for (procedure, parameter), union in zip(users, references):
        if union.is_expression:
            fits = union.name == procedure.name
        else:
            fits = any(p.name == union.name for p in procedure.parameters)
        if not fits:
            raise FormatError(
                f"discriminant {union.name} of parameter {parameter.name} of {procedure.name}"
            )
        parameter.description = union.offset


def _read_unions(text):
    """The unions with their discriminant on the stack, by offset; and those of them which
    reference pointers point to, in the order of the pointers."""
    unions = {}
    references = []
    for match in _ENTRY.finditer(text):
        offset = int(match.group(1))
        correlation = _CORRELATION.match(match.group(4))
        if _UNION.match(match.group(2)) and correlation:
            unions[offset] = _Union(offset, bool(correlation.group(1)), correlation.group(2))
        elif _REFERENCE.match(match.group(2)):
            target = _TARGET.match(match.group(3))
            if target and int(target.group(1)) in unions:
                references.append(unions[int(target.group(1))])
    return unions, references
