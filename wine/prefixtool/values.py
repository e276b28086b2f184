"""A value of the registry that is set, and later what it was before.

A record is {key, name, value, before, sections}: the value, its text, its text before (or None),
and the keys that existed. Several of them are taken back in reverse order, for the keys that one
of them has made existed for the next."""

from .registry import string_value


def install(registry, key, name, data, former):
    """Sets the value; returns its record (`former` is the one of an earlier installation)."""
    value = string_value(name, data)
    before = registry.get(key, name)
    if former is None:
        former = {"key": key, "name": name, "value": value, "before": before,
                  "sections": _existing_sections(registry, key)}
    elif before not in (None, former["value"]):
        # The user has set another one meanwhile: that is what uninstalling restores.
        former = dict(former, before=before)
    if before != value:
        registry.set(key, name, value)
    return dict(former, value=value)


def uninstall(registry, record):
    """Takes the value back; returns the text of one that the user has changed since (None: there
    is none), which stays."""
    key, name = record["key"], record["name"]
    current = registry.get(key, name)
    if current == record["value"]:
        if record["before"] is None:
            registry.remove(key, name)
        else:
            registry.set(key, name, record["before"])
    _restore_sections(registry, key, record["sections"])
    return None if current == record["value"] else current or f"{name} (removed)"


def is_active(registry, record):
    return registry.get(record["key"], record["name"]) == record["value"]


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
            # One with subkeys needs no section of its own.
            if registry.section_is_empty(name):
                registry.remove_section(name)
        elif not registry.has_section(name) and not registry.has_subkeys(name):
            registry.add_section(name, sections[name])
