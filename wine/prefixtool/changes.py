"""Changes to files, all or nothing.

A plan is a list of renames, plus new files that are first written completely under a name of
their own. A rename never replaces anything: what has to go is renamed out of the way. So each
step can be undone, and looking at the names tells whether it has been done.

The plan is written down before anything else, in a journal whose name says how far it is:

    journal.staging.json    new files are being written (or taken away again); no step is done
    journal.renaming.json   the steps are being done (or undone)
    journal.done.json       all is done, only what was discarded has to be deleted

A process that is killed in between leaves the journal, and the next run ends what it finds: it
undoes the steps, or tidies up.
"""

import json
import os
import stat

from . import Refusal

STATE_FOLDER = ".asyncshim"
NEW, OLD = ".asyncshim-new", ".asyncshim-old"
PHASES = STAGING, RENAMING, DONE = "staging", "renaming", "done"


class Changes:
    """A plan for one prefix. Paths are absolute; the order of the calls is that of the steps."""

    def __init__(self, prefix_path):
        self.state = os.path.join(prefix_path, STATE_FOLDER)
        self.steps = []      # [from, to], in order
        self.new = {}        # staged name -> (data, mode)
        self.discarded = []  # names to delete in the end

    def __bool__(self):
        return bool(self.steps)

    def rename(self, source, target):
        self.steps.append([source, target])

    def discard(self, path):
        self.rename(path, path + OLD)
        self.discarded.append(path + OLD)

    def create(self, path, data, mode=0o644):
        self.new[path + NEW] = (data, mode)
        self.rename(path + NEW, path)

    def replace(self, path, data):
        """New contents for a file that keeps its permissions."""
        mode = stat.S_IMODE(os.stat(path).st_mode)
        self.discard(path)
        self.create(path, data, mode)

    def apply(self):
        """Raises Refusal, with everything as before, when a step fails."""
        try:
            self._write_journal()
            for path, (data, mode) in self.new.items():
                _write(path, data, mode)
            _enter(self.state, STAGING, RENAMING)
            for source, target in self.steps:
                _rename(source, target)
            _sync({os.path.dirname(target) for _, target in self.steps})
            _enter(self.state, RENAMING, DONE)
        except BaseException as error:
            if os.path.exists(_journal(self.state, DONE)):
                # Too late to fail: it is all there, if perhaps not yet on the disk.
                _tidy_up(self.state, self.discarded)
                if isinstance(error, OSError):
                    return
                raise
            _undo(self.state, self.steps, self.new)
            if isinstance(error, OSError):
                raise Refusal(f"{error.strerror or error} ({error.filename}): "
                              "everything is as it was before") from error
            raise
        _tidy_up(self.state, self.discarded)

    def _write_journal(self):
        journal = {"steps": self.steps, "new": list(self.new), "discarded": self.discarded}
        os.makedirs(self.state, exist_ok=True)
        path = _journal(self.state, STAGING)
        _write(path + NEW, json.dumps(journal, indent=1).encode(), 0o644)
        os.rename(path + NEW, path)
        _sync([self.state])


def is_interrupted(prefix_path):
    state = os.path.join(prefix_path, STATE_FOLDER)
    return any(os.path.exists(_journal(state, phase)) for phase in PHASES)


def recover(prefix_path):
    """Ends what an interrupted run has left half done."""
    state = os.path.join(prefix_path, STATE_FOLDER)
    for phase in PHASES:
        if os.path.exists(_journal(state, phase)):
            journal = _read_journal(_journal(state, phase))
            if phase == DONE:
                _tidy_up(state, journal["discarded"])
            else:
                _undo(state, journal["steps"], journal["new"])


def _journal(state, phase):
    return os.path.join(state, f"journal.{phase}.json")


def _enter(state, old, new):
    os.rename(_journal(state, old), _journal(state, new))
    _sync([state])


def _read_journal(path):
    try:
        with open(path, encoding="utf-8") as file:
            return json.load(file)
    except (OSError, ValueError) as error:
        raise Refusal(f"{path}, left by an interrupted run, cannot be read: {error}") from error


def _rename(source, target):
    if os.path.lexists(target):
        raise FileExistsError(17, "is in the way", target)
    os.rename(source, target)


def _write(path, data, mode):
    """Creates a file that is on the disk when this returns; a left-over of the name goes."""
    if os.path.lexists(path):
        os.unlink(path)
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, mode)
    with open(descriptor, "wb") as file:
        file.write(data)
        file.flush()
        os.fchmod(descriptor, mode)
        os.fsync(descriptor)


def _sync(folders):
    for folder in folders:
        descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)


def _undo(state, steps, new):
    """Undoes the steps that have been done, then takes the new files away; may be interrupted
    itself at any point, and begun again."""
    try:
        if os.path.exists(_journal(state, RENAMING)):
            for source, target in reversed(steps):
                if os.path.lexists(target) and not os.path.lexists(source):
                    os.rename(target, source)
            _sync({os.path.dirname(source) for source, _ in steps})
            _enter(state, RENAMING, STAGING)
        for path in new:
            _unlink(path)
        _unlink(_journal(state, STAGING) + NEW)
        _unlink(_journal(state, STAGING))
        _remove_if_empty(state)
    except OSError as error:
        raise Refusal(f"{error.strerror} ({error.filename}), and undoing the change failed "
                      "as well: run asyncshim again when that is mended") from error


def _tidy_up(state, discarded):
    """After the point of no return. A failure leaves the journal for the next run."""
    try:
        for path in discarded:
            _unlink(path)
        _unlink(_journal(state, DONE))
        _remove_if_empty(state)
    except OSError:
        pass


def _unlink(path):
    try:
        os.unlink(path)
    except FileNotFoundError:
        pass


def _remove_if_empty(folder):
    try:
        os.rmdir(folder)
    except OSError:
        pass
