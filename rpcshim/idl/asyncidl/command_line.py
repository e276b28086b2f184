"""Options of asyncshim-idl, and the order of its steps."""

import argparse
import os
import sys

from .compiler import Compilation
from .diagnostics import CompileError
from .output import dependencies, dependency_text, write_all
from .widl import Widl, find_widl

_DESCRIPTION = """\
Compiles FILE.idl, with [async] procedures named in FILE.acf or in the IDL itself, into FILE.h,
FILE_c.c (client stub) and FILE_s.c (server stub) laid out as MIDL lays them out. With --proxy
it compiles the COM interfaces of it, with [async_uuid] or without, into FILE.h, FILE_p.c
(proxies), FILE_i.c (identifiers) and dlldata.c (entry points of the proxy DLL)."""


def parse_options(arguments):
    parser = argparse.ArgumentParser(prog="asyncshim-idl", description=_DESCRIPTION)
    parser.add_argument("idl", metavar="FILE.idl")
    parser.add_argument(
        "--acf", metavar="FILE.acf", help="default: FILE.acf beside FILE.idl, if there is one"
    )
    parser.add_argument("--arch", choices=("x64", "x86"), required=True)
    parser.add_argument("-o", "--output-dir", metavar="DIR", default=".")
    parser.add_argument(
        "-I", dest="include_dirs", metavar="DIR", action="append", default=[],
        help="where to look for imported and included files; may be repeated",
    )
    parser.add_argument(
        "-D", dest="defines", metavar="NAME[=VALUE]", action="append", default=[],
        help="defines a preprocessor name; may be repeated",
    )
    parser.add_argument("--proxy", action="store_true", help="compiles COM interfaces")
    parser.add_argument("--dlldata-with", dest="others", metavar="NAME", action="append",
                        default=[], help="with --proxy: the proxies of NAME.idl are in the same "
                        "DLL; may be repeated")
    parser.add_argument("--prefix-client", metavar="TEXT", default="",
                        help="put before the names of client stubs")
    parser.add_argument("--prefix-server", metavar="TEXT", default="",
                        help="put before the names of manager routines")
    parser.add_argument("--widl", metavar="PATH",
                        help="the widl to use; default: $WIDL, else the first one in PATH")
    parser.add_argument("--depfile", metavar="FILE",
                        help="writes the files read as a rule for make or Ninja")
    options = parser.parse_args(arguments)
    if options.proxy and (options.prefix_client or options.prefix_server):
        parser.error("--prefix-client and --prefix-server are not for --proxy")
    if options.others and not options.proxy:
        parser.error("--dlldata-with is for --proxy")
    return options


def main(arguments):
    """The exit status: 0, or 1 after a message on standard error."""
    options = parse_options(arguments)
    try:
        _compile(options)
    except CompileError as error:
        print(error, file=sys.stderr)
        return 1
    return 0


def _compile(options):
    _check_input(options.idl, ".idl")
    acf = options.acf
    if acf is None:
        beside = os.path.splitext(options.idl)[0] + ".acf"
        acf = beside if os.path.isfile(beside) else None
    else:
        _check_input(acf, None)
    widl = Widl(
        find_widl(options.widl),
        options.arch,
        options.include_dirs,
        options.defines,
        {"client": options.prefix_client, "server": options.prefix_server},
    )
    prefixes = {"client": options.prefix_client, "server": options.prefix_server}
    compilation = Compilation(widl, options.idl, acf, prefixes)
    results = compilation.proxies(options.others) if options.proxy else compilation.stubs()
    files = [(os.path.join(options.output_dir, name), text) for name, text in results]
    if options.depfile:
        read = dependencies(widl, options.idl, acf, options.include_dirs)
        files.append((options.depfile, dependency_text([path for path, _ in files], read)))
    try:
        os.makedirs(options.output_dir, exist_ok=True)
    except OSError as error:
        raise CompileError(f"cannot make '{options.output_dir}': {error.strerror}") from error
    write_all(files)


def _check_input(path, suffix):
    if suffix and not path.endswith(suffix):
        raise CompileError(f"'{path}' does not end in {suffix}")
    try:
        with open(path, "rb"):
            pass
    except OSError as error:
        raise CompileError(f"cannot read '{path}': {error.strerror}") from error
