"""The plan for `uninstall`: everything back to what it was."""

import os

from . import Refusal, classes, overrides, pefile
from .manifest import Manifest, manifest_path


def plan(prefix, manifest, apps, force, changes, registry):
    """Adds to `changes` and `registry` (Registries); returns (new manifest or None, what is left as it is).

    `apps` is None for everything, else the programs to uninstall for."""
    users = manifest.users if apps is None else [_user(manifest, app) for app in apps]
    notes = []
    for user in users:
        notes += overrides.uninstall(registry.user, user)
    result = Manifest()
    result.version, result.wine, result.files = manifest.version, manifest.wine, manifest.files
    result.classes = manifest.classes
    result.users = [user for user in manifest.users if user not in users]
    if result.users:
        return result, notes
    notes += classes.uninstall(registry.system, manifest.classes)
    for record in manifest.files:
        notes += _plan_dll(prefix, record, force, changes)
    changes.discard(manifest_path(prefix.path))
    return None, notes


def _user(manifest, app):
    user = manifest.user(app)
    if user is None:
        raise Refusal(f"asyncshim is not installed for {app}")
    return user


def _plan_dll(prefix, record, force, changes):
    path = os.path.join(prefix.path, record["path"])
    backup = os.path.join(prefix.path, record["backup"])
    copy = os.path.join(prefix.path, record["copy"])
    current = pefile.read(path)
    notes = []
    if current and current.kind in (pefile.NATIVE, pefile.NOT_PE) and not force:
        raise Refusal(f"{path} is no longer asyncshim's DLL, nor Wine's: somebody has replaced it "
                      "(--force leaves it there and removes the rest)")
    _check_backup(record, backup, force)
    if current is None or current.kind == pefile.OURS:
        if os.path.lexists(path):
            changes.discard(path)
        if os.path.lexists(backup):
            changes.rename(backup, path)
    else:
        notes.append(f"{path}, which is {current.kind} now")
        if os.path.lexists(backup):
            changes.discard(backup)
    if os.path.lexists(copy):
        changes.discard(copy)
    return notes


def _check_backup(record, backup, force):
    if force:
        return
    if not os.path.lexists(backup):
        raise Refusal(f"{backup}, the file to restore, is missing (--force goes on without; "
                      "`wineboot -u` then brings back Wine's own)")
    if pefile.sha256(backup) != record["backup_sha256"] and not os.path.islink(backup):
        raise Refusal(f"{backup}, the file to restore, has been changed (--force restores it)")
