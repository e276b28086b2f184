#!/usr/bin/env python3
"""Compares the export table of a DLL of ours with that of the installed Wine's of the same name.

  compare_exports.py OUR_DLL [WINE_DLL]

Every name of Wine's must be in ours, and what ours forwards must go to a name that Wine's DLL
has (but for names of a newer Wine, which are as absent from ours as from Wine's). WINE_DLL
defaults to the installed Wine's for the machine type of OUR_DLL, or with ASYNCSHIM_WINE=trixie
to that of the Wine 10 of wine/trixie. Exit code 0, 1, or 77 where there is no such Wine.
"""

import glob
import os
import subprocess
import sys

from pe_exports import PeError, PeFile

HERE = os.path.dirname(os.path.realpath(__file__))
TRIXIE = os.path.join(HERE, "..", "..", "wine", "trixie")


def wine_root():
    if os.environ.get("ASYNCSHIM_WINE", "system") != "trixie":
        return "/"
    found = subprocess.run([TRIXIE, "path"], capture_output=True, text=True, check=True)
    return found.stdout.strip()


def find_wine_dll(machine, name):
    root = wine_root()
    patterns = ("usr/lib/*/wine", "usr/lib/wine", "usr/lib64/wine", "opt/wine*/lib*/wine")
    for pattern in patterns:
        found = glob.glob(os.path.join(root, pattern, f"{machine}-windows", name))
        if found:
            return found[0]
    return None


def compare(ours, wines, module_name):
    """What is wrong, a line each. Ours is MODULE_NAME.dll, Wine's own lies beside it as
    MODULE_NAME_wine.dll."""
    backing_module = module_name + "_wine"
    for name in sorted(set(wines) - set(ours)):
        yield f"missing: {name}"
    for name, target in sorted(ours.items()):
        if target is None:
            continue
        module, _, wanted = target.partition(".")
        if module != backing_module:
            yield f"{name} is forwarded to {target}, not to {backing_module}"
        elif name == wanted and name not in wines:
            continue
        elif wanted not in wines:
            yield f"{name} is forwarded to {target}, which Wine's DLL does not have"
        elif wines[wanted] is not None and wines[wanted].lower().startswith(module_name + "."):
            yield f"{name} is forwarded to {target}, which leads back to us: {wines[wanted]}"


def main():
    if len(sys.argv) not in (2, 3):
        sys.exit(__doc__)
    try:
        our_file = PeFile(sys.argv[1])
        name = os.path.basename(sys.argv[1])
        path = sys.argv[2] if len(sys.argv) == 3 else find_wine_dll(our_file.machine, name)
        if path is None:
            print(f"SKIP: no Wine with {our_file.machine} programs is installed")
            return 77
        ours, wines = our_file.exports(), PeFile(path).exports()
    except (OSError, PeError) as error:
        print(f"compare_exports: {error}")
        return 1
    problems = list(compare(ours, wines, os.path.splitext(name)[0]))
    for problem in problems:
        print(problem)
    forwarded = sum(target is not None for target in ours.values())
    print(f"{path}: {len(wines)} names; ours: {len(ours)}, {forwarded} of them forwarded; "
          f"{len(problems)} problems")
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
