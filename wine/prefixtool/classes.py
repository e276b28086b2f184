"""The COM classes of our DLLs, in the registry.

They are there for the whole prefix also when the DLLs are for some programs only: with Wine's own
DLL such a class cannot be had either way, it only says so with another error.
"""

from . import pefile, values

CLASSES = "Software\\Classes"
STD_EVENT = "CLSID\\{0000032B-0000-0000-C000-000000000046}"
SYNCHRONIZE_CONTAINER = "CLSID\\{0000032D-0000-0000-C000-000000000046}"
CALL_FACTORY_PROXY = "{DF6E977C-2F5D-4512-B4F4-07777F8E5520}"
CALL_FACTORY = "Interface\\{1C733A30-2A1C-11CE-ADE5-00AA0044773D}"

# The class of the proxies of COM's own interfaces: Wine has it, and registers it for IAdviseSink
# and IAdviseSink2. Ours makes proxies of more.
SYSTEM_PROXIES = "{00000320-0000-0000-C000-000000000046}"

# The system's interfaces with an asynchronous twin: names, IIDs, and how many methods the first
# has, where Wine does not register that.
TWINS = (
    ("IPipeByte", "{DB2F3ACA-2F86-11D1-8E04-00C04FB9989A}", 5,
     "{DB2F3ACB-2F86-11D1-8E04-00C04FB9989A}", 7),
    ("IPipeLong", "{DB2F3ACC-2F86-11D1-8E04-00C04FB9989A}", 5,
     "{DB2F3ACD-2F86-11D1-8E04-00C04FB9989A}", 7),
    ("IPipeDouble", "{DB2F3ACE-2F86-11D1-8E04-00C04FB9989A}", 5,
     "{DB2F3ACF-2F86-11D1-8E04-00C04FB9989A}", 7),
    ("IAdviseSink", "{0000010F-0000-0000-C000-000000000046}", None,
     "{00000150-0000-0000-C000-000000000046}", 13),
    ("IAdviseSink2", "{00000125-0000-0000-C000-000000000046}", None,
     "{00000151-0000-0000-C000-000000000046}", 15),
)


def _interface(name, iid, methods):
    key = f"Interface\\{iid}"
    return ((key, "", name), (key + "\\NumMethods", "", str(methods)),
            (key + "\\ProxyStubClsid32", "", SYSTEM_PROXIES))


def _twins():
    for name, iid, methods, async_iid, async_methods in TWINS:
        if methods:
            yield from _interface(name, iid, methods)
        yield from _interface("Async" + name, async_iid, async_methods)
        yield f"Interface\\{iid}\\AsynchronousInterface", "", async_iid
        yield f"Interface\\{async_iid}\\SynchronousInterface", "", iid


# (key, name of the value, data). Without a folder the DLL is the one that the process has.
VALUES = (
    (STD_EVENT, "", "StdEvent"),
    (STD_EVENT + "\\InprocServer32", "", "ole32.dll"),
    (STD_EVENT + "\\InprocServer32", "ThreadingModel", "Both"),
    (SYNCHRONIZE_CONTAINER, "", "SynchronizeContainer"),
    (SYNCHRONIZE_CONTAINER + "\\InprocServer32", "", "ole32.dll"),
    (SYNCHRONIZE_CONTAINER + "\\InprocServer32", "ThreadingModel", "Both"),
    (f"CLSID\\{CALL_FACTORY_PROXY}", "", "Proxy of ICallFactory"),
    (f"CLSID\\{CALL_FACTORY_PROXY}\\InprocServer32", "", "ole32.dll"),
    (f"CLSID\\{CALL_FACTORY_PROXY}\\InprocServer32", "ThreadingModel", "Both"),
    (CALL_FACTORY, "", "ICallFactory"),
    (CALL_FACTORY + "\\ProxyStubClsid32", "", CALL_FACTORY_PROXY),
) + tuple(_twins())


def install(registry, prefix, architectures, records):
    """Registers them for the architectures; returns all records for the manifest (`records` are the
    former ones)."""
    known = {(record["key"], record["name"]): record for record in records}
    for architecture in architectures:
        for subkey, name, data in VALUES:
            key = f"{_root(prefix, architecture)}\\{subkey}"
            known[key, name] = values.install(registry, key, name, data, known.get((key, name)))
    return list(known.values())


def uninstall(registry, records):
    """Removes them. Returns what somebody has changed since, and so stays."""
    kept = []
    for record in reversed(records):
        changed = values.uninstall(registry, record)
        if changed:
            kept.append(f"{changed} in {record['key']}")
    return kept


def _root(prefix, architecture):
    """32-bit programs of a 64-bit prefix have classes of their own."""
    if architecture == pefile.X86 and pefile.X64 in prefix.folders:
        return CLASSES + "\\Wow6432Node"
    return CLASSES
