"""The DLLs that asyncshim replaces, and where builds of them are found."""

import dataclasses
import os

from . import Refusal, pefile


@dataclasses.dataclass(frozen=True)
class Shim:
    """`name`: the DLL. `copy`: the name under which ours finds Wine's own. `build`: where CMake
    leaves ours, below the build folder. `override`: its name in Wine's list of overrides."""

    name: str
    copy: str
    build: str
    override: str


SHIMS = (
    Shim("rpcrt4.dll", "rpcrt4_wine.dll", "rpcshim/rpcrt4.dll", "rpcrt4"),
    Shim("ole32.dll", "ole32_wine.dll", "ole32shim/ole32.dll", "ole32"),
    Shim("combase.dll", "combase_wine.dll", "ole32shim/combase.dll", "combase"),
)

# If our DLL should ever be missing, Wine's own is better than none at all.
LOAD_ORDER = "native,builtin"

# For a DLL of that name in another folder.
LOAD_ORDER_ELSEWHERE = "builtin"


def default_folders(tool_folder):
    """A release has x64/ and x86/ beside the tool, a checkout has its builds in build/."""
    return [tool_folder, os.path.join(os.path.dirname(tool_folder), "build")]


def locate(shim, architecture, folders):
    """Our DLL for an architecture: (path, pefile.Dll), or Refusal."""
    for folder in folders:
        for name in (os.path.join(architecture, shim.build), os.path.join(architecture, shim.name),
                     shim.build, shim.name):
            path = os.path.join(folder, name)
            dll = pefile.read(path) if os.path.isfile(path) else None
            if dll is None or dll.machine != architecture:
                continue
            if dll.kind != pefile.OURS:
                raise Refusal(f"{path} is not a DLL of asyncshim")
            return path, dll
    raise Refusal(f"asyncshim's {pefile.BITS[architecture]} {shim.name} has not been built: it is "
                  f"not in {' or '.join(folders)} (cmake --preset {architecture} && cmake --build "
                  f"--preset {architecture}, or name its folder with --dlls)")
