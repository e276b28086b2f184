"""The DLL overrides of a program, or of the whole prefix, in the registry."""

from . import values
from .registry import overrides_key
from .shims import LOAD_ORDER, SHIMS


def install(registry, app, record):
    """Sets the overrides; returns their record for the manifest (`record` is the former one)."""
    known = {override["name"]: override for override in record["overrides"]} if record else {}
    result = [values.install(registry, overrides_key(app), shim.override, LOAD_ORDER,
                             known.get(shim.override)) for shim in SHIMS]
    return {"app": record["app"] if record else app, "overrides": result}


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
