"""The DLL overrides of a program, or of the whole prefix, in the registry.

Wine looks for the name of a DLL in the system folder, else for the path, then for the name with a
star, then for the name alone (get_load_order in dlls/ntdll/unix/loadorder.c). So three values say
that ours in the system folder are loaded, and no others."""

from . import values
from .pefile import X64, X86
from .registry import overrides_key
from .shims import LOAD_ORDER, LOAD_ORDER_ELSEWHERE, SHIMS

# The system folder of 32-bit programs in a 64-bit prefix is a path like any other for Wine.
SYSTEM_FOLDER_X86 = "C:\\windows\\syswow64\\"


def install(registry, prefix, app, record):
    """Sets the overrides; returns their record for the manifest (`record` is the former one)."""
    key = overrides_key(app)
    known = {override["name"]: override for override in record["overrides"]} if record else {}
    result = [values.install(registry, key, name, data, known.get(name))
              for name, data in _wanted(prefix)
              if name in known or data == LOAD_ORDER or registry.get(key, name) is None]
    # They are taken back in reverse: the first is the one that has made the key.
    places = {name: place for place, name in enumerate(known)}
    result.sort(key=lambda override: places.get(override["name"], len(places)))
    return {"app": record["app"] if record else app, "overrides": result}


def _wanted(prefix):
    """(name, data) of the values; one of the user's own for elsewhere is left alone."""
    for shim in SHIMS:
        yield "*" + shim.override, LOAD_ORDER_ELSEWHERE
    if X64 in prefix.folders and X86 in prefix.folders:
        for shim in SHIMS:
            yield SYSTEM_FOLDER_X86 + shim.override, LOAD_ORDER
    for shim in SHIMS:
        yield shim.override, LOAD_ORDER


def uninstall(registry, record):
    """Takes the overrides back. Returns what the user has changed since, and so stays."""
    kept = []
    for override in reversed(record["overrides"]):
        changed = values.uninstall(registry, override)
        if changed:
            kept.append(f"the override {changed} in {override['key']}")
    return kept


def disabled_for(registry, shim, users):
    """The programs whose own override keeps them from our DLL: [(program, value text)]."""
    known = {(user["app"] or "").casefold() for user in users}
    return [(app, line) for app, line in registry.app_overrides(shim.override)
            if app not in known and not line.split("=", 1)[1].strip('"').startswith("n")]
