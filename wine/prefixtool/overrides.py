"""The DLL overrides of a program, or of the whole prefix, in the registry.

Wine looks for the name alone of a DLL in the system folder; for one in another folder, such as that
of a program which brings an old one along, for its path, then for the name with a star, then for
the name alone (get_load_order in dlls/ntdll/unix/loadorder.c). Without us it takes its own in
both cases, so the name with a star says that. But the system folder of 32-bit programs in a 64-bit
prefix is another folder, too: there the star would keep ours out, and a path that lets them in
would go before what the user says with a name, for a program or in WINEDLLOVERRIDES."""

from . import values
from .registry import overrides_key
from .shims import LOAD_ORDER, LOAD_ORDER_ELSEWHERE, SHIMS


def install(registry, prefix, app, record):
    """Sets the overrides; returns their record for the manifest (`record` is the former one)."""
    key = overrides_key(app)
    former = record["overrides"] if record else []
    wanted = dict(_wanted(prefix))
    for override in former:
        if override["name"] not in wanted:
            values.uninstall(registry, override)
    known = {override["name"]: override for override in former if override["name"] in wanted}
    result = [values.install(registry, key, name, data, known.get(name))
              for name, data in wanted.items()
              if name in known or data == LOAD_ORDER or registry.get(key, name) is None]
    # The keys that were there before the first of them, whichever is taken back last.
    sections = (former or result)[0]["sections"]
    return {"app": record["app"] if record else app,
            "overrides": [dict(override, sections=sections) for override in result]}


def _wanted(prefix):
    """(name, data) of the values; one of the user's own for elsewhere is left alone."""
    if len(prefix.folders) == 1:
        for shim in SHIMS:
            yield "*" + shim.override, LOAD_ORDER_ELSEWHERE
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
