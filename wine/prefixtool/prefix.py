"""A Wine prefix: its folders, its owner, and whether programs run in it."""

import contextlib
import fcntl
import os
import struct
import time

from . import Refusal, pefile


class Prefix:
    """Nothing here changes the prefix. Until `examine` has been called, it need not be complete:
    an interrupted run may have left it so."""

    def __init__(self, path):
        self.path = os.path.abspath(path)
        self.user_reg = os.path.realpath(os.path.join(self.path, "user.reg"))
        self.system_reg = os.path.realpath(os.path.join(self.path, "system.reg"))
        self.folders = {}
        if not os.path.isdir(self.path):
            raise Refusal(f"there is no prefix {self.path} (wineboot makes one)")

    def examine(self):
        """Raises Refusal if this is no complete prefix; finds its folders."""
        for name in ("system.reg", "user.reg"):
            if not os.path.isfile(os.path.join(self.path, name)):
                raise Refusal(f"{self.path} is no Wine prefix, or not a complete one: "
                              f"{name} is missing")
        windows = self._resolve("drive_c", "windows")
        if windows is None or child(windows, "system32") is None:
            raise Refusal(f"{self.path} is no Wine prefix, or not a complete one: "
                          "drive_c/windows/system32 is missing")
        self.folders = self._system_folders(windows)

    def dll_path(self, architecture, name):
        """The path of a DLL of the prefix as it is spelled there; where there is none, the
        path that it would have."""
        folder = self.folders[architecture]
        return child(folder, name) or os.path.join(folder, name)

    def relative(self, path):
        return os.path.relpath(path, self.path)

    def check_owner(self):
        """Wine itself works only in a prefix of the user's own."""
        if os.stat(self.path).st_uid != os.geteuid():
            raise Refusal(f"{self.path} belongs to another user")

    def check_writable(self):
        files = [self.user_reg, self.system_reg]
        for folder in [self.path, *map(os.path.dirname, files), *self.folders.values()]:
            if not os.access(folder, os.W_OK | os.X_OK):
                raise Refusal(f"{folder} is read-only")
        for file in files:
            if not os.access(file, os.W_OK):
                raise Refusal(f"{file} is read-only")

    def check_idle(self, seconds):
        """Wine keeps its server for some seconds after the last program: waits that long."""
        deadline = time.monotonic() + seconds
        while True:
            process = self._running_server()
            if process is None:
                return
            if time.monotonic() >= deadline:
                raise Refusal(f"programs are still running in {self.path} (wineserver, "
                              f"{process}): end them, or all of them with `wineserver -k`")
            time.sleep(0.2)

    @contextlib.contextmanager
    def kept_idle(self):
        """No wineserver of the prefix starts meanwhile: programs that somebody starts now wait for
        it, as they do for one that is ending, for some five seconds. Raises Refusal if one runs."""
        self.check_idle(0)
        with contextlib.ExitStack() as locks:
            for folder in self._server_roots():
                if os.path.isdir(folder) or folder in self._usual_server_roots():
                    locks.enter_context(self._server_lock(folder))
            yield

    @contextlib.contextmanager
    def _server_lock(self, root):
        """Holds the lock that a server takes first. A folder for it is made as a server makes it, and
        stays as a server's does: a program may already wait in it."""
        folder = os.path.join(root, self._server_name())
        for path in (root, folder):
            with contextlib.suppress(FileExistsError):
                os.mkdir(path, 0o700)
        descriptor = os.open(os.path.join(folder, "lock"), os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            fcntl.lockf(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB, 1)
            yield
        except BlockingIOError:
            raise Refusal(f"a program has just been started in {self.path}") from None
        finally:
            os.close(descriptor)

    def _resolve(self, *names):
        path = self.path
        for name in names:
            path = child(path, name)
            if path is None or not os.path.isdir(path):
                return None
        return path

    def _system_folders(self, windows):
        """system32 holds what the prefix is made for; syswow64 the 32-bit DLLs of a 64-bit one."""
        with open(os.path.join(self.path, "system.reg"), "rb") as file:
            head = file.read(4096).split(b"\n\n[", 1)[0].split()
        if not head or head[0] != b"WINE":
            raise Refusal(f"system.reg of {self.path} is damaged")
        system32 = child(windows, "system32")
        if b"#arch=win64" not in head:
            return {pefile.X86: system32}
        folders = {pefile.X64: system32}
        syswow64 = child(windows, "syswow64")
        if syswow64 and child(syswow64, "rpcrt4.dll"):
            folders[pefile.X86] = syswow64
        return folders

    def _running_server(self):
        """The wineserver of this prefix as text, or None.

        A server holds a lock in a folder that is named after the prefix's device and inode,
        and works in that folder. A socket alone means nothing: a killed server leaves it."""
        name = self._server_name()
        for folder in self._server_roots():
            process = _lock_holder(os.path.join(folder, name, "lock"))
            if process is not None:
                return f"process {process}" if process > 0 else "in another container"
        for process in filter(str.isdigit, os.listdir("/proc")):
            try:
                folder = os.readlink(f"/proc/{process}/cwd")
            except OSError:
                continue
            if os.path.basename(folder) == name and _is_wineserver(process):
                return f"process {process}"
        return None

    def _server_name(self):
        status = os.stat(self.path)
        return f"server-{status.st_dev:x}-{status.st_ino:x}"

    @staticmethod
    def _usual_server_roots():
        """Wine's own, and where it exists Debian's."""
        user = os.getuid()
        folders = [f"/run/user/{user}", os.environ.get("XDG_RUNTIME_DIR")]
        return [f"/tmp/.wine-{user}"] + [os.path.join(folder, "wine") for folder in folders
                                        if folder and os.path.isdir(folder)]

    def _server_roots(self):
        roots = self._usual_server_roots()
        try:
            # Debian: the name of a folder below TMPDIR.
            with open(os.path.join(self.path, "wineserver"), encoding="ascii") as file:
                name = file.readline().strip()
        except (OSError, UnicodeDecodeError):
            name = ""
        if name and "/" not in name:
            roots += [os.path.join(folder, name)
                      for folder in (os.environ.get("TMPDIR", "/tmp"), "/tmp")]
        return list(dict.fromkeys(roots))


def child(folder, name):
    """The entry of a folder with this name, whatever its case; None when there is none."""
    path = os.path.join(folder, name)
    if os.path.lexists(path):
        return path
    try:
        entries = sorted(os.listdir(folder))
    except OSError:
        return None
    for entry in entries:
        if entry.casefold() == name.casefold():
            return os.path.join(folder, entry)
    return None


def _lock_holder(path):
    """The process that holds wineserver's lock, None when nobody does."""
    try:
        descriptor = os.open(path, os.O_RDWR | os.O_CLOEXEC)
    except OSError:
        return None
    try:
        # struct flock of Linux: type, whence, start, length, process.
        layout = "hhqqi4x"
        request = struct.pack(layout, fcntl.F_WRLCK, os.SEEK_SET, 0, 1, 0)
        answer = struct.unpack(layout, fcntl.fcntl(descriptor, fcntl.F_GETLK, request))
    finally:
        os.close(descriptor)
    return None if answer[0] == fcntl.F_UNLCK else answer[4]


def _is_wineserver(process):
    try:
        with open(f"/proc/{process}/comm", encoding="latin-1") as file:
            return file.read().startswith("wineserver")
    except OSError:
        return False
