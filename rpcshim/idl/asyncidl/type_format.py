"""Repairs one reference into the type format string.

A union whose discriminant is another parameter (switch_is) has an entry of its own for every
parameter that is a reference pointer to it, since the entry says where on the stack the
discriminant is. widl 8.0 to 10.0 writes these entries, but all parameters of the same union
type then refer to the last of them, with the discriminant of that one. So the right entries
are found again: they come, each with its pointer, in the order of the parameters.
"""

import re

from .proc_format import FormatError

FC_NON_ENCAPSULATED_UNION = 0x2B

# a comment with an offset, and the three lines after it
_ENTRY = re.compile(
    r"^/\* (\d+)(?: \([^\n]*\))? \*/[ \t]*\n(?=([^\n]*)\n([^\n]*)\n([^\n]*))", re.MULTILINE
)
_UNION = re.compile(r"\s*0x2b,")
_CORRELATION = re.compile(r"\s*0x2[0-9a-f],\s*/\* Corr desc: parameter (?:(in) )?(\w+)")
_REFERENCE = re.compile(r"\s*0x11, 0x[0-9a-f]+,\s*/\* FC_RP")
_TARGET = re.compile(r"\s*NdrFcShort\(0x[0-9a-f]+\),\s*/\* Offset= -?\d+ \((\d+)\) \*/")


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
