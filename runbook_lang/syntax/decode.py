"""From bytes to a source text: size, encoding, and the characters that no text file should hold."""

from __future__ import annotations

from ..base.diagnostics import Problems
from ..base.pattern import lazy
from ..base.source import Source, Span

MAX_BYTES = 4 * 1024 * 1024
"""The largest file that is read, in bytes. Read one byte more than this to know that a file is over."""

MAX_REPORTED = 20
"""How many bad characters of one file are listed one by one."""

_BAD = lazy("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069\ufeff\ufffe\uffff\ud800-\udfff]|\r(?!\n)")
_BAD_ASCII = lazy("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]|\r(?!\n)")  # compiled in a tenth of the time
_OTHER = {b"\xff\xfe": "UTF-16", b"\xfe\xff": "UTF-16"}
_BOM = "\ufeff"


def decode(name: str, raw: bytes, problems: Problems) -> Source | None:
    """The text of a file, without its byte order mark; None after an error.

    `raw` may be cut after MAX_BYTES + 1 bytes: an oversized file is refused all the same.
    """
    if len(raw) > MAX_BYTES:
        problems.error(
            "RB102",
            f"{name} is over {MAX_BYTES // 1024 // 1024} MiB, the largest file that is read.",
            Span(Source(name, ""), 0, 0),
            "Split the procedure into several runbooks and `call` them, or keep large data in a file of its own.",
        )
        return None
    other = _OTHER.get(raw[:2])
    if other or b"\0" in raw:
        found = f"It is {other} text." if other else "It holds NUL bytes, so it is UTF-16 or no text at all."
        problems.error("RB101", f"{name} is not UTF-8 text. {found}", Span(Source(name, ""), 0, 0), "Save the file as UTF-8.")
        return None
    try:
        text = raw.decode("utf-8")
    except UnicodeDecodeError as error:
        _not_utf8(name, raw, error.start, problems)
        return None
    return Source(name, text.removeprefix(_BOM))


def _not_utf8(name: str, raw: bytes, offset: int, problems: Problems) -> None:
    place = len(raw[:offset].decode("utf-8"))
    source = Source(name, raw.decode("utf-8", "replace"))
    problems.error(
        "RB101",
        f"Byte 0x{raw[offset]:02x} at offset {offset} is not UTF-8.",
        Span(source, place, place + 1),
        "Save the file as UTF-8 (it looks like Latin-1 or Windows-1252).",
    )


def clean(source: Source, problems: Problems) -> str:
    """The text with every character that is not allowed replaced by a space (a lone CR by LF), each reported.

    Offsets stay the same, so that a reader can go on and report what else is wrong. Not allowed are
    control characters, line breaks other than LF and CR LF, marks that turn the direction of text (what a
    reviewer sees would not be what runs), lone surrogates and a byte order mark inside the text.
    """
    text = source.text
    begin = 1 if text.startswith(_BOM) else 0
    bad = _BAD_ASCII if text.isascii() else _BAD
    count = 0
    last = begin
    for match in bad.finditer(text, begin):
        last = match.start()
        if count < MAX_REPORTED:
            _bad_character(source, last, problems)
        count += 1
    if not count:
        return text
    if count > MAX_REPORTED:
        message = f"{count - MAX_REPORTED} more characters of this file are not allowed in a text; the last one stands here."
        problems.error("RB103", message, Span(source, last, last + 1), "Is this the right file? Save it as plain UTF-8 text.")
    return text[:begin] + bad.sub(lambda match: "\n" if match[0] == "\r" else " ", text[begin:])


def _bad_character(source: Source, at: int, problems: Problems) -> None:
    char = source.text[at]
    code = ord(char)
    span = Span(source, at, at + 1)
    if 0x202A <= code <= 0x202E or 0x2066 <= code <= 0x2069:
        problems.error(
            "RB104",
            f"U+{code:04X} turns the direction of the text: what a reader sees is not what runs.",
            span,
            f'Remove it, or write it visibly as "\\u{code:04x}" in double quotes.',
        )
        return
    if char == "\r":
        problems.error("RB103", "A carriage return without a line feed is not a line break.", span, "Save the file with LF or CR LF.")
        return
    way = "Remove it."
    if code and not 0xD800 <= code <= 0xDFFF:
        escape = f"\\x{code:02x}" if code < 0x100 else f"\\u{code:04x}"
        way = f'Remove it, or write it visibly as "{escape}" in double quotes.'
    problems.error("RB103", f"The character U+{code:04X} is not allowed in a text file.", span, way)
