"""Interfaces, procedures and parameters found in preprocessed IDL text.

This is no IDL compiler: widl is. It finds where each declaration stands in the text, so that
attributes can be merged in and the asynchronous procedures be told from the others.
"""

from .diagnostics import error_at
from .lexer import closing_index, split_at_commas, tokenize

_NOT_PROCEDURES = {"typedef", "const", "import", "importlib", "cpp_quote", "midl_pragma"}


class Attribute:
    """One attribute of a bracket: its `name` and the tokens of it, with arguments."""

    def __init__(self, tokens):
        self.tokens = tokens
        self.name = tokens[0].text
        self.start, self.end = tokens[0].start, tokens[-1].end
        self.file = tokens[0].file
        self.line = tokens[0].line

    @property
    def text(self):
        return "".join(
            ("" if i == 0 or t.kind == "symbol" else " ") + t.text
            for i, t in enumerate(self.tokens)
        )


class Bracket:
    """One bracket of attributes: the offsets of `[` and `]`, and what is between them."""

    def __init__(self, tokens):
        self.open, self.close = tokens[0].start, tokens[-1].start
        self.attributes = [Attribute(part) for part in split_at_commas(tokens[1:-1])]


class Attributes:
    """The attributes before a declaration, in one bracket or several."""

    def __init__(self):
        self.brackets = []

    def add_bracket(self, tokens):
        self.brackets.append(Bracket(tokens))

    @property
    def list(self):
        return [a for bracket in self.brackets for a in bracket.attributes]

    def find(self, name):
        return next((a for a in self.list if a.name == name), None)


def read_attributes(tokens, index):
    """The attribute brackets from `index` on, and the index after them."""
    attributes = Attributes()
    while index < len(tokens) and tokens[index].text == "[":
        end = closing_index(tokens, index)
        attributes.add_bracket(tokens[index : end + 1])
        index = end + 1
    return attributes, index


class Parameter:
    """A parameter: its attributes, declaration tokens and name (None if it has none)."""

    def __init__(self, tokens):
        self.attributes, index = read_attributes(tokens, 0)
        self.declaration = tokens[index:]
        anchor = self.declaration[0] if self.declaration else tokens[-1]
        self.start, self.file, self.line = anchor.start, anchor.file, anchor.line
        words = []
        depth = 0
        for token in self.declaration:
            depth += {"[": 1, "(": 1}.get(token.text, 0) - {"]": 1, ")": 1}.get(token.text, 0)
            if token.kind == "word" and depth == 0:
                words.append(token.text)
        self.is_binding_handle = "handle_t" in words[:-1]
        self.is_pointer = any(token.text == "*" for token in self.declaration)
        self.name = words[-1] if len(words) > 1 else None


class Procedure:
    """A procedure: where its parts stand in the text.

    `insert_at` is the offset of its first parameter, `return_span` the text of its return
    type; `file` and `line` are those of its name.
    """

    def __init__(self, tokens):
        self.attributes, index = read_attributes(tokens, 0)
        parenthesis = next(i for i in range(index, len(tokens)) if tokens[i].text == "(")
        self.name_token = tokens[parenthesis - 1]
        self.name = self.name_token.text
        self.file, self.line = self.name_token.file, self.name_token.line
        self.start = tokens[0].start
        self.declaration_start = tokens[index].start
        self.return_span = (tokens[index].start, self.name_token.start)
        end = closing_index(tokens, parenthesis)
        inside = tokens[parenthesis + 1 : end]
        self.insert_at = tokens[parenthesis].end
        self.parameters_end = tokens[end].start
        if len(inside) == 1 and inside[0].text == "void":
            self.parameters = []
        else:
            self.parameters = [Parameter(part) for part in split_at_commas(inside)]


class Interface:
    """An interface definition with its procedures, in the order of the text.

    `base` is the name of the interface it inherits from, or None; `end` the offset behind its
    closing brace.
    """

    def __init__(self, text, attributes, name_token, start):
        self.text = text
        self.attributes = attributes
        self.name = name_token.text
        self.file, self.line = name_token.file, name_token.line
        self.start = start
        self.base = None
        self.end = None
        self.procedures = []

    @property
    def is_object(self):
        return any(self.attributes.find(name) for name in ("object", "odl", "dual"))

    def text_of(self, start, end):
        return self.text[start:end]


class IdlSource:
    """Preprocessed IDL text, taken apart.

    `imports` has the names of imported files, `import_commas` the commas between them.
    """

    def __init__(self, text, file):
        self.text = text
        self.file = file
        self.tokens = tokenize(text, file)
        self.interfaces = []
        self.imports = []
        self.import_commas = []
        self._read_top_level()

    def interface(self, name):
        return next((i for i in self.interfaces if i.name == name), None)

    def _read_top_level(self):
        tokens = self.tokens
        index = 0
        while index < len(tokens):
            attributes, index = read_attributes(tokens, index)
            if index >= len(tokens):
                break
            if tokens[index].text == "interface" and index + 1 < len(tokens):
                end = self._read_interface(attributes, index)
                if end is not None:
                    index = end
                    continue
            if tokens[index].text == "import":
                index = self._read_import(index)
            elif tokens[index].text in ("{", "(", "["):
                index = closing_index(tokens, index) + 1
            else:
                index += 1

    def _read_import(self, index):
        tokens = self.tokens
        index += 1
        while index < len(tokens) and tokens[index].text != ";":
            if tokens[index].kind == "string":
                self.imports.append(tokens[index].text.strip('"'))
            elif tokens[index].text == ",":
                self.import_commas.append(tokens[index])
            index += 1
        return index + 1

    def _read_interface(self, attributes, index):
        """The interface defined at `index`; None for a forward declaration."""
        tokens = self.tokens
        name_token = tokens[index + 1]
        body = index + 2
        while body < len(tokens) and tokens[body].text not in ("{", ";"):
            body += 1
        if body >= len(tokens) or tokens[body].text == ";":
            return None
        end = closing_index(tokens, body)
        interface = Interface(self.text, attributes, name_token, tokens[index].start)
        interface.end = tokens[end].end
        if tokens[index + 2].text == ":":
            interface.base = tokens[index + 3].text
        self.interfaces.append(interface)
        for statement in self._statements(tokens[body + 1 : end]):
            pipe = next((t for t in statement if t.text == "pipe"), None)
            if pipe and statement[0].text == "typedef":
                name = statement[-1].text
                raise error_at(pipe, f"pipe type '{name}': pipes are not supported")
            if _is_procedure(statement):
                interface.procedures.append(Procedure(statement))
        return end + 1

    def _statements(self, tokens):
        """The statements of an interface body, without their semicolons."""
        index = 0
        start = 0
        while index < len(tokens):
            token = tokens[index]
            if token.text in ("(", "[", "{"):
                index = closing_index(tokens, index) + 1
                # cpp_quote() takes no semicolon, though many write one
                if tokens[start].text in ("cpp_quote", "midl_pragma"):
                    start = index
            elif token.text == ";":
                if index > start:
                    yield tokens[start:index]
                index += 1
                start = index
            else:
                index += 1
        if start < len(tokens):
            raise error_at(tokens[-1], f"missing ';' after '{tokens[-1].text}'")


def _is_procedure(statement):
    _, index = read_attributes(statement, 0)
    if index >= len(statement) or statement[index].text in _NOT_PROCEDURES:
        return False
    for position in range(index, len(statement)):
        if statement[position].text == "{":
            return False
        if statement[position].text == "(":
            return position > index and statement[position - 1].kind == "word"
    return False
