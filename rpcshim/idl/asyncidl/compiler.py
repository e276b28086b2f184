"""One compilation: IDL and ACF text in, header and stubs or proxies out.

widl sees the merged IDL twice (three times where explicit_handle asks it which procedures have
no binding handle). The first run is without async handles: its messages are about the user's
own text, and it tells every procedure's buffer sizes and return type. The second is with them:
its offsets are the asynchronous ones. Both must tell the same otherwise, which is checked.

Proxies of COM interfaces are made likewise: the first run, of the user's own text, gives header
and identifiers, the second, with the asynchronous interfaces written out, the proxy file.
"""

import copy
import os
import sys
import tempfile

from . import proc_format
from .acf import Acf
from .async_uuid import async_interfaces
from .diagnostics import CompileError, error_at
from .idl_source import IdlSource
from .merge import Merged
from .proc_format import FC_BIND_CONTEXT, FormatError
from .proxy import ProxyWriter
from .stubs import StubWriter, WidlOutput, WidlText, with_banner

# Base types that do not fit the integer register NdrClientCall2 returns, so that widl makes a
# stub without an interpreter: float, hyper (on x86) and double; with their sizes on the stack
# of x86 and on the wire.
_INLINE_RETURN_SIZES = {0x0A: 4, 0x0B: 8, 0x0C: 8}
_POINTER_SIZE = {"x64": 8, "x86": 4}


class Compilation:
    """Options and steps; results are pairs of a file's name and text. `widl` is a `widl.Widl`;
    `acf_path` may be None."""

    def __init__(self, widl, idl_path, acf_path, prefixes):
        self.widl = widl
        self.idl_path = idl_path
        self.acf_path = acf_path
        self.prefixes = prefixes
        self.stem = os.path.splitext(os.path.basename(idl_path))[0]
        self.pointer_size = _POINTER_SIZE[widl.arch]

    def stubs(self):
        """Of RPC interfaces: (end of the name, text) of header, client and server stub."""
        return self._known_text(self._stubs)

    def proxies(self, others):
        """Of COM interfaces: the same of header, proxy and identifier file; and dlldata.c for
        a DLL with this proxy file and those of the IDL files named `others`."""
        return self._known_text(lambda: self._proxies(others))

    def _known_text(self, make):
        try:
            return make()
        except (FormatError, WidlText) as error:
            raise CompileError(
                f"'{self.widl.path}' writes C text of a form not known here ({error}); "
                "known are widl 8.0 to 10.0"
            ) from error

    def _merged(self):
        source = IdlSource(self._respelled(self.idl_path), self.idl_path)
        acf = Acf(self._respelled(self.acf_path), self.acf_path) if self.acf_path else None
        return Merged(source, acf)

    def _proxies(self, others):
        merged = self._merged()
        interfaces = async_interfaces(merged.source)
        # of the user's own text, so that widl's messages are about that
        plain = self._widl_texts(merged, ("header", "iids"), async_handles=False)
        if plain["warnings"]:
            print(plain["warnings"], file=sys.stderr)
        text = self._widl_texts(
            merged, ("proxy",), async_handles=False, async_interfaces=interfaces
        )["proxy"]
        proxy = ProxyWriter(text, merged.source, interfaces, self._banner()).proxy()
        with tempfile.TemporaryDirectory(prefix="asyncshim-idl-") as directory:
            dlldata = self.widl.dlldata([self.stem, *others], directory)
        return (
            (self.stem + ".h", with_banner(plain["header"], self._banner())),
            (self.stem + "_p.c", proxy),
            (self.stem + "_i.c", with_banner(plain["iids"], self._banner())),
            ("dlldata.c", with_banner(dlldata, self._banner())),
        )

    def _stubs(self):
        merged = self._merged()
        if any(p.wants_handle for p in merged.procedures):
            self._find_missing_handles(merged)
        plain = self._widl_output(merged, async_handles=False)
        if plain.warnings:
            print(plain.warnings, file=sys.stderr)
        for format_ in plain.procedures:
            if format_.inline_return is not None:
                merged.find(format_.interface, format_.name).inline_return = True
        if any(p.is_async or p.inline_return for p in merged.procedures):
            output = self._widl_output(merged, async_handles=True)
        else:
            output = plain
        formats = [self._final_format(merged, plain, output, p) for p in output.procedures]
        includes = merged.acf.includes if merged.acf else ()
        writer = StubWriter(output, merged, formats, self.prefixes, self._banner(), includes)
        return (
            (self.stem + ".h", writer.header()),
            (self.stem + "_c.c", writer.client()),
            (self.stem + "_s.c", writer.server()),
        )

    def _respelled(self, path):
        """Preprocessed text whose line markers spell the user's file as the user did."""
        return self.widl.preprocess(path).replace(f'"{os.path.abspath(path)}"', f'"{path}"')

    def _banner(self):
        sources = os.path.basename(self.idl_path)
        if self.acf_path:
            sources += " and " + os.path.basename(self.acf_path)
        return f"Generated by asyncshim-idl from {sources}, for {self.widl.arch}. Do not edit."

    def _widl_output(self, merged, **options):
        return WidlOutput(self._widl_texts(merged, ("header", "client", "server"), **options))

    def _widl_texts(self, merged, kinds, **options):
        with tempfile.TemporaryDirectory(prefix="asyncshim-idl-") as directory:
            return self.widl.compile(
                self.idl_path,
                merged.widl_text(**options),
                self.acf_path,
                merged.widl_acf(),
                directory,
                kinds,
            )

    def _find_missing_handles(self, merged):
        """Asks widl which procedures have no binding handle parameter of their own."""
        probe = self._widl_output(merged, async_handles=False, probe_handles=True)
        for procedure in merged.procedures:
            if procedure.wants_handle:
                header = probe.header
                procedure.insert_handle = _first_parameter(
                    header, self.prefixes["client"] + procedure.name
                ).endswith(" IDL_handle") and not any(
                    p.name == "IDL_handle" for p in procedure.declaration.parameters
                )

    def _final_format(self, merged, plain, output, format_):
        """MIDL's layout of one procedure."""
        procedure = merged.find(format_.interface, format_.name)
        reference = plain.find(format_.interface, format_.name)
        final = copy.deepcopy(format_)
        if final.oi2_flags & proc_format.OI2_HAS_PIPES or any(
            p.flags & proc_format.IS_PIPE for p in final.parameters
        ):
            raise error_at(procedure, f"procedure '{procedure.name}' has a pipe parameter")
        if final.return_value and final.return_value.is_whole_object:
            raise error_at(
                procedure,
                f"procedure '{procedure.name}' returns a structure, union or user-marshalled "
                "type by value, for which there is no interpreter; use an [out] parameter",
            )
        if procedure.is_async:
            self._make_async(procedure, reference, final)
        final.drop_primitive_handle()
        if procedure.comm_status or procedure.fault_status:
            final.oi_flags |= proc_format.OI_HAS_COMM_OR_FAULT
            final.comm_fault_offsets = (
                _status_offset(final, procedure.comm_status),
                _status_offset(final, procedure.fault_status),
            )
        return final

    def _make_async(self, procedure, reference, final):
        final.oi2_flags |= proc_format.OI2_HAS_ASYNC_HANDLE
        if final.parameters[0].name != procedure.handle_name:
            raise FormatError(f"async handle of procedure {procedure.name}")
        final.drop(final.parameters[0])
        if final.handle and final.handle[0] == FC_BIND_CONTEXT:
            final.handle[5] -= 1
        if reference.inline_return is not None:
            self._restore_return(reference, final)
            return
        # without the async handle, which does not go over the wire
        final.client_buffer = reference.client_buffer
        same = len(final.parameters) == len(reference.parameters) and all(
            before.same_but_offset(after, self.pointer_size)
            for before, after in zip(reference.parameters, final.parameters)
        )
        if not same or final.stack_size != reference.stack_size + self.pointer_size:
            raise FormatError(f"offsets of procedure {procedure.name}")

    def _restore_return(self, reference, final):
        """The return value is of the type the IDL says, not of the `long` widl was told."""
        size = _INLINE_RETURN_SIZES.get(reference.inline_return)
        if size is None:
            raise FormatError(f"result of procedure {reference.name}")
        final.return_value.description = reference.inline_return
        final.stack_size += max(size - self.pointer_size, 0)
        # widl was told of the async handle, a [in] of pointer size and alignment
        final.client_buffer -= 2 * self.pointer_size
        # and of four bytes to return, aligned to four
        final.server_buffer += 2 * (size - 4)


def _status_offset(final, where):
    """What COMM_FAULT_OFFSETS says of where a status goes."""
    if where is None:
        return proc_format.STATUS_NOWHERE
    if where == "return":
        return proc_format.STATUS_RETURNED
    return next(p.offset for p in final.parameters if p.name == where)


def _first_parameter(header, name):
    """The declaration of the first parameter of procedure `name` in widl's header."""
    _, found, rest = header.partition(f" {name}(\n")
    if not found:
        return ""
    return rest.split("\n", 1)[0].strip().rstrip(",);").replace("*", " ")
