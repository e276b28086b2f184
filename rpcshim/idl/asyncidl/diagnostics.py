"""An error with the place in the user's file that causes it."""


class CompileError(Exception):
    """One or more complete messages, each `FILE:LINE: error: text` (or without the place)."""

    def __init__(self, message, file=None, line=None):
        if file is not None and line is not None:
            message = f"{file}:{line}: error: {message}"
        elif file is not None:
            message = f"{file}: error: {message}"
        else:
            message = f"asyncshim-idl: error: {message}"
        super().__init__(message)


def error_at(token, message):
    """The error `message` at the place of `token`, or of anything with `file` and `line`."""
    return CompileError(message, token.file, token.line)
