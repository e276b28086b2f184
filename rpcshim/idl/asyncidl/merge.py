"""What IDL and ACF say together, and the IDL text widl gets to see.

widl knows no asynchronous procedure. It sees each with a first parameter of pointer size in
the place of the async handle, so that it computes every stack offset, correlation and
expression evaluation routine as the asynchronous stub needs them; `proc_format` and `stubs`
then take the parameter out of the lists it must not be in.
"""

from .acf import HANDLE_ATTRIBUTES
from .diagnostics import error_at

# Attributes with which an asynchronous procedure makes no sense or has no stub of ours.
_NOT_WITH_ASYNC = (
    "broadcast",
    "call_as",
    "callback",
    "decode",
    "encode",
    "local",
    "maybe",
    "message",
    "notify",
    "notify_flag",
)
_CALLING_CONVENTIONS = ("cdecl", "fastcall", "pascal", "stdcall")
_NOT_IN_ASYNC_INTERFACE = ("decode", "encode", "local")


class MergedProcedure:
    """A procedure of the IDL with what the ACF adds.

    `comm_status` and `fault_status` hold None, "return" or the name of the parameter that
    receives the status. `is_async` and `wants_handle` (explicit_handle) are booleans.
    `inline_return` says that widl would make an inline stub because of the return type.
    `insert_handle` says that the procedure gets an `IDL_handle` parameter.
    """

    def __init__(self, interface, declaration):
        self.interface = interface
        self.declaration = declaration
        self.name = declaration.name
        self.file, self.line = declaration.file, declaration.line
        self.is_async = declaration.attributes.find("async") is not None
        self.wants_handle = declaration.attributes.find("explicit_handle") is not None
        self.comm_status = None
        self.fault_status = None
        self.inline_return = False
        self.insert_handle = False
        self._read_status_attributes(declaration.attributes, "return")
        for parameter in declaration.parameters:
            self._read_status_attributes(parameter.attributes, parameter.name)

    @property
    def handle_name(self):
        return f"{self.name}_AsyncHandle"

    @property
    def result_name(self):
        """The parameter through which an inline_return procedure returns, if synchronous."""
        return f"{self.name}_Result"

    @property
    def result_by_reference(self):
        return self.inline_return and not self.is_async

    @property
    def is_local(self):
        return any(
            where.attributes.find("local") for where in (self.declaration, self.interface)
        )

    def _read_status_attributes(self, attributes, where):
        if attributes.find("comm_status"):
            self.comm_status = where
        if attributes.find("fault_status"):
            self.fault_status = where

    def apply(self, acf_procedure):
        if acf_procedure.attributes.find("async"):
            self.is_async = True
        if acf_procedure.attributes.find("explicit_handle"):
            self.wants_handle = True
        self._read_status_attributes(acf_procedure.attributes, "return")
        names = {p.name for p in self.declaration.parameters}
        for parameter in acf_procedure.parameters:
            if parameter.name not in names:
                raise error_at(
                    parameter,
                    f"procedure '{self.name}' has no parameter '{parameter.name}' in the IDL",
                )
            self._read_status_attributes(parameter.attributes, parameter.name)

    def _check_status(self, attribute, where):
        """[comm_status] and [fault_status] need an error_status_t to go to."""
        if where == "return":
            start, end = self.declaration.return_span
            words = set(self.interface.text_of(start, end).split())
            if not words & {"error_status_t", "long", "ULONG", "DWORD", "RPC_STATUS"}:
                raise error_at(
                    self,
                    f"procedure '{self.name}' is [{attribute}], so it has to return "
                    "error_status_t",
                )
        elif where is not None:
            parameter = next(p for p in self.declaration.parameters if p.name == where)
            if not parameter.attributes.find("out") or not parameter.is_pointer:
                raise error_at(
                    parameter,
                    f"parameter '{where}' of procedure '{self.name}' is [{attribute}], so it "
                    "has to be [out] error_status_t *",
                )

    def check(self):
        """Refuses by name what the procedure cannot be."""
        self._check_status("comm_status", self.comm_status)
        self._check_status("fault_status", self.fault_status)
        handles = [p for p in self.declaration.parameters if p.is_binding_handle]
        if len(handles) > 1:
            raise error_at(
                handles[1],
                f"procedure '{self.name}' has two parameters of type handle_t; the second, "
                f"'{handles[1].name}', cannot be sent",
            )
        if not self.is_async:
            return
        where = f"[async] procedure '{self.name}'"
        if self.interface.is_object:
            raise error_at(
                self,
                f"{where}: interface '{self.interface.name}' is a COM interface; "
                "give it [async_uuid] instead",
            )
        for name in _NOT_WITH_ASYNC:
            if self.declaration.attributes.find(name):
                raise error_at(self, f"{where} cannot be [{name}]")
        for name in _NOT_IN_ASYNC_INTERFACE:
            if self.interface.attributes.find(name):
                raise error_at(
                    self, f"{where}: interface '{self.interface.name}' is [{name}]"
                )
        for parameter in self.declaration.parameters:
            if parameter.name == self.handle_name:
                raise error_at(
                    parameter, f"{where}: '{self.handle_name}' is the name of its async handle"
                )


class Merged:
    """The whole of IDL and ACF; `procedures` has those of RPC interfaces, in text order."""

    def __init__(self, source, acf):
        self.source = source
        self.acf = acf
        self.interfaces = source.interfaces
        self.procedures = []
        self._added_attributes = {}
        for interface in source.interfaces:
            for declaration in interface.procedures:
                self.procedures.append(MergedProcedure(interface, declaration))
        for acf_interface in acf.interfaces if acf else []:
            self._apply(acf_interface)
        for interface in source.interfaces:
            if interface.attributes.find("explicit_handle"):
                self._want_handles(interface)
        for procedure in self.procedures:
            procedure.check()

    def procedures_of(self, interface_name):
        return [p for p in self.procedures if p.interface.name == interface_name]

    def find(self, interface_name, name):
        return next((p for p in self.procedures_of(interface_name) if p.name == name), None)

    def _want_handles(self, interface):
        for procedure in self.procedures_of(interface.name):
            procedure.wants_handle = True

    def _apply(self, acf_interface):
        interface = self.source.interface(acf_interface.name)
        if interface is None:
            raise error_at(
                acf_interface,
                f"interface '{acf_interface.name}' is not defined in '{self.source.file}'",
            )
        for attribute in acf_interface.attributes.list:
            if attribute.name in HANDLE_ATTRIBUTES:
                self._check_handle_attribute(interface, attribute)
                if attribute.name == "explicit_handle":
                    self._want_handles(interface)
            self._added_attributes.setdefault(interface.name, []).append(attribute.text)
        for acf_procedure in acf_interface.procedures:
            procedure = self.find(interface.name, acf_procedure.name)
            if procedure is None:
                raise error_at(
                    acf_procedure,
                    f"interface '{interface.name}' has no procedure '{acf_procedure.name}'",
                )
            procedure.apply(acf_procedure)

    def _check_handle_attribute(self, interface, attribute):
        for name in HANDLE_ATTRIBUTES:
            if interface.attributes.find(name) and name != attribute.name:
                raise error_at(
                    attribute,
                    f"[{attribute.name}] contradicts [{name}] of interface "
                    f"'{interface.name}' in the IDL",
                )

    def widl_text(self, async_handles, probe_handles=False, async_interfaces=()):
        """The IDL text for widl.

        async_handles: with the parameter that stands for the async handle, or without.
        probe_handles: every interface gets [explicit_handle], so that widl's output tells
        which procedures have no binding handle of their own.
        async_interfaces: `AsyncInterface`s to write out, in the place of their [async_uuid].
        """
        # MIDL takes a list of files, widl takes one
        edits = [(c.start, c.end, "; import ") for c in self.source.import_commas]
        for interface in self.interfaces:
            attributes = list(self._added_attributes.get(interface.name, []))
            removed = ()
            written_out = next((a for a in async_interfaces if a.interface is interface), None)
            if written_out:
                removed = ("async_uuid",)
                edits.append((interface.end, interface.end, " " + written_out.text()))
            if probe_handles and not interface.is_object:
                attributes = ["explicit_handle"]
                removed = HANDLE_ATTRIBUTES
            edits += _attribute_edits(
                self.source.text, interface.attributes, interface.start, removed, attributes
            )
        for procedure in self.procedures:
            edits += self._procedure_edits(procedure, async_handles)
        text = self.source.text
        # from the end, and insertions at one place in the order they are listed
        edits.sort(key=lambda edit: edit[:2])
        for start, end, replacement in reversed(edits):
            text = text[:start] + replacement + text[end:]
        return text

    def _procedure_edits(self, procedure, async_handles):
        declaration = procedure.declaration
        text = self.source.text
        edits = _attribute_edits(
            text,
            declaration.attributes,
            declaration.declaration_start,
            ("async", "explicit_handle", "comm_status", "fault_status"),
            (),
        )
        for parameter in declaration.parameters:
            edits += _attribute_edits(
                text, parameter.attributes, parameter.start, ("comm_status", "fault_status"), ()
            )
        first = []
        last = []
        if procedure.is_async and async_handles:
            first.append(f"[in] unsigned __int3264 {procedure.handle_name}")
        if procedure.insert_handle:
            first.append("[in] handle_t IDL_handle")
        if procedure.inline_return:
            type_name, calling_convention = self._return_type(declaration)
            told = "long"
            if procedure.result_by_reference:
                told = "void"
                last.append(f"[out] {type_name} *{procedure.result_name}")
            told = f"{told} {calling_convention}"
            edits.append(self._in_place(declaration.return_span, told))
        inside = (declaration.insert_at, declaration.parameters_end)
        if not declaration.parameters and (first or last):
            edits.append(self._in_place(inside, ", ".join(first + last)))
        else:
            edits += [(inside[0], inside[0], f"{parameter}, ") for parameter in first]
            edits += [(inside[1], inside[1], f", {parameter}") for parameter in last]
        return edits

    def _in_place(self, span, replacement):
        """An edit which keeps the line breaks of what it replaces."""
        return (*span, replacement + "\n" * self.source.text.count("\n", *span))

    def _return_type(self, declaration):
        """The names of the return type and of the calling convention, or nothing."""
        words = self.source.text[slice(*declaration.return_span)].split()
        conventions = [w for w in words if w.strip("_") in _CALLING_CONVENTIONS]
        return " ".join(w for w in words if w not in conventions), "".join(
            f"{w} " for w in conventions
        )

    def widl_acf(self):
        """An ACF with what widl itself takes from one (typedefs); None if there is none.

        Every statement is on the line it has in the user's file, for widl's messages; widl
        10.0 does not take line markers here.
        """
        text = ""
        for interface in self.acf.interfaces if self.acf else []:
            for index, (attributes, name) in enumerate(interface.types):
                text += "\n" * (name.line - 1 - text.count("\n"))
                if index == 0:
                    text += f"interface {interface.name} {{ "
                marks = ", ".join(attribute.text for attribute in attributes.list)
                text += f"typedef [{marks}] {name.text}; "
            if interface.types:
                text += "} "
        return text + "\n" if text else None


def _attribute_edits(text, attributes, start, removed, added):
    """Edits which take `removed` out of the brackets before `start` and put `added` in.

    Line breaks stay where they are, so that widl's messages name the user's lines.
    """
    edits = []
    for bracket in attributes.brackets:
        kept_before = False
        for index, attribute in enumerate(bracket.attributes):
            keep = attribute.name not in removed
            if index > 0 and not (keep and kept_before):
                gap = (bracket.attributes[index - 1].end, attribute.start)
                edits.append((*gap, text[slice(*gap)].replace(",", " ")))
            if not keep:
                gap = (attribute.start, attribute.end)
                edits.append((*gap, "\n" * text.count("\n", *gap)))
            kept_before = kept_before or keep
        if bracket is attributes.brackets[-1] and added:
            separator = ", " if kept_before else ""
            edits.append((bracket.close, bracket.close, separator + ", ".join(added)))
        elif not kept_before:
            edits.append((bracket.open, bracket.open + 1, " "))
            edits.append((bracket.close, bracket.close + 1, " "))
    if added and not attributes.brackets:
        edits.append((start, start, f"[{', '.join(added)}] "))
    return edits
