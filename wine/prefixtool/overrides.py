"""The DLL overrides of a program, or of the whole prefix, in the registry."""

from .registry import overrides_key, string_value
from .shims import LOAD_ORDER, SHIMS


def install(registry, app, record):
    """Sets the overrides; returns their record for the manifest (`record` is the former one)."""
    known = {override["name"]: override for override in record["overrides"]} if record else {}
    result = []
    for shim in SHIMS:
        key = overrides_key(app)
        value = string_value(shim.override, LOAD_ORDER)
        before = registry.get(key, shim.override)
        former = known.get(shim.override)
        if former is None:
            former = {"key": key, "name": shim.override, "value": value, "before": before,
                      "sections": _existing_sections(registry, key)}
        elif before not in (None, former["value"]):
            # The user has set another one meanwhile: that is what uninstalling restores.
            former = dict(former, before=before)
        if before != value:
            registry.set(key, shim.override, value)
        result.append(dict(former, value=value))
    return {"app": record["app"] if record else app, "overrides": result}


def uninstall(registry, record):
    """Takes the overrides back. Returns what the user has changed since, and so stays."""
    kept = []
    for override in record["overrides"]:
        key, name = override["key"], override["name"]
        current = registry.get(key, name)
        if current != override["value"]:
            kept.append(f"the override {current or 'of ' + name + ' (removed)'} in {key}")
        elif override["before"] is None:
            registry.remove(key, name)
        else:
            registry.set(key, name, override["before"])
        _restore_sections(registry, key, override["sections"])
    return kept


def is_active(registry, override):
    return registry.get(override["key"], override["name"]) == override["value"]


def disabled_for(registry, shim, users):
    """The programs whose own override keeps them from our DLL: [(program, value text)]."""
    known = {(user["app"] or "").casefold() for user in users}
    return [(app, line) for app, line in registry.app_overrides(shim.override)
            if app not in known and not line.split("=", 1)[1].strip('"').startswith("n")]


def _ancestors(key):
    parts = key.split("\\")
    return ["\\".join(parts[:length]) for length in range(2, len(parts) + 1)]


def _existing_sections(registry, key):
    """{key: time stamps} for the key and those above it: Wine drops one from the file when it
    has neither values nor subkeys of its own, and then it would not come back by itself."""
    return {name: registry.section_head(name)
            for name in _ancestors(key) if registry.has_section(name)}


def _restore_sections(registry, key, sections):
    for name in reversed(_ancestors(key)):
        if name not in sections:
            if registry.section_is_empty(name) and not registry.has_subkeys(name):
                registry.remove_section(name)
        elif not registry.has_section(name) and not registry.has_subkeys(name):
            registry.add_section(name, sections[name])
