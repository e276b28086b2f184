"""Values of the registry, in the text of user.reg and system.reg.

The file is edited directly, and only while no wineserver has it in memory: that leaves every
other byte of it alone, time stamps of the keys included, so that undoing a change gives back
the very file that was there. A section of it looks like this:

    <blank line>
    [Software\\\\Wine\\\\DllOverrides] 1795244283
    #time=1dd7985a740d5fa
    "name"="value"

The name of a key's default value is @, without quotes, and "" here. Key and value names are
compared without regard to case. Text is handled as Latin-1: Wine
escapes everything that is not ASCII, and the tool has to preserve what it does not read.
"""

import re

from . import Refusal

SIGNATURE = "WINE REGISTRY Version 2"
DLL_OVERRIDES = "Software\\Wine\\DllOverrides"


def overrides_key(app):
    """The key of the DLL overrides for one program, or (None) for the whole prefix."""
    if app is None:
        return DLL_OVERRIDES
    return f"Software\\Wine\\AppDefaults\\{app}\\DllOverrides"


class Registries:
    """The two files of a prefix that hold what is changed here: `user` and `system`."""

    def __init__(self, prefix):
        self.files = {}
        self.user = self._read(prefix.user_reg, "user.reg")
        self.system = self._read(prefix.system_reg, "system.reg")

    def _read(self, path, name):
        with open(path, "rb") as file:
            data = file.read()
        registry = Registry(data, name)
        self.files[path] = (data, registry)
        return registry

    def changed(self):
        """(path, new contents) of each file that differs."""
        for path, (data, registry) in self.files.items():
            if registry.encode() != data:
                yield path, registry.encode()


class Registry:
    """The lines of a registry file; every edit keeps the text of all others."""

    def __init__(self, data, name="user.reg"):
        self.name = name
        self.text = data.decode("latin-1")
        self.sections = None
        self.keys_are_unique = False
        if not self.text.startswith(SIGNATURE) or not self.text.endswith("\n"):
            raise Refusal(f"{name} of this prefix is damaged, or of an unknown version")
        self.newline = "\r\n" if self.text.startswith(SIGNATURE + "\r\n") or "\r\n" in \
            self.text[:200] else "\n"

    def encode(self):
        return self.text.encode("latin-1")

    def get(self, key, name):
        """The whole text of a value ("name"="data", its last newline left out) or None."""
        found = self._find_value(key, name)
        return found and self.text[found[0]:found[1]].rstrip("\r\n")

    def set(self, key, name, line):
        """Makes `line` the value's text, adding value and key where they are missing."""
        found = self._find_value(key, name)
        if found:
            self._splice(found[0], found[1], line + self.newline)
            return
        section = self._find_section(key)
        if section is None:
            self.add_section(key, "0")
            section = self._find_section(key)
        position = self._after_comments(section)
        self._splice(position, position, line + self.newline)

    def remove(self, key, name):
        found = self._find_value(key, name)
        if found:
            self._splice(found[0], found[1], "")

    def has_section(self, key):
        return self._find_section(key) is not None

    def section_head(self, key):
        """What follows the key's name in its section: time stamps and class, as one text."""
        section = self._find_section(key)
        if section is None:
            return None
        header_end = self.text.index("]", self._name_end(section[0])) + 1
        return self.text[header_end:self._after_comments(section)].strip("\r\n")

    def add_section(self, key, head):
        """Adds an empty key; `head` is a time stamp or the result of section_head."""
        end = len(self.text)
        self._splice(end, end, f"{self.newline}[{escape(key)}] {head.lstrip(' ')}{self.newline}")
        self._note_last_section(key, end + len(self.newline))

    def section_is_empty(self, key):
        section = self._find_section(key)
        if section is None:
            return False
        return not self.text[self._after_comments(section):section[1]].strip()

    def has_subkeys(self, key):
        prefix = key.casefold() + "\\"
        return any(name.startswith(prefix) for name in self._sections())

    def remove_section(self, key):
        """Removes the key with the blank line before it."""
        section = self._find_section(key)
        if section is None:
            return
        start = section[0]
        if self.text[:start].endswith(self.newline * 2):
            start -= len(self.newline)
        end = self._body_end(section)
        self._forget_section(key.casefold())
        self._splice(start, end, "")

    def app_overrides(self, name):
        """All (program, text of the value) of the programs that have an override for a DLL."""
        pattern = re.compile(r"software\\wine\\appdefaults\\([^\\]+)\\dlloverrides")
        for key in self._sections():
            match = pattern.fullmatch(key)
            line = match and self.get(key, name)
            if line:
                yield match.group(1), line

    def _splice(self, start, end, text):
        self.text = self.text[:start] + text + self.text[end:]
        if self.keys_are_unique:
            self._move_sections(start, end, len(text) - (end - start))
        else:
            self.sections = None

    # A prefix has tens of thousands of keys: where they are is found once, and kept true from
    # there on. Most edits are at the end of the file.

    def _move_sections(self, start, end, distance):
        """The text from start to end has become longer by the distance."""
        moved = {}
        for name in reversed(self._sections()):
            first, last = self.sections[name]
            if first < end:
                if last >= start:
                    moved[name] = (first, last + distance)
                break
            moved[name] = (first + distance, last + distance)
        self.sections.update(moved)

    def _note_last_section(self, key, start):
        """A section has been added at the end of the text, which ends the one before it."""
        if self.sections is None:
            return
        last = next(reversed(self.sections), None)
        if last is not None:
            self.sections[last] = (self.sections[last][0], start)
        self.sections[key.casefold()] = (start, len(self.text))

    def _forget_section(self, name):
        """Its text belongs to the one before it."""
        names = reversed(self.sections)
        while next(names) != name:
            pass
        before = next(names, None)
        if before is None:
            self.keys_are_unique = False
            return
        self.sections[before] = (self.sections[before][0], self.sections[name][1])
        del self.sections[name]

    def _sections(self):
        """{name in lower case: (start of its line, start of the next section's line)}, in the
        order of the file."""
        if self.sections is None:
            starts = [match.start() for match in re.finditer(r"^\[", self.text, re.MULTILINE)]
            self.sections = {}
            for start, end in zip(starts, starts[1:] + [len(self.text)]):
                name = self.text[start + 1:self._name_end(start)]
                self.sections.setdefault(unescape(name).casefold(), (start, end))
            self.keys_are_unique = len(self.sections) == len(starts)
        return self.sections

    def _find_section(self, key):
        return self._sections().get(key.casefold())

    def _name_end(self, start):
        match = re.compile(r"\[((?:[^\\\]\n]|\\.)*)\]").match(self.text, start)
        if not match:
            raise Refusal(f"{self.name} of this prefix is damaged: a key without an end")
        return match.end() - 1

    def _body_end(self, section):
        """Where the last line of a section ends, blank lines behind it left out."""
        body = self.text[section[0]:section[1]]
        return section[0] + len(body.rstrip("\r\n")) + len(self.newline)

    def _after_comments(self, section):
        position = self.text.index("\n", section[0]) + 1
        while self.text.startswith("#", position) and position < section[1]:
            position = self.text.index("\n", position) + 1
        return position

    def _find_value(self, key, name):
        section = self._find_section(key)
        if section is None:
            return None
        position = self._after_comments(section)
        while position < section[1]:
            end = self._value_end(position)
            match = re.compile(r'(?:@|"((?:[^\\"\n]|\\.)*)")=').match(self.text, position)
            if match and unescape(match.group(1) or "").casefold() == name.casefold():
                return position, end
            position = end
        return None

    def _value_end(self, position):
        """Behind the newline of a value; a line that ends with a backslash goes on."""
        while True:
            end = self.text.find("\n", position)
            if end < 0:
                return len(self.text)
            if not self.text[position:end].rstrip("\r").endswith("\\"):
                return end + 1
            position = end + 1


def string_value(name, data):
    return f'"{name}"="{data}"' if name else f'@="{data}"'


def escape(key):
    """A key's name as Wine writes it."""
    out = []
    units = key.encode("utf-16-le")
    for low, high in zip(units[::2], units[1::2]):
        unit = low | high << 8
        if unit > 127 or unit < 32:
            out.append(f"\\x{unit:04x}")
        elif chr(unit) in "\\[]":
            out.append("\\" + chr(unit))
        else:
            out.append(chr(unit))
    return "".join(out)


def unescape(text):
    """The name that Wine means by the text."""
    def character(match):
        code = match.group(1)
        if code[0] == "x":
            return chr(int(code[1:], 16))
        return {"n": "\n", "r": "\r", "t": "\t", "0": "\0"}.get(code, code)
    return re.sub(r"\\(x[0-9a-fA-F]{1,4}|.)", character, text)
