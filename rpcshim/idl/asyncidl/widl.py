"""Finding and running widl.

widl runs in a scratch directory on text we hand it; the line markers in that text carry the
absolute path of the user's file, which messages then show as the user spelled it.
"""

import os
import re
import shutil
import subprocess

from .diagnostics import CompileError

_NAMES = (
    "widl",
    "widl-stable",
    "widl-devel",
    "x86_64-w64-mingw32-widl",
    "i686-w64-mingw32-widl",
)
_TARGET = {"x64": "--win64", "x86": "--win32"}
# kind: options, end of the name; -H is what a stub includes, and with -h where it would go
_OUTPUTS = {
    "header": (("-h",), ".h"),
    "client": (("-c", "-H", "{stem}.h"), "_c.c"),
    "server": (("-s", "-H", "{stem}.h"), "_s.c"),
    "proxy": (("-p", "-H", "{stem}.h"), "_p.c"),
    "iids": (("-u",), "_i.c"),
}
_SECONDS = 120


def find_widl(given):
    """The widl to use: `given` by the user, else $WIDL, else the first known name in PATH."""
    if given or os.environ.get("WIDL"):
        name = given or os.environ["WIDL"]
        found = shutil.which(name)
        if not found:
            raise CompileError(f"widl '{name}' not found or not executable")
        return found
    for name in _NAMES:
        found = shutil.which(name)
        if found:
            return found
    raise CompileError(
        "widl not found (looked for "
        + ", ".join(_NAMES)
        + "); it is in Debian's wine64-tools, wine32-tools and mingw-w64-tools, "
        "or give its path with --widl"
    )


class Widl:
    """A widl with the options all its runs share."""

    def __init__(self, path, arch, include_dirs, defines, prefixes):
        self.path = path
        self.arch = arch
        self._spelling = {}
        self.include_options = []
        for directory in include_dirs:
            self.include_options += ["-I", os.path.abspath(directory)]
            self._spell(os.path.abspath(directory), directory)
        for define in defines:
            self.include_options += ["-D", define]
        self.prefix_options = [
            f"--prefix-{side}={text}" for side, text in prefixes.items() if text
        ]

    def _spell(self, absolute, spelled):
        """From now on messages about files in the directory `absolute` say `spelled`."""
        self._spelling[absolute + os.sep] = os.path.join(spelled, "")

    def preprocess(self, file):
        """The preprocessed text of `file`, its line markers with absolute paths."""
        absolute = os.path.abspath(file)
        self._spell(os.path.dirname(absolute), os.path.dirname(file))
        output = self._run(
            [_TARGET[self.arch], "-E", "-I", os.path.dirname(absolute), absolute],
            os.path.dirname(absolute),
        )
        return output.stdout

    def compile(self, idl_path, text, acf_path, acf_text, directory, kinds):
        """A dict with a text for each of `kinds` (header, client, ...) for the IDL `text`.

        idl_path and acf_path are the user's files, of which `text` and `acf_text` (or None)
        have been made; `directory` is for scratch. The dict's entry `warnings` has what widl
        said all the same.
        """
        stem = os.path.splitext(os.path.basename(idl_path))[0]
        idl = os.path.join(directory, stem + ".idl")
        _write(idl, text)
        # relative imports with a folder are looked up from the current directory
        user_directory = os.path.dirname(os.path.abspath(idl_path))
        options = ["-Oicf", _TARGET[self.arch], "-I", user_directory]
        if acf_text is not None:
            acf = os.path.join(directory, os.path.basename(acf_path))
            _write(acf, acf_text)
            self._spelling[acf] = acf_path
            options.append("--acf=" + acf)
        outputs = {}
        for kind in kinds:
            selection, name = _OUTPUTS[kind]
            path = os.path.join(directory, stem + name)
            arguments = options + self.prefix_options
            arguments += [option.format(stem=stem) for option in selection]
            arguments += ["-o", path, idl]
            run = self._run(arguments, user_directory, directory)
            outputs.setdefault("warnings", self._user_messages(run.stderr, directory))
            if not os.path.exists(path):
                raise CompileError(f"'{self.path}' wrote no {stem}{name}")
            with open(path, encoding="utf-8", errors="surrogateescape") as stream:
                outputs[kind] = stream.read()
        return outputs

    def dlldata(self, stems, directory):
        """The C text that makes a DLL's entry points of the proxy files of `stems`."""
        path = os.path.join(directory, "dlldata.c")
        names = [os.path.join(directory, stem + ".idl") for stem in stems]
        options = [_TARGET[self.arch], "--dlldata-only", "-o", path]
        self._run(options + names, directory, directory)
        with open(path, encoding="utf-8", errors="surrogateescape") as stream:
            return stream.read()

    def _run(self, arguments, directory, scratch=None):
        try:
            result = subprocess.run(
                [self.path] + self.include_options + arguments,
                cwd=directory,
                stdin=subprocess.DEVNULL,
                capture_output=True,
                encoding="utf-8",
                errors="surrogateescape",
                timeout=_SECONDS,
                check=False,
            )
        except OSError as error:
            raise CompileError(f"cannot run '{self.path}': {error.strerror}") from error
        except subprocess.TimeoutExpired as error:
            raise CompileError(f"'{self.path}' did not end in {_SECONDS} seconds") from error
        if result.returncode != 0:
            messages = self._user_messages(result.stderr or result.stdout, scratch)
            raise WidlError(messages or f"asyncshim-idl: error: '{self.path}' failed silently")
        return result

    def _user_messages(self, messages, scratch):
        """widl's messages with the user's paths and without the scratch directory."""
        for absolute in sorted(self._spelling, key=len, reverse=True):
            messages = messages.replace(absolute, self._spelling[absolute])
        if scratch:
            messages = messages.replace(scratch + os.sep, "")
        # columns are those of preprocessed and edited text, so no use to the user
        return re.sub(r"(?m)^([^:\n]+:\d+):\d+: ", r"\1: ", messages).strip()


class WidlError(CompileError):
    """widl's own messages, already with the user's file and line."""

    def __init__(self, messages):
        Exception.__init__(self, messages)


def _write(path, text):
    with open(path, "w", encoding="utf-8", errors="surrogateescape", newline="\n") as stream:
        stream.write(text)
