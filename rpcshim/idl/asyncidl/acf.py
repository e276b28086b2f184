"""Attribute configuration files.

What MIDL's grammar has and a stub made by way of widl can honour:

    include "header.h";
    [auto_handle | explicit_handle | implicit_handle(type name)] interface Name
    {
      include "header.h";
      typedef [attributes] Type, ...;
      [async, explicit_handle, comm_status, fault_status]
        Procedure([comm_status, fault_status] parameter, ...);
    }

All else is refused where it stands.
"""

from .diagnostics import error_at
from .idl_source import read_attributes
from .lexer import closing_index, split_at_commas, tokenize

HANDLE_ATTRIBUTES = ("auto_handle", "explicit_handle", "implicit_handle")
_INTERFACE = HANDLE_ATTRIBUTES + ("strict_context_handle",)
_PROCEDURE = ("async", "explicit_handle", "comm_status", "fault_status")
_PARAMETER = ("comm_status", "fault_status")
_TYPE = ("allocate", "encode", "decode")


class AcfParameter:
    """A parameter an ACF procedure names, with its attributes."""

    def __init__(self, tokens):
        self.attributes, index = read_attributes(tokens, 0)
        rest = tokens[index:]
        if len(rest) != 1 or rest[0].kind != "word":
            raise error_at(tokens[0], "expected the name of a parameter")
        self.name = rest[0].text
        self.file, self.line = rest[0].file, rest[0].line
        _accept(self.attributes, _PARAMETER, f"parameter '{self.name}'")


class AcfProcedure:
    """The attributes an ACF gives to a procedure and its parameters."""

    def __init__(self, attributes, name_token, parameters):
        self.attributes = attributes
        self.name = name_token.text
        self.file, self.line = name_token.file, name_token.line
        self.parameters = parameters
        _accept(attributes, _PROCEDURE, f"procedure '{self.name}'")


class AcfInterface:
    """The attributes an ACF gives to an interface; `types` are (attributes, name token)."""

    def __init__(self, attributes, name_token):
        self.attributes = attributes
        self.name = name_token.text
        self.file, self.line = name_token.file, name_token.line
        self.procedures = []
        self.types = []
        _accept(attributes, _INTERFACE, f"interface '{self.name}'")
        handles = [a for a in attributes.list if a.name in HANDLE_ATTRIBUTES]
        if len(handles) > 1:
            raise error_at(
                handles[1], f"[{handles[1].name}] contradicts [{handles[0].name}]"
            )


class Acf:
    """A parsed ACF: its interfaces and the headers the stubs have to include."""

    def __init__(self, text, file):
        self.file = file
        self.tokens = tokenize(text, file)
        self.interfaces = []
        self.includes = []
        index = 0
        while index < len(self.tokens):
            index = self._read_statement(index)

    def _token(self, index, what):
        if index < len(self.tokens):
            return self.tokens[index]
        if self.tokens:
            raise error_at(self.tokens[-1], f"the file ends where {what} is expected")
        raise AssertionError("no token read yet")

    def _expect(self, index, text):
        token = self._token(index, f"'{text}'")
        if token.text != text:
            raise error_at(token, f"expected '{text}' before '{token.text}'")
        return index + 1

    def _name(self, index, what):
        token = self._token(index, what)
        if token.kind != "word":
            raise error_at(token, f"expected {what} before '{token.text}'")
        return token

    def _read_statement(self, index):
        if self.tokens[index].text == ";":
            return index + 1
        if self.tokens[index].text == "include":
            return self._read_include(index)
        attributes, index = read_attributes(self.tokens, index)
        index = self._expect(index, "interface")
        interface = AcfInterface(attributes, self._name(index, "the name of an interface"))
        self.interfaces.append(interface)
        index = self._expect(index + 1, "{")
        while self._token(index, "'}'").text != "}":
            index = self._read_body_statement(interface, index)
        return index + 1

    def _read_include(self, index):
        index += 1
        while True:
            token = self._token(index, "the name of a header")
            if token.kind != "string":
                raise error_at(token, "expected the name of a header in quotes")
            self.includes.append(token.text)
            index += 1
            token = self._token(index, "';'")
            if token.text == ",":
                index += 1
            else:
                return self._expect(index, ";")

    def _read_body_statement(self, interface, index):
        token = self.tokens[index]
        if token.text == ";":
            return index + 1
        if token.text == "include":
            return self._read_include(index)
        if token.text == "typedef":
            return self._read_typedef(interface, index)
        attributes, index = read_attributes(self.tokens, index)
        name = self._name(index, "the name of a procedure")
        self._expect(index + 1, "(")
        end = closing_index(self.tokens, index + 1)
        parameters = [
            AcfParameter(part) for part in split_at_commas(self.tokens[index + 2 : end])
        ]
        interface.procedures.append(AcfProcedure(attributes, name, parameters))
        return self._expect(end + 1, ";")

    def _read_typedef(self, interface, index):
        attributes, index = read_attributes(self.tokens, index + 1)
        while True:
            name = self._name(index, "the name of a type")
            _accept(attributes, _TYPE, f"type '{name.text}'")
            interface.types.append((attributes, name))
            index += 1
            if self._token(index, "';'").text == ",":
                index += 1
            else:
                return self._expect(index, ";")


def _accept(attributes, accepted, where):
    for attribute in attributes.list:
        if attribute.name in accepted:
            continue
        if attribute.name == "async":
            raise error_at(attribute, f"[async] belongs to a procedure, not to {where}")
        raise error_at(
            attribute, f"[{attribute.name}] in an ACF is not supported here, on {where}"
        )
