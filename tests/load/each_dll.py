#!/usr/bin/env python3
"""Each DLL of the installed Wine is loaded first in a fresh process, and COM and RPC go on
working, as they do without asyncshim.

    each_dll.py LOAD_FIRST.exe

Only what does not work is tried again: with ours, because the machine may have been busy, and then
on Wine's own DLLs in the same prefix. There are DLLs that cannot be loaded without hardware or
programs of others; they fail on both.
"""

import sys

import wine_run

AT_LEAST = 300
NOT_LOADED = 1


def failing(found):
    return {name: code for name, code in found.items() if code}


def main():
    program = sys.argv[1]
    if wine_run.run(program, "which").split() != ["ours"]:
        sys.exit("the prefix has no asyncshim")
    output = wine_run.run(program, "each")
    found = wine_run.results(output)
    ours = failing(found)
    if ours:
        output = wine_run.run(program, "these", *ours)
        ours = failing(wine_run.results(output))
    wines = {}
    if ours:
        wine_run.end_wine()
        overrides = wine_run.builtin(wine_run.OURS)
        if wine_run.run(program, "which", overrides=overrides).split() != ["wine"]:
            sys.exit("the override for Wine's own DLLs does not work")
        wines = wine_run.results(wine_run.run(program, "these", *ours, overrides=overrides))
    problems = [f"{name}: {code:#x} with asyncshim, {wines.get(name, -1):#x} on Wine's own"
                for name, code in ours.items() if wines.get(name) in (None, 0, NOT_LOADED)
                and wines.get(name) != code]
    if problems:
        print(output)
    for line in problems:
        print(line)
    print(f"{len(found)} DLLs, {len(ours)} of them as on Wine's own not to be loaded; "
          f"{len(problems)} problems")
    sys.exit(bool(problems) or len(found) < AT_LEAST)


if __name__ == "__main__":
    main()
