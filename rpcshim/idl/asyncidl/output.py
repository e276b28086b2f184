"""The dependency file, and files that are written whole or not at all."""

import os
import tempfile

from .diagnostics import CompileError
from .idl_source import IdlSource
from .lexer import marked_files


def write_all(files):
    """Writes the (path, text) pairs; on failure none of them is left half-written.

    Every text goes to a temporary file beside its target first; only when all are on the disk
    are they renamed. A file whose text did not change is written anew all the same: build
    tools compare times.
    """
    temporary = []
    try:
        for path, text in files:
            handle, name = tempfile.mkstemp(
                prefix="." + os.path.basename(path), dir=os.path.dirname(path) or "."
            )
            temporary.append((name, path))
            with open(
                handle, "w", encoding="utf-8", errors="surrogateescape", newline="\n"
            ) as stream:
                stream.write(text)
            os.chmod(name, 0o666 & ~_umask())
        while temporary:
            name, path = temporary[0]
            os.replace(name, path)
            temporary.pop(0)
    except OSError as error:
        raise CompileError(f"cannot write '{path}': {error.strerror}") from error
    finally:
        for name, _ in temporary:
            try:
                os.unlink(name)
            except OSError:
                pass


def _umask():
    mask = os.umask(0)
    os.umask(mask)
    return mask


def dependencies(widl, idl, acf, include_dirs):
    """All files the compilation read that are the user's: includes, imports, the ACF."""
    found = []
    pending = [os.path.abspath(idl)]
    if acf:
        pending.append(os.path.abspath(acf))
    while pending:
        path = pending.pop(0)
        if path in found:
            continue
        found.append(path)
        text = widl.preprocess(path)
        for name in map(os.path.abspath, marked_files(text)):
            if name not in found and os.path.isfile(name):
                found.append(name)
        if acf and path == os.path.abspath(acf):
            continue
        for name in IdlSource(text, path).imports:
            target = _find_import(name, path, include_dirs)
            if target:
                pending.append(target)
    return found


def _find_import(name, importer, include_dirs):
    """The user's file for `import "name"`; None if it is one of widl's own."""
    for directory in [os.path.dirname(importer)] + list(include_dirs):
        path = os.path.abspath(os.path.join(directory, name))
        if os.path.isfile(path):
            return path
    return None


def dependency_text(targets, files):
    """A Makefile rule, as CMake's DEPFILE and Ninja read it."""
    rule = " ".join(map(_escape, targets)) + ":"
    return " \\\n  ".join([rule, *map(_escape, files)]) + "\n"


def _escape(path):
    return path.replace("\\", "\\\\").replace(" ", "\\ ").replace("#", "\\#").replace("$", "$$")
