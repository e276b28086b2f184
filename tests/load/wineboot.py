#!/usr/bin/env python3
"""`wineboot -u` where all programs have asyncshim: it ends, and no module of it fails to load."""

import os
import re
import subprocess
import sys

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
    if wineboot.returncode or "has been updated" not in output or wrong:
        sys.exit(f"wineboot -u: {wineboot.returncode}\n{output}")
    print("wineboot -u: the prefix has been updated")


if __name__ == "__main__":
    main()
