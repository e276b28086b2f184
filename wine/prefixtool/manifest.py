"""What has been installed in a prefix, for whom, and what was there before.

It is a JSON file in the prefix, `.asyncshim/manifest.json`. Paths in it are relative to the
prefix, so that a prefix may be moved or copied. There is no time in it: installing the same
thing again gives the same file.
"""

import json
import os

from . import Refusal
from .changes import STATE_FOLDER

FORMAT = 1
WHOLE_PREFIX = None


class Manifest:
    """`files`: one record for each DLL and architecture, with the keys
        dll, architecture      which one
        path, sha256           our DLL in the prefix
        backup, backup_sha256  the file that was there before, under its new name
        copy, copy_sha256      the copy of Wine's own DLL
        wine_path, wine_sha256 what it was copied from
    `users`: one record for each program, or for the whole prefix, with the keys
        app                    the program's name, None for the whole prefix
        overrides              for each value a record of values.py, in user.reg
    `classes`: for each value of the COM classes a record of values.py, in system.reg"""

    def __init__(self, content=None):
        content = content or {}
        self.version = content.get("version")
        self.wine = content.get("wine")
        self.files = content.get("files", [])
        self.users = content.get("users", [])
        self.classes = content.get("classes", [])

    @classmethod
    def load(cls, prefix_path):
        """The manifest of a prefix; None when nothing is installed there."""
        path = manifest_path(prefix_path)
        try:
            with open(path, encoding="utf-8") as file:
                content = json.load(file)
        except FileNotFoundError:
            return None
        except (OSError, ValueError) as error:
            raise Refusal(f"{path} cannot be read: {error}") from error
        if not isinstance(content, dict) or content.get("format") != FORMAT:
            raise Refusal(f"{path} was written by another version of asyncshim")
        return cls(content)

    def encode(self):
        content = {"format": FORMAT, "version": self.version, "wine": self.wine,
                   "files": sorted(self.files, key=lambda f: (f["dll"], f["architecture"])),
                   "classes": sorted(self.classes, key=lambda c: (c["key"], c["name"])),
                   "users": sorted(self.users, key=lambda u: (u["app"] or "").casefold())}
        return (json.dumps(content, indent=2, sort_keys=True) + "\n").encode()

    def file(self, dll, architecture):
        for record in self.files:
            if record["dll"] == dll and record["architecture"] == architecture:
                return record
        return None

    def user(self, app):
        for record in self.users:
            if (record["app"] or "").casefold() == (app or "").casefold():
                return record
        return None


def manifest_path(prefix_path):
    return os.path.join(prefix_path, STATE_FOLDER, "manifest.json")


def describe_user(app):
    return "the whole prefix" if app is WHOLE_PREFIX else app
