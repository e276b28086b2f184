"""Tokens of preprocessed IDL and ACF text, each with the user's file and line.

The text has been through a preprocessor: no comments, no macros, but line markers
(`# 12 "file.idl"`), which set the place of what follows. Token offsets point into the text, so
that edits can be made in place and every line of the result stays the line it was.
"""

import re

from .diagnostics import CompileError

_TOKEN = re.compile(
    r"""
    (?P<newline>\n)
  | (?P<space>[ \t\r\f\v]+)
  | (?P<string>L?"(?:\\.|[^"\\\n])*")
  | (?P<char>L?'(?:\\.|[^'\\\n])*')
  | (?P<uuid>[0-9A-Fa-f]{8}-[0-9A-Fa-f]{4}-[0-9A-Fa-f]{4}-[0-9A-Fa-f]{4}-[0-9A-Fa-f]{12})
  | (?P<word>[A-Za-z_]\w*)
  | (?P<number>\d[\w.]*)
  | (?P<symbol>\.\.\.|->|<<|>>|<=|>=|==|!=|&&|\|\||.)
    """,
    re.VERBOSE,
)
_DIRECTIVE = re.compile(r"[ \t]*#[^\n]*")
_MARKER = re.compile(r'#\s*(?:line\s+)?(\d+)\s+"((?:[^"\\]|\\.)*)"')
_CLOSING = {"(": ")", "[": "]", "{": "}"}


class Token:
    """A token: `kind` is word, number, string, char, uuid or symbol."""

    __slots__ = ("kind", "text", "start", "end", "file", "line")

    def __init__(self, kind, text, start, file, line):
        self.kind = kind
        self.text = text
        self.start = start
        self.end = start + len(text)
        self.file = file
        self.line = line

    def __repr__(self):
        return f"{self.text!r} at {self.file}:{self.line}"


def tokenize(text, file):
    """All tokens of `text`; lines starting with `#` give places or are passed over."""
    tokens = []
    position = 0
    line = 1
    at_line_start = True
    while position < len(text):
        if at_line_start:
            directive = _DIRECTIVE.match(text, position)
            if directive:
                marker = _MARKER.match(directive.group().strip())
                if marker:
                    file = marker.group(2)
                    line = int(marker.group(1)) - 1
                position = directive.end()
                at_line_start = False
                continue
        match = _TOKEN.match(text, position)
        kind = match.lastgroup
        if kind == "newline":
            line += 1
            at_line_start = True
        elif kind != "space":
            at_line_start = False
            if kind == "symbol" and match.group() in "\"'":
                raise CompileError("unterminated string or character constant", file, line)
            tokens.append(Token(kind, match.group(), position, file, line))
        position = match.end()
    return tokens


def marked_files(text):
    """The files the line markers of preprocessed text name, in order, each once."""
    names = (_MARKER.match(line.strip()) for line in _DIRECTIVE.findall(text))
    return list(dict.fromkeys(match.group(2) for match in names if match))


def closing_index(tokens, index):
    """The index of the bracket which closes the one at `index`."""
    stack = []
    for position in range(index, len(tokens)):
        token = tokens[position]
        if token.kind != "symbol":
            continue
        if token.text in _CLOSING:
            stack.append(token)
        elif token.text in (")", "]", "}"):
            opening = stack.pop()
            if _CLOSING[opening.text] != token.text:
                message = f"'{opening.text}' is not closed before '{token.text}'"
                raise CompileError(message, opening.file, opening.line)
            if not stack:
                return position
    opening = tokens[index]
    raise CompileError(f"'{opening.text}' is never closed", opening.file, opening.line)


def split_at_commas(tokens):
    """The token lists between the commas of `tokens` that are in no bracket."""
    parts = [[]]
    depth = 0
    for token in tokens:
        if token.kind == "symbol":
            if token.text in _CLOSING:
                depth += 1
            elif token.text in (")", "]", "}"):
                depth -= 1
            elif token.text == "," and depth == 0:
                parts.append([])
                continue
        parts[-1].append(token)
    return [part for part in parts if part]
