"""The plan for `install`: what has to change in the files and in the registry."""

import os

from . import Refusal, classes, overrides, pefile, shims
from .manifest import Manifest

BACKUP = ".asyncshim-backup"


def plan(prefix, manifest, wine, folders, architectures, apps, changes, registry):
    """Adds to `changes` and `registry` (Registries) what is missing; returns the new manifest.

    `apps` are program names, or None for the whole prefix. Raises Refusal before anything has
    been changed, for changes are only made by Changes.apply."""
    result = Manifest()
    result.files = list(manifest.files) if manifest else []
    result.users = list(manifest.users) if manifest else []
    result.classes = manifest.classes if manifest else []
    result.version = manifest.version if manifest else None
    result.wine = manifest.wine if manifest else None
    for shim in shims.SHIMS:
        for architecture in architectures:
            record = result.file(shim.name, architecture)
            new = _plan_dll(prefix, record, wine, shim, architecture, folders, changes)
            result.version = new.pop("version")
            if record:
                result.files.remove(record)
            result.files.append(new)
    result.classes = classes.install(registry.system, prefix, architectures, result.classes)
    for app in apps:
        record = result.user(app)
        new = overrides.install(registry.user, prefix, app, record)
        if record:
            result.users.remove(record)
        result.users.append(new)
    return result


def _plan_dll(prefix, record, wine, shim, architecture, folders, changes):
    """One DLL for one architecture; returns its record for the manifest."""
    _, ours = shims.locate(shim, architecture, folders)
    wine_path = wine.dll_path(architecture, shim.name)
    if wine_path is None:
        raise Refusal(f"the Wine in {wine.root} has no {pefile.BITS[architecture]} {shim.name} "
                      "as a PE file")
    wines = pefile.read(wine_path)
    if wines.kind != pefile.BUILTIN or wines.machine != architecture:
        raise Refusal(f"{wine_path} is not a DLL that Wine has built for {architecture}")

    path = prefix.dll_path(architecture, shim.name)
    backup, backup_sha256 = _plan_our_dll(prefix, record, path, architecture, ours, changes)
    copy = prefix.dll_path(architecture, shim.copy)
    copy_data = pefile.without_mark(wines.data)
    _plan_copy(prefix, record, copy, copy_data, changes)
    return {
        "dll": shim.name, "architecture": architecture, "version": ours.version,
        "path": prefix.relative(path), "sha256": ours.sha256,
        "backup": prefix.relative(backup), "backup_sha256": backup_sha256,
        "copy": prefix.relative(copy), "copy_sha256": pefile.parse(copy_data).sha256,
        "wine_path": wine_path, "wine_sha256": wines.sha256,
    }


def _plan_our_dll(prefix, record, path, architecture, ours, changes):
    """Puts our DLL at `path`; returns the backup of what was there and its checksum."""
    current = pefile.read(path)
    backup = os.path.join(prefix.path, record["backup"]) if record else path + BACKUP
    _check_current(current, record, path, backup, architecture)
    if record and (current is None or current.kind == pefile.OURS):
        # Ours, perhaps an older build, or removed by somebody: the backup is still right.
        if current is None:
            changes.create(path, ours.data)
        elif current.sha256 != ours.sha256:
            changes.replace(path, ours.data)
        return backup, record["backup_sha256"]
    if record and os.path.lexists(backup):
        # Wine has put its own DLL back (wineboot does after an upgrade): that is the new original.
        changes.discard(backup)
    changes.rename(path, backup)
    changes.create(path, ours.data)
    return backup, current.sha256 if current else None


def _check_current(current, record, path, backup, architecture):
    if record is None:
        if not os.path.lexists(path):
            raise Refusal(f"{path} is missing: the prefix is not complete (wineboot -u mends it)")
        if os.path.lexists(backup):
            raise Refusal(f"{backup} is in the way: it is not from an installation that "
                          "asyncshim knows of")
        if current and current.kind == pefile.OURS:
            raise Refusal(f"{path} is a DLL of asyncshim, but was not put there by this tool: "
                          "delete it and let `wineboot -u` bring back Wine's own")
    if current is None:
        return
    if current.kind in (pefile.NATIVE, pefile.NOT_PE):
        raise Refusal(f"{path} is neither Wine's DLL nor asyncshim's (a native {current.machine} "
                      "DLL from elsewhere?): asyncshim does not replace it")
    if current.machine != architecture:
        raise Refusal(f"{path} is for {current.machine}, but the prefix needs {architecture}")


def _plan_copy(prefix, record, copy, data, changes):
    present = os.path.lexists(copy)
    known = record is not None and prefix.relative(copy) == record["copy"]
    if present and not known:
        raise Refusal(f"{copy} is in the way: it was not put there by asyncshim")
    if not present:
        changes.create(copy, data)
    elif pefile.sha256(copy) != pefile.parse(data).sha256:
        changes.replace(copy, data)
