"""Header, client stub and server stub, turned from widl's C text into MIDL's layout."""

import re

from . import proc_format, type_format

_FORMAT_STRING = re.compile(
    r"(static const MIDL_PROC_FORMAT_STRING __MIDL_ProcFormatString =\n\{\n\s*0,\n\s*\{\n)"
    r"(.*?)(\n\s*\}\n\};)",
    re.DOTALL,
)
_TYPE_FORMAT_STRING = re.compile(
    r"static const MIDL_TYPE_FORMAT_STRING __MIDL_TypeFormatString =\n(.*?)\n\};", re.DOTALL
)
_OFFSET_TABLE = re.compile(
    r"(static const unsigned short (\w+)_FormatStringOffsetTable\[\] =\n\{\n)(.*?)(\n?\};)",
    re.DOTALL,
)
_DISPATCH_TABLE = re.compile(
    r"(static (?:const )?RPC_DISPATCH_FUNCTION (\w+)_table\[\] =\n\{\n)(.*?)(\n\};)", re.DOTALL
)
_DISPATCH_COUNT = re.compile(
    r"(static (?:const )?RPC_DISPATCH_TABLE (\w+?)_v\d+_\d+_DispatchTable =\n\{\n\s*)\d+,"
)
_ROUTINE_TABLE = re.compile(
    r"(static const SERVER_ROUTINE (\w+)_ServerRoutineTable\[\] =\n\{\n)(.*?)(\n\};)", re.DOTALL
)


class WidlText(Exception):
    """widl's text is not of the form this module knows."""


class WidlOutput:
    """What one run of widl gave: three texts and the procedure formats in them."""

    def __init__(self, texts):
        self.header = texts["header"]
        self.client = texts["client"]
        self.server = texts["server"]
        self.warnings = texts["warnings"]
        self.places = self._read_places()
        body = format_body(self.server)
        if body != format_body(self.client):
            raise WidlText("client and server stub have different procedure format strings")
        self.procedures = proc_format.read_proc_formats(body, self.places)
        repair_types(self.server, [p for p in self.procedures if p.inline_return is None])

    def find(self, interface, name):
        return next(p for p in self.procedures if (p.interface, p.name) == (interface, name))

    def _read_places(self):
        """(interface, procedure, is inline) for every procedure of the server stub."""
        dispatch = {
            m.group(2): [e.strip() for e in m.group(3).split(",")]
            for m in _DISPATCH_TABLE.finditer(self.server)
        }
        places = []
        for table in _OFFSET_TABLE.finditer(self.server):
            interface = table.group(2)
            for name in re.findall(r"/\* (\w+) \*/", table.group(3)):
                inline = f"{interface}_{name}" in dispatch[interface]
                places.append((interface, name, inline))
        return places


class StubWriter:
    """Rewrites the texts of a `WidlOutput` for the merged procedures.

    formats: the final `FormatProcedure`s, in the order of the format string.
    """

    def __init__(self, output, merged, formats, prefixes, banner, includes):
        self.output = output
        self.merged = merged
        self.formats = formats
        self.prefixes = prefixes
        self.banner = banner
        self.includes = includes
        self.dispatch_counts = {}
        self.offsets = {}
        offset = 0
        for procedure in formats:
            self.offsets[(procedure.interface, procedure.name)] = offset
            offset += procedure.size

    def header(self):
        text = with_banner(self.output.header, self.banner)
        if any(token.text == "small" for token in self.merged.source.tokens):
            # as in the Windows SDK's rpcndr.h, which is where MIDL's stubs have it from
            text = re.sub(
                r"(?m)^(/\* Forward declarations \*/)",
                r"#ifndef small\n#define small char\n#endif\n\n\1",
                text,
                count=1,
            )
        text = self._async_prototypes(self._async_handle_type(text))
        for procedure in self.merged.procedures:
            if procedure.result_by_reference:
                for prefix in set(self.prefixes.values()):
                    text = _returning(text, procedure, prefix + procedure.name)
        return text

    def client(self):
        text = self._async_prototypes(self._stub(self.output.client))
        for procedure in self.merged.procedures:
            if not procedure.interface.is_object:
                text = self._client_function(text, procedure)
        return self._initialized_parameters(self._comm_fault_offsets(text))

    @staticmethod
    def _initialized_parameters(text):
        """widl's stubs for x86 assign to the members of the structure of parameters, which does
        not compile where one is const, as a REFIID is."""
        return re.sub(
            r"\} __params;\n\n((?:    __params\.\w+ = \w+;\n)+)",
            lambda m: "} __params = {\n"
            + "".join(f"        {n},\n" for n in re.findall(r" = (\w+);", m.group(1)))
            + "    };\n\n",
            text,
        )

    def _comm_fault_offsets(self, text):
        """Where the client's stub has to put communication and fault status."""
        for interface in dict.fromkeys(p.interface for p in self.formats):
            formats = [p for p in self.formats if p.interface == interface]
            if not any(p.oi_flags & proc_format.OI_HAS_COMM_OR_FAULT for p in formats):
                continue
            table = f"static const COMM_FAULT_OFFSETS {interface}_CommFaultOffsets[] =\n{{\n"
            for procedure in formats:
                comm, fault = procedure.comm_fault_offsets
                table += f"    {{ {comm}, {fault} }},  /* {procedure.name} */\n"
            table += "};\n\n"
            # the field after the version of MIDL
            text, count = re.subn(
                rf"(static const MIDL_STUB_DESC {interface}_StubDesc =\n\{{\n.*?"
                r"/\* MIDL Version [^\n]*\n\s*)0,",
                lambda m, i=interface, t=table: f"{t}{m.group(1)}{i}_CommFaultOffsets,",
                text,
                flags=re.DOTALL,
            )
            if count != 1:
                raise WidlText(f"no stub descriptor of {interface}")
        return text

    def server(self):
        text = self._stub(self.output.server)
        text = _OFFSET_TABLE.sub(self._offset_table, text)
        text = _DISPATCH_TABLE.sub(self._dispatch_table, text)
        text = _DISPATCH_COUNT.sub(self._dispatch_count, text)
        return _ROUTINE_TABLE.sub(self._routine_table, text)

    def _stub(self, text):
        text = with_banner(text, self.banner)
        text = _without_exception_macros(text)
        text = self._async_handle_type(text)
        text = self._format_string(text)
        return with_pragmas(text, self.includes)

    def _async_handle_type(self, text):
        """The declared type of every async handle, in parameter lists and structures."""
        for procedure in self.merged.procedures:
            if procedure.is_async:
                pattern = rf"^([ \t]*)\w[\w() \t]*?[ \t]({procedure.handle_name}[,;)])"
                text = re.sub(pattern, r"\1PRPC_ASYNC_STATE \2", text, flags=re.MULTILINE)
        return text

    def _async_prototypes(self, text):
        """As MIDL declares it, an asynchronous procedure returns nothing: the return value
        is given to RpcAsyncCompleteCall, on both sides."""
        for procedure in self.merged.procedures:
            if not procedure.is_async:
                continue
            for prefix in set(self.prefixes.values()):
                pattern = (
                    rf"^[^\n;{{}}()]*?[ *]((?:__\w+ )?{re.escape(prefix + procedure.name)}\(\n"
                    rf"[ \t]*PRPC_ASYNC_STATE {procedure.handle_name}[,)])"
                )
                text = re.sub(pattern, r"void \1", text, flags=re.MULTILINE)
        return text

    def _client_function(self, text, procedure):
        """The stub of one procedure, with its place in the new format string; none for a
        [local] procedure, of which widl writes one all the same."""
        name = re.escape(self.prefixes["client"] + procedure.name)
        match = re.search(
            rf"^\w[^\n;{{}}()]*\b{name}\([^{{;]*?\)\n\{{\n.*?^\}}\n\n?",
            text,
            re.MULTILINE | re.DOTALL,
        )
        is_local = procedure.is_local
        if not match:
            if is_local:
                return text
            raise WidlText(f"no client stub of {procedure.name}")
        body = match.group()
        if is_local:
            body = ""
        else:
            offset = self.offsets[(procedure.interface.name, procedure.name)]
            body, count = re.subn(
                r"(__MIDL_ProcFormatString\.Format\[)\d+\]", rf"\g<1>{offset}]", body
            )
            if count != 1:
                raise WidlText(f"no call in the client stub of {procedure.name}")
            if procedure.is_async:
                body = _async_body(body, procedure)
            elif procedure.result_by_reference:
                body = _returning_body(body, procedure, self.prefixes["client"])
        return text[: match.start()] + body + text[match.end() :]

    def _format_string(self, text):
        return with_format_string(text, self.formats)

    def _offset_table(self, match):
        interface = match.group(2)
        lines = [
            f"    {self.offsets[(p.interface, p.name)]},  /* {p.name} */"
            for p in self.formats
            if p.interface == interface
        ]
        return match.group(1) + "\n".join(lines) + match.group(4)

    def _dispatch_table(self, match):
        """widl's has entries for [local] procedures too, which have no number."""
        interface = match.group(2)
        entries = [
            "NdrAsyncServerCall" if self.merged.find(interface, p.name).is_async
            else "NdrServerCall2"
            for p in self.formats
            if p.interface == interface
        ]
        self.dispatch_counts[interface] = len(entries)
        return match.group(1) + "".join(f"    {e},\n" for e in entries) + "    0\n};"

    def _dispatch_count(self, match):
        return f"{match.group(1)}{self.dispatch_counts[match.group(2)]},"

    def _routine_table(self, match):
        """The same for the manager routines."""
        interface = match.group(2)
        local = {
            self.prefixes["server"] + p.name
            for p in self.merged.procedures_of(interface)
            if p.is_local
        }
        thunks = ""
        lines = []
        for line in match.group(3).split("\n"):
            routine = re.sub(r".*\)|\W", "", line)
            if routine in local:
                continue
            procedure = self.merged.find(interface, routine[len(self.prefixes["server"]) :])
            if procedure.result_by_reference:
                name = f"{interface}_{procedure.name}_Thunk"
                thunks += self._thunk(procedure, name, routine)
                line = line.replace(routine, name)
            lines.append(line)
        return thunks + match.group(1) + "\n".join(lines) + match.group(4)

    def _thunk(self, procedure, name, routine):
        """Calls a manager routine which returns what the interpreter cannot return."""
        _, declaration = _declaration(self.output.header, routine)
        arguments = ["IDL_handle"] if procedure.insert_handle else []
        arguments += [p.name for p in procedure.declaration.parameters]
        head = re.sub(rf"\b{re.escape(routine)}\(\n", f"{name}(\n", declaration, count=1)
        result = f"    *{procedure.result_name} = {routine}({', '.join(arguments)});"
        return f"static {head}\n{{\n{result}\n}}\n\n"


def with_banner(text, banner):
    """`text` with our first line for widl's."""
    _, _, rest = text.partition("\n")
    return f"/* {banner} */\n{rest}"


def with_pragmas(text, includes):
    """The user's headers; and quiet about what widl leaves out of its initializers."""
    match = re.search(r'#include "[^"\n]*\.h"\n', text)
    if not match:
        raise WidlText("no #include of the header")
    added = "".join(f"#include {name}\n" for name in includes)
    added += (
        "\n#ifdef __GNUC__\n"
        "#pragma GCC diagnostic push\n"
        '#pragma GCC diagnostic ignored "-Wmissing-braces"\n'
        '#pragma GCC diagnostic ignored "-Wmissing-field-initializers"\n'
        '#pragma GCC diagnostic ignored "-Wcast-function-type"\n'
        '#pragma GCC diagnostic ignored "-Wunused-variable"\n'
        '#pragma GCC diagnostic ignored "-Wunused-const-variable"\n'
        '#pragma GCC diagnostic ignored "-Wunused-parameter"\n'
        "#endif\n"
    )
    text = text[: match.end()] + added + text[match.end() :]
    return text.rstrip("\n") + "\n\n#ifdef __GNUC__\n#pragma GCC diagnostic pop\n#endif\n"


def with_format_string(text, formats):
    """`text` with the procedure format string that `formats` make, one behind the other."""
    lines = []
    offset = 0
    for procedure in formats:
        lines += procedure.lines(offset)
        offset += procedure.size
    body = "\n".join(lines).lstrip("\n") + "\n\n        0x0"
    text = _FORMAT_STRING.sub(lambda m: m.group(1) + body + m.group(3), text)
    return re.sub(r"(#define PROC_FORMAT_STRING_SIZE )\d+", rf"\g<1>{offset + 1}", text)


def format_body(text):
    """The initializer of the procedure format string."""
    match = _FORMAT_STRING.search(text)
    if not match:
        raise WidlText("no procedure format string")
    return match.group(2)


def repair_types(text, procedures):
    """Corrects what the interpreted `procedures` of `text` refer to, see `type_format`."""
    types = _TYPE_FORMAT_STRING.search(text)
    if not types:
        raise WidlText("no type format string")
    type_format.repair_string_references(types.group(1), procedures)
    type_format.repair_union_references(types.group(1), procedures)


def _declaration(text, name):
    """Where function `name` is declared or defined, and its head up to the parenthesis."""
    match = re.search(
        rf"^\w[^\n;{{}}()]*\b{re.escape(name)}\(\n[^{{}};]*\)(?=;|\n\{{)", text, re.MULTILINE
    )
    if not match:
        raise WidlText(f"no declaration of {name}")
    return match.start(), match.group()


def _returning(text, procedure, name):
    """Function `name` declared as returning its result, not with a parameter for it."""
    start, old = _declaration(text, name)
    match = re.search(rf",?\n *(\w[^\n]*?) ?\*{procedure.result_name}\)$", old)
    if not match or not old.startswith("void "):
        raise WidlText(f"no result of {name}")
    new = match.group(1) + old[len("void") : match.start()]
    new += "\n    void)" if new.endswith("(") else ")"
    return text[:start] + new + text[start + len(old) :]


def _returning_body(body, procedure, prefix):
    """The client stub of a synchronous procedure whose result NdrClientCall2 cannot return:
    on the wire a result is no different from a last [out] parameter."""
    name = prefix + procedure.name
    body = _returning(body, procedure, name)
    result = re.match(rf"(.*?) (?:__\w+ )?{re.escape(name)}\(", body).group(1)
    variables = f"    {result} _RetVal = 0;\n    {result} *{procedure.result_name} = &_RetVal;"
    body = body.replace("\n{\n", f"\n{{\n{variables}\n", 1)
    head, _, tail = body.rpartition("\n}")
    return f"{head}\n    return _RetVal;\n}}{tail}"


def _async_body(body, procedure):
    """The function with NdrAsyncClientCall instead of NdrClientCall2, returning nothing."""
    body = re.sub(r"^ *CLIENT_CALL_RETURN _RetVal;\n\n?", "", body, flags=re.MULTILINE)
    body = re.sub(r"^ *return [^;]*;\n", "", body, flags=re.MULTILINE)
    body, count = re.subn(
        r"^ *(?:_RetVal = )?NdrClientCall2\( (.*?) \);",
        _async_call,
        body,
        flags=re.MULTILINE | re.DOTALL,
    )
    if count != 1:
        raise WidlText(f"no call in the client stub of {procedure.name}")
    return body


def _async_call(match):
    arguments = [argument.strip() for argument in match.group(1).split(",\n")]
    indent = " " * len("    NdrAsyncClientCall( ")
    return "    NdrAsyncClientCall( " + f",\n{indent}".join(arguments) + " );"


def _without_exception_macros(text):
    """widl's exception frames need Wine's own headers; only inline stubs use them."""
    start = text.find("#ifndef USE_COMPILER_EXCEPTIONS\n")
    if start < 0:
        return text
    depth = 0
    position = start
    for line in text[start:].splitlines(keepends=True):
        position += len(line)
        if re.match(r"\s*#\s*if", line):
            depth += 1
        elif re.match(r"\s*#\s*endif", line):
            depth -= 1
            if depth == 0:
                break
    text = text[:start] + text[position:].lstrip("\n")
    return re.sub(
        r"struct __server_frame\n\{.*?\n\};\n\nstatic int __server_filter.*?\n\}\n\n",
        "",
        text,
        flags=re.DOTALL,
    )
