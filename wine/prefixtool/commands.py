"""The command line of wine/asyncshim."""

import argparse
import contextlib
import fcntl
import json
import os
import signal
import sys

from . import Refusal, changes, install, pefile, shims, status, uninstall, wine
from .manifest import Manifest, describe_user, manifest_path
from .prefix import Prefix
from .registry import Registries

EXIT_REFUSED, EXIT_NOT_INSTALLED, EXIT_PROBLEM = 1, 3, 4

EPILOG = """exit codes: 0 done (status: installed and in order), 1 refused and nothing changed,
2 wrong usage, 3 (status) not installed, 4 (status) installed, but something is wrong with it"""


def main(arguments, tool_folder):
    options = _parser().parse_args(arguments)
    options.folders = options.dlls or shims.default_folders(tool_folder)
    # Let a plain kill unwind like an error, so that a half-made change is undone.
    for number in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, lambda caught, _: sys.exit(128 + caught))
    try:
        return {"install": _install, "uninstall": _uninstall, "status": _status}[options.command](
            options)
    except Refusal as refusal:
        print(f"asyncshim: {refusal}", file=sys.stderr)
    except OSError as error:
        print(f"asyncshim: {error.strerror or error}: {error.filename}", file=sys.stderr)
    return EXIT_REFUSED


def _parser():
    parser = argparse.ArgumentParser(
        prog="asyncshim", epilog=EPILOG,
        description="Puts asyncshim's DLLs into a Wine prefix, and takes them out again.")
    common = argparse.ArgumentParser(add_help=False)
    common.add_argument("--prefix", metavar="DIR", help="default: WINEPREFIX, else ~/.wine")
    common.add_argument("--dlls", metavar="DIR", action="append",
                        help="asyncshim's DLLs: a build folder, or a folder with x64/ and x86/ "
                             "(default: beside the tool, or build/ of the checkout)")
    common.add_argument("--wine", metavar="PATH",
                        help="Wine: the program, or the root of its installation (default: the "
                             "one on the PATH)")
    change = argparse.ArgumentParser(add_help=False)
    change.add_argument("--app", metavar="NAME.exe", action="append", type=_app_name,
                        help="for this program only; may be given several times")
    change.add_argument("--dry-run", action="store_true", help="say what would be done")
    change.add_argument("--wait", metavar="SECONDS", type=float, default=10.0,
                        help="how long to wait for programs of the prefix to end (default 10)")
    commands = parser.add_subparsers(dest="command", required=True)
    add = commands.add_parser("install", parents=[common, change], epilog=EPILOG,
                              help="install, or refresh what is installed")
    add.add_argument("--arch", choices=sorted(pefile.BITS), action="append",
                     help="only for 64- or 32-bit programs (default: all that the prefix runs)")
    remove = commands.add_parser("uninstall", parents=[common, change], epilog=EPILOG,
                                 help="restore everything as it was")
    remove.add_argument("--force", action="store_true",
                        help="go on when a DLL has been replaced by somebody else")
    show = commands.add_parser("status", parents=[common], epilog=EPILOG,
                               help="say what is installed, for whom, and whether it is in order")
    show.add_argument("--json", action="store_true", help="for programs")
    return parser


def _app_name(text):
    if not text or any(character in text for character in '/\\"*?<>|:') or not text.isprintable():
        raise argparse.ArgumentTypeError(f"{text!r} is not the plain name of a program")
    return text


def _prefix_path(options):
    return options.prefix or os.environ.get("WINEPREFIX") or os.path.expanduser("~/.wine")


@contextlib.contextmanager
def _opened_for_change(options):
    """The prefix, checked, and locked against a second asyncshim; yields (prefix, registries)."""
    prefix = Prefix(_prefix_path(options))
    prefix.check_owner()
    lock = os.open(prefix.path, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise Refusal(f"another asyncshim is at work in {prefix.path}") from None
        prefix.check_idle(options.wait)
        if changes.is_interrupted(prefix.path):
            if options.dry_run:
                raise Refusal("an earlier run was interrupted; a dry run does not undo what it "
                              "left")
            changes.recover(prefix.path)
            print("Ended what an interrupted run had left.")
        prefix.examine()
        prefix.check_writable()
        yield prefix, Registries(prefix)
    finally:
        os.close(lock)


def _install(options):
    with _opened_for_change(options) as (prefix, registry):
        manifest = Manifest.load(prefix.path)
        found = wine.find(options.wine, os.environ)
        # Without --app for the whole prefix; a name given twice counts once.
        apps = list({app.casefold(): app for app in options.app or ()}.values()) or [None]
        plan = changes.Changes(prefix.path)
        new = install.plan(prefix, manifest, found, options.folders,
                           _architectures(options, prefix), apps, plan, registry)
        if plan:
            new.wine = found.version()
        _finish_plan(prefix, plan, registry, manifest, new)
        users = ", ".join(describe_user(app) for app in apps)
        return _apply(options, prefix, plan, f"asyncshim {new.version} is installed for {users}.",
                      f"asyncshim {new.version} is already installed for {users}.")


def _architectures(options, prefix):
    for architecture in options.arch or ():
        if architecture not in prefix.folders:
            raise Refusal(f"{prefix.path} runs no {pefile.BITS[architecture]} programs")
    return [name for name in prefix.folders if not options.arch or name in options.arch]


def _finish_plan(prefix, plan, registry, manifest, new):
    """Adds the registry files and the manifest to the plan, where they differ."""
    for file, data in registry.changed():
        plan.replace(file, data)
    path = manifest_path(prefix.path)
    if new is None:
        return
    if manifest is None:
        plan.create(path, new.encode())
    elif manifest.encode() != new.encode():
        plan.replace(path, new.encode())


def _uninstall(options):
    with _opened_for_change(options) as (prefix, registry):
        manifest = Manifest.load(prefix.path)
        if manifest is None:
            if options.app:
                raise Refusal(f"asyncshim is not installed in {prefix.path}")
            print(f"asyncshim is not installed in {prefix.path}: nothing to do.")
            return 0
        plan = changes.Changes(prefix.path)
        new, kept = uninstall.plan(prefix, manifest, options.app, options.force, plan, registry)
        _finish_plan(prefix, plan, registry, manifest, new)
        users = "everything" if new is None else "for " + ", ".join(options.app)
        result = _apply(options, prefix, plan, f"Uninstalled {users}.", "Nothing to do.")
        for item in kept:
            print(f"Left as it is: {item}")
        return result


def _apply(options, prefix, plan, done, nothing):
    if not plan:
        print(nothing)
        return 0
    if options.dry_run:
        _print_plan(prefix, plan)
        return 0
    # Somebody may have started a program while the plan was made, or may do so now.
    with prefix.kept_idle():
        plan.apply()
    print(done)
    return 0


def _print_plan(prefix, plan):
    created = {target for source, target in plan.steps if source in plan.new}
    print(f"In {prefix.path}:")
    for source, target in plan.steps:
        name = prefix.relative(target)
        if source in plan.new:
            replaced = target + changes.OLD in plan.discarded
            print(f"  would {'change' if replaced else 'create'}  {name}")
        elif target not in plan.discarded:
            print(f"  would rename  {prefix.relative(source)} to {name}")
        elif source not in created:
            print(f"  would remove  {prefix.relative(source)}")


def _status(options):
    prefix = Prefix(_prefix_path(options))
    interrupted = changes.is_interrupted(prefix.path)
    if not interrupted:
        prefix.examine()
    manifest = Manifest.load(prefix.path)
    try:
        found = wine.find(options.wine, os.environ)
    except Refusal:
        found = None
    registry = None if interrupted else Registries(prefix)
    report = status.collect(prefix, manifest, found, options.folders, registry)
    print(json.dumps(report, indent=2) if options.json else status.text(report))
    if report["problems"]:
        return EXIT_PROBLEM
    return 0 if report["installed"] else EXIT_NOT_INSTALLED
