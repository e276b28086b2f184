"""The proxy file of COM interfaces, turned from widl's C text into MIDL's layout."""

import re

from . import proc_format
from .diagnostics import error_at
from .proc_format import FormatError
from .stubs import WidlText, format_body, repair_types, with_banner, with_format_string
from .stubs import with_pragmas

_PROCEDURE = re.compile(r"/\* \d+ \(procedure (\w+)::(\w+)\) \*/")
_OFFSET_TABLE = re.compile(
    r"(?<=_FormatStringOffsetTable\[\] =\n\{\n)((?:[^\n]*,  /\* [^\n]* \*/\n)*)"
)
_STUB_TABLE = r"static const (CInterfaceStubVtbl _{name}StubVtbl =\n.*?)CStdStubBuffer_"
_PROXY_LIST = re.compile(
    r"_ProxyVtblList\[\] =\n\{\n((?:\s*\(const CInterfaceProxyVtbl\*\)&\w+,\n)*)"
)
_FILE_INFO = re.compile(
    r"(const ExtendedProxyFileInfo .*?_IID_Lookup,\n\s*\d+,\n\s*)\d+,\n(\s*)0,", re.DOTALL
)
_HEADER_INCLUDE = re.compile(r'#endif /\* __RPCPROXY_H_VERSION__ \*/\n\n#include "[^"\n]*"\n')
# MinGW-w64's headers have them for C++ only
_UNKNOWN_PROXIES = """\

HRESULT STDMETHODCALLTYPE IUnknown_QueryInterface_Proxy(IUnknown *This, REFIID riid,
                                                        void **ppvObject);
ULONG STDMETHODCALLTYPE IUnknown_AddRef_Proxy(IUnknown *This);
ULONG STDMETHODCALLTYPE IUnknown_Release_Proxy(IUnknown *This);
"""
TABLE_VERSION = 6  # with a table of asynchronous interfaces


class ProxyWriter:
    """Rewrites widl's proxy file for the `AsyncInterface`s in it."""

    def __init__(self, text, source, interfaces, banner):
        self.text = text
        self.source = source
        self.interfaces = interfaces
        self.banner = banner
        places = [(*match.groups(), False) for match in _PROCEDURE.finditer(text)]
        # widl makes inline stubs, which are not listed, for results like double
        self._check_results({place[:2] for place in places})
        self.formats = proc_format.read_proc_formats(format_body(text), places)
        self._check_results(
            {
                (p.interface, p.name)
                for p in self.formats
                if not (p.return_value and p.return_value.is_whole_object)
            }
        )
        repair_types(text, self.formats)

    def _check_results(self, returnable):
        """Refuses methods that are not in `returnable`, since no interpreter knows them."""
        for interface in self.source.interfaces:
            if not interface.is_object or interface.attributes.find("local"):
                continue
            for procedure in interface.procedures:
                known = (interface.name, procedure.name) in returnable
                if not known and not procedure.attributes.find("local"):
                    raise error_at(
                        procedure,
                        f"method '{procedure.name}' returns a type for which there is no "
                        "interpreter; use an [out] parameter",
                    )

    def proxy(self):
        offsets = self._offsets()
        for interface in self.interfaces:
            # in the order of the text: both accessors of a property have its name
            wholes = [p for p in self.formats if p.interface == interface.interface.name]
            if len(wholes) != len(interface.methods):
                raise FormatError(f"methods of {interface.interface.name}")
            for method, whole in zip(interface.methods, wholes):
                self._split(interface, method, whole)
        moved = dict(zip(offsets, self._offsets()))
        text = with_pragmas(with_banner(self.text, self.banner), ())
        text, count = _HEADER_INCLUDE.subn(lambda m: m.group() + _UNKNOWN_PROXIES, text)
        if count != 1:
            raise WidlText("no #include of the header")
        text = with_format_string(text, self.formats)
        text = _OFFSET_TABLE.sub(lambda m: _moved_entries(m.group(1), moved), text)
        if self.interfaces:
            for interface in self.interfaces:
                text = self._async_stub_table(text, interface)
            text = self._async_table(text)
        return text

    def _offsets(self):
        """Where the procedures stand, and behind them the end."""
        offsets = [0]
        for procedure in self.formats:
            offsets.append(offsets[-1] + procedure.size)
        return offsets

    def _find(self, interface, name):
        for procedure in self.formats:
            if (procedure.interface, procedure.name) == (interface, name):
                return procedure
        raise FormatError(f"no method {interface}::{name}")

    def _split(self, interface, method, whole):
        """MIDL's layout of `Begin_` and `Finish_`; `whole` is the synchronous method."""
        begin = self._find(interface.name, "Begin_" + method.name)
        finish = self._find(interface.name, "Finish_" + method.name)
        begin.oi2_flags |= proc_format.OI2_HAS_ASYNC_UUID
        finish.oi2_flags |= proc_format.OI2_HAS_ASYNC_UUID
        for parameter in finish.parameters:
            if parameter.name in method.dependent:
                _refer_to_whole(parameter, whole)
        if method.missing:
            finish.drop_last([p.name for p in method.missing])

    def _async_stub_table(self, text, interface):
        """Not const, as MIDL has it: NdrDllGetClassObject fills it in."""
        pattern = _STUB_TABLE.format(name=interface.name)
        text, count = re.subn(
            pattern, r"static \1CStdAsyncStubBuffer_", text, count=1, flags=re.DOTALL
        )
        if count != 1:
            raise WidlText(f"no stub table of {interface.name}")
        return text

    def _async_table(self, text):
        """The table of asynchronous interfaces, beside that of proxies: for each its
        asynchronous interface, -1 if it is one, or none."""
        proxies = _PROXY_LIST.search(text)
        info = _FILE_INFO.search(text)
        if not proxies or not info:
            raise WidlText("no list of proxies")
        synchronous = {i.interface.name: i.name for i in self.interfaces}
        asynchronous = set(synchronous.values())
        table = "static const IID *const _AsyncInterfaceTable[] =\n{\n"
        for name in re.findall(r"&_(\w+)ProxyVtbl,", proxies.group(1)):
            entry = "0"
            if name in synchronous:
                entry = f"&IID_{synchronous[name]}"
            elif name in asynchronous:
                entry = "(const IID *)(LONG_PTR)-1"
            table += f"    {entry},  /* {name} */\n"
        table += "    0\n};\n\n"
        fields = f"{TABLE_VERSION},\n{info.group(2)}(const IID **)&_AsyncInterfaceTable[0],"
        return text[: info.start()] + table + info.group(1) + fields + text[info.end() :]


def _refer_to_whole(parameter, whole):
    """A parameter of `Finish_` that depends on an [in] parameter refers to the type of the
    synchronous method's, so that it finds it on the synchronous method's stack."""
    same = next((p for p in whole.parameters if p.name == parameter.name), None)
    kind = proc_format.IS_SIMPLE_REF | proc_format.IS_BASE_TYPE | proc_format.IS_BY_VALUE
    if same is None or (same.flags ^ parameter.flags) & kind:
        raise FormatError(f"parameter {parameter.name} of {whole.name}")
    parameter.description = same.description


def _moved_entries(entries, moved):
    def entry(match):
        if int(match.group(1)) not in moved:
            raise FormatError(f"offset {match.group(1)} in a table of methods")
        return f"    {moved[int(match.group(1))]},"

    return re.sub(r"(?m)^    (\d+),", entry, entries)
