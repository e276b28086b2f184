#!/usr/bin/env python3
"""Makes a module definition file from a table of owned and forwarded names.

usage: make_def.py TABLE ARCH MODULE FORWARD_TO OUTPUT

TABLE has a line per exported name: NAME own|own:DEFINED|forward [x64|x86]. `own` is defined in our code
(`own:DEFINED` as DEFINED); `forward` goes to the same name of FORWARD_TO (Wine's DLL under its other name).
With an architecture the name exists only there. `#` starts a comment. The table is sorted, each name
stands in it once: anything else is an error, so that a merge cannot go wrong silently.
"""
import re
import sys


def read_table(path):
    """Yields (line number, name, disposition, architecture or None)."""
    with open(path, encoding="ascii") as table:
        for number, line in enumerate(table, 1):
            words = line.split("#", 1)[0].split()
            if not words:
                continue
            if len(words) not in (2, 3) or not re.fullmatch("forward|own(:[A-Za-z_0-9]+)?", words[1]):
                sys.exit(f"{path}:{number}: error: expected NAME own|own:DEFINED|forward [x64|x86]")
            architecture = words[2] if len(words) == 3 else None
            if architecture not in (None, "x64", "x86"):
                sys.exit(f"{path}:{number}: error: no such architecture: {architecture}")
            yield number, words[0], words[1], architecture


def main():
    if len(sys.argv) != 6:
        sys.exit(__doc__)
    table, wanted, module, target, output = sys.argv[1:]
    last = ""
    lines = [f"LIBRARY {module}", "EXPORTS"]
    for number, name, disposition, architecture in read_table(table):
        if name <= last:
            sys.exit(f"{table}:{number}: error: {name} is out of order, or there twice")
        last = name
        if architecture and architecture != wanted:
            continue
        kind, _, other = disposition.partition(":")
        if kind == "forward":
            lines.append(f"  {name} = {target}.{name}")
        else:
            lines.append(f"  {name} = {other}" if other else f"  {name}")
    with open(output, "w", encoding="ascii") as definition:
        definition.write("\n".join(lines) + "\n")


if __name__ == "__main__":
    main()
