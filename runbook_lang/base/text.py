"""Text on a terminal: colours, widths, line breaks, and what must never reach it."""

from __future__ import annotations

from .record import Record

COLOURS = {"error": "31;1", "warning": "33;1", "note": "36;1", "bold": "1", "dim": "2", "ok": "32", "help": "36", "title": "1"}
_HIDDEN = frozenset(range(0x202A, 0x202F)) | frozenset(range(0x2066, 0x206A)) | {0x200E, 0x200F, 0x61C}
"""Characters that change the direction of what follows: they could make a line read as another one."""


class Style(Record):
    """How text is written here: with colours or not, and how wide. `fold`: long lines are broken between words, as on a terminal; a line
    of a log stays one line, so that it can be searched for."""

    colour: bool = False
    width: int = 80
    fold: bool = False

    def paint(self, name: str, text: str) -> str:
        return f"\x1b[{COLOURS[name]}m{text}\x1b[0m" if self.colour and text else text

    def folded(self, plain: str, painted: str, text: str, indent: int) -> str:
        """A head (as it reads, and as it is written) and what follows; further lines are indented, less where little room is left."""
        if not self.fold:
            return painted + text
        head = "-" * cells(plain)
        return painted + wrap(head + text, self.width, " " * (indent if self.width - indent >= 30 else 4))[len(head) :]


def reason(error: Exception) -> str:
    """Why a file can't be read or written, as the end of a sentence. Python's own text of it repeats the path, behind a number."""
    if isinstance(error, OSError):
        said = error.strerror or str(error)
        return said[:1].lower() + said[1:]
    if isinstance(error, UnicodeDecodeError):
        return "it is not UTF-8 text"
    return str(error)


def only_files(path: str) -> None:
    """Raises OSError for a folder, a device or a pipe, before it is opened: to open a pipe waits for somebody who writes into it."""
    import os

    if os.path.isdir(path):
        raise OSError(0, "it is a folder; name a file in it")
    if os.path.exists(path) and not os.path.isfile(path):
        raise OSError(0, "it is not a regular file")


def clean(text: str) -> str:
    """Text of files and programs without what a terminal would obey; line ends and tabs stay."""
    if text.isprintable():
        return text
    return "".join(char if char in "\n\t" or not obeyed(char) else _visible(char) for char in text)


def obeyed(char: str) -> bool:
    """Whether a terminal takes the character as an order instead of showing it."""
    number = ord(char)
    return number < 32 or 127 <= number < 160 or number in _HIDDEN or number in (0x2028, 0x2029)


def _visible(char: str) -> str:
    return f"\\x{ord(char):02x}" if ord(char) < 256 else f"\\u{ord(char):04x}"


def cells(text: str) -> int:
    """How many columns of a terminal a text takes."""
    if text.isascii():
        return len(text)
    from unicodedata import combining, east_asian_width

    return sum(0 if combining(char) else 2 if east_asian_width(char) in "WF" else 1 for char in text)


def wrap(text: str, width: int, indent: str = "") -> str:
    """Words on lines of at most `width` columns; lines that are there stay, further ones begin with `indent`."""
    out: list[str] = []
    for line in text.split("\n"):
        current = ""
        for word in line.split(" "):
            if current and cells(current) + 1 + cells(word) > width:
                out.append(current)
                current = indent + word
            else:
                current = f"{current} {word}" if current else word
        out.append(current)
    return "\n".join(out)
