"""What is installed, for whom, and whether that is still as it should be."""

import os

from . import Refusal, overrides, pefile, shims, values
from .manifest import describe_user


def collect(prefix, manifest, wine, folders, registry):
    """The report as it is printed with --json. `wine` is None when none was found, `registry` when
    an interrupted run has left the prefix half changed: then there is nothing more to say."""
    interrupted = registry is None
    report = {"prefix": prefix.path, "installed": manifest is not None, "for": [], "dlls": [],
              "interrupted": interrupted, "problems": [], "notes": [],
              "version": manifest.version if manifest else None,
              "wine": manifest.wine if manifest else None}
    if interrupted:
        report["problems"].append("an earlier run was interrupted: the next install or "
                                  "uninstall first puts right what it left")
    if manifest is None or interrupted:
        return report
    for user in manifest.users:
        active = all(values.is_active(registry.user, item) for item in user["overrides"])
        report["for"].append({"app": user["app"], "override": "active" if active else "missing"})
        if not active:
            report["problems"].append(f"the override for {describe_user(user['app'])} is no "
                                      "longer in the registry: Wine does not load asyncshim")
    if not all(values.is_active(registry.system, item) for item in manifest.classes):
        report["problems"].append("the COM classes of asyncshim are no longer in the registry: "
                                  "install again")
    for shim in shims.SHIMS:
        if manifest.user(None):
            for app, line in overrides.disabled_for(registry.user, shim, manifest.users):
                report["notes"].append(f"{app} has an override of its own: {line}")
        _collect_missing(prefix, manifest, shim, report)
    for record in manifest.files:
        report["dlls"].append(_collect_dll(prefix, record, wine, folders, report))
    return report


def _collect_missing(prefix, manifest, shim, report):
    for architecture in prefix.folders:
        if manifest.file(shim.name, architecture) is None:
            report["notes"].append(f"{pefile.BITS[architecture]} programs use Wine's own "
                                   f"{shim.name}")


def _collect_dll(prefix, record, wine, folders, report):
    name, architecture = record["dll"], record["architecture"]
    label = f"{pefile.BITS[architecture]} {name}"
    state = {"name": name, "architecture": architecture, "path": record["path"],
             "file": _file_state(prefix, record), "copy": _copy_state(prefix, record, wine),
             "build": _build_state(record, folders)}
    messages = {
        ("file", "overwritten"): f"{label} has been overwritten",
        ("file", "missing"): f"{label} has been deleted",
        ("copy", "missing"): f"the copy of Wine's {label} has been deleted",
        ("copy", "damaged"): f"the copy of Wine's {label} has been changed",
        ("copy", "stale"): f"Wine has another {label} now than the one that was copied",
    }
    for (item, value), message in messages.items():
        if state[item] == value:
            report["problems"].append(message + ": install again")
    if state["build"] == "newer":
        report["notes"].append(f"another build of {label} is there to be installed")
    if state["copy"] == "unknown":
        report["notes"].append(f"no Wine found that has a {label}: cannot tell whether the copy "
                               "is stale")
    return state


def _file_state(prefix, record):
    checksum = pefile.sha256(os.path.join(prefix.path, record["path"]))
    if checksum is None:
        return "missing"
    return "ok" if checksum == record["sha256"] else "overwritten"


def _copy_state(prefix, record, wine):
    checksum = pefile.sha256(os.path.join(prefix.path, record["copy"]))
    if checksum is None:
        return "missing"
    if checksum != record["copy_sha256"]:
        return "damaged"
    path = wine and wine.dll_path(record["architecture"], record["dll"])
    if not path:
        return "unknown"
    return "ok" if pefile.sha256(path) == record["wine_sha256"] else "stale"


def _build_state(record, folders):
    """Whether the DLL that `install` would take is the installed one."""
    shim = next((shim for shim in shims.SHIMS if shim.name == record["dll"]), None)
    try:
        _, dll = shims.locate(shim, record["architecture"], folders)
    except Refusal:
        return "none"
    return "installed" if dll.sha256 == record["sha256"] else "newer"


def text(report):
    """The report for people."""
    lines = [f"prefix     {report['prefix']}"]
    if not report["installed"]:
        lines.append("asyncshim  not installed")
    else:
        users = ", ".join(describe_user(user["app"]) for user in report["for"])
        lines += [f"asyncshim  {report['version']}, for {users}",
                  f"Wine       {report['wine'] or 'version not known'}"]
        for dll in report["dlls"]:
            lines.append(f"{pefile.BITS[dll['architecture']]}     {dll['name']}: {dll['file']}, "
                         f"copy of Wine's: {dll['copy']}")
    lines += [f"problem    {problem}" for problem in report["problems"]]
    lines += [f"note       {note}" for note in report["notes"]]
    return "\n".join(lines)
