#!/usr/bin/env python3
"""`wineboot -u` where all programs have asyncshim: it ends, no module of it fails to load,
and programs have asyncshim afterwards.

    wineboot.py LOAD_FIRST.exe
"""

import os
import re
import subprocess
import sys

import wine_run

LIMIT = 400
WRONG = re.compile(r"err:module|unimplemented function|Unhandled|c0000005", re.IGNORECASE)


def main():
    environment = dict(os.environ, WINEDEBUG="-all,err+module")
    with subprocess.Popen(["wineboot", "-u"], env=environment, stdin=subprocess.DEVNULL,
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
                          errors="replace") as wineboot:
        try:
            output, _ = wineboot.communicate(timeout=LIMIT)
        except subprocess.TimeoutExpired:
            wineboot.kill()
            sys.exit(f"wineboot -u has not ended after {LIMIT} s")
    wrong = [line for line in output.splitlines() if WRONG.search(line)]
    if wineboot.returncode or wrong:
        sys.exit(f"wineboot -u: {wineboot.returncode}\n{output}")
    if wine_run.run(sys.argv[1], "which").split() != ["ours"]:
        sys.exit("after wineboot -u programs do not get asyncshim")


if __name__ == "__main__":
    main()
