"""Where Wine's own DLLs are.

A Wine has, for each architecture, a folder `…/wine/x86_64-windows` or `…/wine/i386-windows`
with its DLLs as PE files. Debian has the two in different library folders, Wine's own build
(and every Wine with the new WoW64 mode) in one.
"""

import glob
import os
import shutil
import subprocess

from . import Refusal, pefile

FOLDERS = {pefile.X64: "x86_64-windows", pefile.X86: "i386-windows"}

# Below an installation's root (/usr, /opt/wine-stable, …), in the order of preference.
LIBRARY_FOLDERS = (
    "lib/wine", "lib64/wine", "lib32/wine",
    "lib/x86_64-linux-gnu/wine", "lib/i386-linux-gnu/wine",
    "lib/x86_64-linux-gnu/wine-development", "lib/i386-linux-gnu/wine-development",
)


class Wine:
    """One installation of Wine: the folders that hold its PE DLLs, by architecture."""

    def __init__(self, root, libraries, program=None):
        self.root = root
        self.program = program
        self.folders = {}
        for architecture, name in FOLDERS.items():
            for library in libraries:
                folder = os.path.join(library, name)
                if os.path.isfile(os.path.join(folder, "rpcrt4.dll")):
                    self.folders.setdefault(architecture, folder)

    def dll_path(self, architecture, name):
        folder = self.folders.get(architecture)
        path = folder and os.path.join(folder, name)
        return path if path and os.path.isfile(path) else None

    def version(self):
        """What `wine --version` says; None when it cannot be asked."""
        if not self.program:
            return None
        try:
            result = subprocess.run([self.program, "--version"], capture_output=True, text=True,
                                    timeout=20, check=True, stdin=subprocess.DEVNULL)
        except (OSError, subprocess.SubprocessError):
            return None
        return result.stdout.strip() or None


def find(where, environment):
    """The Wine to use: `where` (--wine: a root, a library folder or the wine program), else the
    one of the environment and the PATH, else the only one below /opt."""
    if where:
        wine = _at(os.path.abspath(where))
        if not wine.folders:
            raise Refusal(f"no Wine in {where}: no {FOLDERS[pefile.X64]}/rpcrt4.dll there")
        return wine
    candidates = _of_environment(environment)
    for wine in candidates:
        if wine.folders:
            return wine
    others = [wine for wine in map(_at, sorted(glob.glob("/opt/wine*"))) if wine.folders]
    if len(others) > 1:
        names = ", ".join(wine.root for wine in others)
        raise Refusal(f"several Wines ({names}): say which one with --wine")
    if others:
        return others[0]
    raise Refusal("no Wine found: no `wine` on the PATH, and no folder with its DLLs "
                  "(if it is installed, name its folder with --wine)")


def _of_environment(environment):
    path = environment.get("PATH", os.defpath)
    candidates = []
    if environment.get("WINEDLLPATH"):
        candidates.append(Wine(environment["WINEDLLPATH"], environment["WINEDLLPATH"].split(":")))
    for name in (environment.get("WINELOADER"), environment.get("WINE"), "wine", "wine64",
                 "wineserver"):
        program = name and shutil.which(name, path=path)
        if program:
            candidates.append(_of_program(program))
    return candidates


def _at(where):
    if os.path.isfile(where):
        return _of_program(where)
    folder = where.rstrip("/")
    if os.path.basename(folder) in FOLDERS.values():
        folder = os.path.dirname(folder)
    libraries = [folder, os.path.join(folder, "wine")]
    libraries += [os.path.join(folder, name) for name in LIBRARY_FOLDERS]
    program = os.path.join(folder, "bin", "wine")
    return Wine(where, libraries, program if os.access(program, os.X_OK) else None)


def _of_program(program):
    """A program may be a link, or a script that starts another program beside the DLLs."""
    roots = []
    for path in (program, os.path.realpath(program)):
        folder = os.path.dirname(os.path.abspath(path))
        roots += [os.path.dirname(folder), os.path.dirname(os.path.dirname(folder)), folder]
    roots = list(dict.fromkeys(roots))
    libraries = [os.path.join(root, name) for root in roots for name in LIBRARY_FOLDERS]
    return Wine(roots[0], libraries, program)
