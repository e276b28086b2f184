#!/usr/bin/env python3
"""Compares the export table of a DLL of ours with that of the installed Wine's of the same name.

  compare_exports.py OUR_DLL [OTHER_DLL_OF_OURS...]

Every name of Wine's must be in ours, and what ours forwards must come, through the tables of all
DLLs named here and of Wine's that lie beside them, to one that has it (but for names of a newer
Wine, which are as absent from ours as from Wine's). Wine's DLLs are the installed Wine's for the
machine type of OUR_DLL, or with ASYNCSHIM_WINE=trixie those of the Wine 10 of wine/trixie. Exit
code 0, 1, or 77 where there is no such Wine.
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


def follow(tables, module, name):
    """Where a forwarder to MODULE.NAME ends: None, or what is wrong. Modules without a table are
    Wine's business."""
    seen = []
    while module in tables:
        if (module, name) in seen:
            return f"goes in a circle: {' -> '.join('.'.join(step) for step in seen)}"
        seen.append((module, name))
        if name not in tables[module]:
            return f"leads to {module}.{name}, which is not there"
        if tables[module][name] is None:
            return None
        module, _, name = tables[module][name].partition(".")
        module = module.lower()
    return None


def compare(tables, module):
    """What is wrong with the exports of our MODULE.dll, a line each. `tables` has the exports of
    each module by its name in lower case; Wine's own lies beside ours as MODULE_wine."""
    ours, wines = tables[module], tables[module + "_wine"]
    for name in sorted(set(wines) - set(ours)):
        yield f"missing: {name}"
    for name, target in sorted(ours.items()):
        if target is None:
            continue
        other, _, wanted = target.partition(".")
        if other not in tables:
            yield f"{name} is forwarded to {target}, which is none of ours and not Wine's own"
        elif target == f"{module}_wine.{name}" and name not in wines:
            continue
        else:
            problem = follow(tables, other, wanted)
            if problem:
                yield f"{name} {problem}"


def main():
    if len(sys.argv) < 2:
        sys.exit(__doc__)
    tables = {}
    try:
        for path in sys.argv[1:]:
            our_file, file_name = PeFile(path), os.path.basename(path)
            name = os.path.splitext(file_name)[0]
            wine_path = find_wine_dll(our_file.machine, file_name)
            if wine_path is None:
                print(f"SKIP: no Wine with {our_file.machine} programs is installed")
                return 77
            tables[name], tables[name + "_wine"] = our_file.exports(), PeFile(wine_path).exports()
    except (OSError, PeError) as error:
        print(f"compare_exports: {error}")
        return 1
    module = os.path.splitext(os.path.basename(sys.argv[1]))[0]
    ours, wines = tables[module], tables[module + "_wine"]
    problems = list(compare(tables, module))
    for problem in problems:
        print(problem)
    forwarded = sum(target is not None for target in ours.values())
    print(f"{module}: Wine's has {len(wines)} names; ours: {len(ours)}, {forwarded} of them forwarded; "
          f"{len(problems)} problems")
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
