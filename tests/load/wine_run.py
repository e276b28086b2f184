"""load_first.exe under Wine, inside wine/run-in-prefix --command."""

import os
import subprocess

OURS = ("rpcrt4", "ole32", "combase")


def run(program, *arguments, overrides="", limit=1100):
    """Its output. `overrides`: as in WINEDLLOVERRIDES."""
    environment = dict(os.environ)
    environment["WINEDLLOVERRIDES"] += f";{overrides}"
    found = subprocess.run(["wine", program, *arguments], env=environment, stdin=subprocess.DEVNULL,
                           stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True,
                           errors="replace", timeout=limit, check=False)
    return found.stdout


def builtin(names):
    """The overrides by which processes get Wine's own DLLs."""
    return ",".join(names) + "=b"


def results(output):
    """{name: code} of the lines that say so."""
    lines = (line.split() for line in output.splitlines())
    return {words[1]: int(words[2]) for words in lines if len(words) == 3 and words[0] == "result"}


def end_wine():
    subprocess.run(["wineserver", "-k"], check=False)
    subprocess.run(["wineserver", "-w"], check=False)
