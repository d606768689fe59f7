"""What the YAML parser's errors mean for the author: a plain sentence, the right place, the next step.

The parser says where it stumbled and in which words; the cause is often elsewhere (an unclosed quote, an
expression without quotes). The texts matched here are those of libyaml and of PyYAML's own parser.
"""

from __future__ import annotations

import re

from ..base.diagnostics import Related
from ..base.record import Record
from ..base.source import Span
from .builder import FLATTEN, TOO_DEEP
from .traps import closing_quote, is_ternary, quote_help, quoted, text_end, value_start

TYPE_CHECKING = False
if TYPE_CHECKING:
    from ..base.source import Source
    from .builder import Builder, Frame

LONGEST_KEY = 1024
_TAB_LINE = re.compile(r"^ *\t+ *[^\s#]", re.MULTILINE)
_NO_BLANK = re.compile(r"[ ]*(?:- +)*[\w.-]+:(?!//)[^\s]")
_MISPLACED = ("expected key", "expected '-'", "document start")
_INNER_QUOTE = re.compile(r"'[^'\n]*\w'\w[^'\n]*'")


class Paint(Record):
    """A range to replace by `text` of the same length; `value` is the range of the source that was meant there."""

    start: int
    end: int
    text: str
    value: tuple[int, int] | None = None


class Failure(Record):
    """One translated error; `notes` are further places as (message, start, end)."""

    code: str
    message: str
    start: int
    end: int
    help: str
    notes: tuple[tuple[str, int, int], ...] = ()
    paint: Paint | None = None

    def related(self, source: Source) -> tuple[Related, ...]:
        return tuple(Related(message, Span(source, start, end)) for message, start, end in self.notes)


class _Case:
    """The text, the places that the parser named, and what was open."""

    __slots__ = ("closed", "context", "flow", "last", "line", "place", "problem", "stack", "text")

    def __init__(self, text: str, error: Exception, builder: Builder) -> None:
        base = builder.base
        mark = getattr(error, "problem_mark", None)
        begin = getattr(error, "context_mark", None)
        self.text = text
        self.problem = f"{getattr(error, 'context', '') or ''}: {getattr(error, 'problem', '') or error}"
        self.place: int = min(len(text), mark.index + base) if mark else builder.last[1]
        self.context: int | None = min(len(text), begin.index + base) if begin else None
        self.line = text.rfind("\n", 0, self.place) + 1
        self.stack = builder.stack
        self.closed = builder.closed
        self.flow = bool(self.stack and self.stack[-1].flow)
        self.last = builder.last

    def line_end(self, at: int) -> int:
        end = self.text.find("\n", at)
        end = len(self.text) if end < 0 else end
        return end - 1 if end > at and self.text[end - 1] == "\r" else end

    def column(self, at: int) -> int:
        return at - self.text.rfind("\n", 0, at) - 1


def explain(text: str, error: Exception, builder: Builder) -> Failure:
    """The failure in our words. `text` is what was parsed, `builder` is where it stopped."""
    case = _Case(text, error, builder)
    failure = next(found for rule in _RULES if (found := rule(case)) is not None)
    paint = failure.paint
    if paint and any(start < paint.end and paint.start < stop for start, (_, stop) in builder.replaced.items()):
        return failure.replace(paint=None)  # painting the same place again would change nothing
    return failure


def _directive(case: _Case) -> Failure | None:
    if "directive" not in case.problem and not (case.text[case.line : case.line + 1] == "%" and case.place == case.line):
        return None
    start = case.line if case.context is None else case.context
    end = case.line_end(start)
    return Failure("RB107", "A line with a leading `%` is a YAML directive; they are not used here.", start, end, "Remove the line.")


def _too_deep(case: _Case) -> Failure | None:
    """A parser that looks far ahead counts brackets of its own before it says what the first of them begins."""
    if "maximum nesting depth" not in case.problem:
        return None
    return Failure("RB108", TOO_DEEP, case.place, case.place + 1, FLATTEN)


def _tab(case: _Case) -> Failure | None:
    lines = list(_TAB_LINE.finditer(case.text))
    here = case.text[case.place : case.place + 1] == "\t"
    if not here and "tab" not in case.problem.replace("table", ""):
        return None
    start = case.place
    if lines and (first := case.text.find("\t", lines[0].start())) < start:
        start = first
    more = f" {len(lines)} lines are indented with tabs." if len(lines) > 1 else ""
    message = f"YAML allows no tab here: indentation is made of spaces.{more}"
    return Failure("RB117", message, start, start + 1, "Replace each tab by two spaces.")


def _quoted_scalar(case: _Case) -> Failure | None:
    if "quoted scalar" not in case.problem and "double-quoted" not in case.problem:
        return None
    start = case.place if case.context is None else case.context
    if "end of stream" in case.problem or "document" in case.problem:
        return _unclosed_quote(case, start)
    escape = case.text.rfind("\\", start, case.place + 1)
    escape = case.place if escape < 0 else escape
    end = min(escape + 2, len(case.text))
    shown = case.text[escape:end]
    help = r"In double quotes write `\\` for one backslash, or use single quotes, where a backslash is only itself."
    paint = Paint(escape, end, "xx") if end - escape == 2 and "\n" not in shown else None
    return Failure("RB134", f"`{shown.strip()}` is no escape that YAML knows, or is incomplete.", escape, end, help, paint=paint)


def _unclosed_quote(case: _Case, start: int) -> Failure:
    end = case.line_end(start)
    following = re.compile(r"\s*\n([ ]*)\S").match(case.text, end)
    next_begins = following is None or len(following.group(1)) <= _indent(case, start)
    paint = _meant(start, end) if next_begins else None
    quote = case.text[start : start + 1]
    help = f"Close it with {quote} at the end of the text."
    return Failure("RB130", f"The quote {quote} that opens here is never closed.", start, start + 1, help, paint=paint)


def _indent(case: _Case, at: int) -> int:
    line = case.text.rfind("\n", 0, at) + 1
    return min(_indent_of(case.text, line), 999)


def _block_header(case: _Case) -> Failure | None:
    if "block scalar" not in case.problem or case.context is None:
        return None
    start = case.context
    value = value_start(case.text, case.text.rfind("\n", 0, start) + 1)
    if value < start and case.text[value] == "!":  # `!a || b`
        return _told(case, value, text_end(case.text, value, case.flow))
    end = case.line_end(start)
    sign = case.text[start]
    message = f"A leading `{sign}` begins a block of text on the next line; only `-`, `+` or a digit may follow it here."
    help = f"Move the text to the next line, indented; or, if `{sign}` belongs to it, quote it: {quoted(case.text[start:end])}"
    return Failure("RB135", message, start, end, help, paint=_meant(start, end))


def _meant(start: int, end: int) -> Paint | None:
    return Paint(start, end, "x" * (end - start), (start, end)) if end > start else None


def _unclosed_flow(case: _Case) -> Failure | None:
    """`[` or `{` without its end: the next line at the same or a smaller indentation was read as a part of it."""
    if not case.flow or "flow" not in case.problem:
        return None
    start = case.stack[-1].start
    between = case.text[start : case.place]
    at_end = not case.text[case.place :].strip()
    indent = _indent(case, start)
    outside = re.search(rf"\n {{0,{indent}}}[^\s\]}}]", between) if "\n" in between else None
    if not at_end and outside is None:
        return None
    sign = case.text[start]
    close = "]" if sign == "[" else "}"
    return Failure("RB131", f"The `{sign}` that opens here is never closed.", start, start + 1, f"Close it with `{close}`.")


def _trap(case: _Case) -> Failure | None:
    """Plain text that YAML ends early or can't begin: say which, show the quoted form, and read it as one text."""
    start = _value(case)
    if start is None:
        return None
    end = text_end(case.text, start, case.flow)
    if end <= start or not start <= case.place <= end:
        return None
    text = case.text[start:end]
    if _INNER_QUOTE.fullmatch(text):
        paint = Paint(start, end, "x" * len(text), (start + 1, end - 1))
        help = f"Double it, or use the other quotes: {quoted(text[1:-1])}"
        return Failure("RB121", "An apostrophe ends a text in single quotes.", start, end, help, paint=paint)
    return _told(case, start, end)


def _told(case: _Case, start: int, end: int) -> Failure:
    """The failure of a text that wants quotes; its next lines are shown in no message."""
    text = case.text[start:end]
    code, message = _which(text, case.flow)
    following = re.compile(r"[ \t]*\r?\n( *)[^\s#]").match(case.text, end)
    goes_on = following is not None and len(following[1]) > _indent(case, start)
    return Failure(code, message, start, end, quote_help("\n" if goes_on else text), paint=_meant(start, end))


def _value(case: _Case) -> int | None:
    """Where the text begins that the parser stumbled in; None when no text is the cause."""
    first, stop = case.last
    context = case.context
    if context is not None and case.line <= context <= case.place and case.text[context : context + 1] in ("!", "&", "*"):
        return context if case.flow else min(context, value_start(case.text, case.line))
    if stop <= case.place and not case.text[stop : case.place].strip(" \t") and case.line <= first < stop:
        own_key = not case.flow and value_start(case.text, case.line) > case.place
        return None if own_key or case.text[case.place : case.place + 1] in ("]", "}") else first
    if case.flow:
        return case.place if case.text[case.place : case.place + 1] not in (",", "]", "}", ":", "") else None
    start = value_start(case.text, case.line)
    misplaced = case.place == case.line + _indent_of(case.text, case.line) and any(words in case.problem for words in _MISPLACED)
    return None if misplaced or start > case.place else start


def _which(text: str, flow: bool) -> tuple[str, str]:
    """The code and the sentence for a text that YAML doesn't take as one."""
    first = text[0]
    if first == "!":
        return "RB120", "A `!` at the start of plain text makes a YAML tag of the first word, so this is not read as an expression."
    if first in "\"'":
        return "RB121", "A quote at the start begins a quoted text, which ends at the next quote; nothing may follow there."
    if first in "[{":
        return "RB122", f"A `{first}` at the start begins a YAML {'list' if first == '[' else 'mapping'}; nothing may follow its end."
    if text.startswith("- "):
        return "RB126", "Text can't begin with a dash and a blank; a list begins on the line after its key."
    if first in "@`%&*,]}|>?":
        return "RB126", f"Plain text can't begin with {first!r}: YAML gives it a meaning of its own."
    if is_ternary(text):
        return "RB123", "`: ` in plain text makes a mapping, so this `? :` is not read as an expression."
    if flow and any(sign in text for sign in "[]{}"):
        return "RB127", "Inside `[…]` and `{…}`, text with brackets or `${…}` must be quoted."
    return "RB125", "`: ` in plain text makes a mapping; text with a colon and a blank must be quoted."


def _closing(case: _Case) -> Failure | None:
    sign = case.text[case.place : case.place + 1]
    if sign not in ("]", "}"):
        return None
    message = f"No bracket is open that this `{sign}` could close."
    return Failure("RB131", message, case.place, case.place + 1, "Remove it, or open the bracket; quote it where it is text.")


def _no_colon(case: _Case) -> Failure | None:
    """A line in a mapping that is no entry; it is left out and reading goes on."""
    missing = "could not find expected ':'" in case.problem and case.context is not None
    start = case.context if missing and case.context is not None else case.last[0]
    begin = case.text.rfind("\n", 0, start) + 1
    glued = _NO_BLANK.match(case.text, begin)
    if not missing and not (glued and "not allowed" in case.problem):
        return None
    end = max(case.line_end(start), start)
    first_on_line = not case.text[begin:start].strip(" -")
    message = "This line is no `key: value`: the colon is missing."
    help = "Write a colon and a blank after the key; indent the line further if it continues the text above."
    if glued and first_on_line:
        message = "A key's colon wants a blank after it."
        help = f"Write `{case.text[glued.start() : glued.end() - 1].strip()} …`."
        start = begin + _indent_of(case.text, begin)
    paint = Paint(start, end, "#" + "x" * (end - start - 1)) if end > start and first_on_line else None
    return Failure("RB133", message, start, end, help, paint=paint)


def _indent_of(text: str, at: int) -> int:
    start = at
    while text[at : at + 1] == " ":
        at += 1
    return at - start


def _indentation(case: _Case) -> Failure | None:
    """A line whose column belongs to no open block."""
    start = case.line + _indent_of(case.text, case.line)
    if not case.line <= start <= case.place < len(case.text):
        return None
    end = max(case.line_end(start), start + 1)
    column = start - case.line
    frames = {case.column(frame.start): frame for frame in (*case.closed, *case.stack) if not frame.flow}
    frame = frames.get(column)
    if case.text.startswith(":", start) and not case.text[start + 1 : start + 2].strip():
        return Failure("RB115", "The key before this colon is missing.", start, end, "Write a key before the colon.")
    if not frames:
        message = "The file begins with plain text, so this `key: value` can't follow it."
        return Failure("RB132", message, start, end, "A colon and a blank are missing on the line above, or a bracket is left over there.")
    if "values are not allowed" in case.problem:
        message = "This line is indented like a part of the value above it, but is a `key: value` of its own."
        help = f"Begin it at column {_columns(frames)}; for entries below the key above, leave that key's own line without a value."
    elif frame is None:
        message = f"The indentation of this line ({column} {'space' if column == 1 else 'spaces'}) fits nothing above it."
        help = f"Begin it at column {_columns(frames)}."
    elif not frame.is_mapping:
        message = "Only list items (`- …`) can stand at this indentation, that of the list above."
        help = f"Indent the line by {column + 2} to make it a part of the last item, or less to end the list."
    elif case.text.startswith("- ", start):
        message = "A list item can't stand among the keys of a mapping."
        help = "Give the list a key of its own, or indent the item below the key it belongs to."
    else:
        return None
    if case.text[start] == "-" and case.text[start + 1 : start + 2].strip():
        help = f"A list item wants a blank after its dash. {help}"
    return Failure("RB132", message, start, end, help)


def _columns(frames: dict[int, Frame]) -> str:
    """Where lines can begin, in words."""
    texts = [f"{column + 1} ({'a key' if frames[column].is_mapping else '`- `'})" for column in sorted(frames)]
    return texts[0] if len(texts) == 1 else f"{', '.join(texts[:-1])} or {texts[-1]}"


def _long_key(case: _Case) -> Failure | None:
    """YAML takes a key only within its first 1,024 characters."""
    length = case.place - case.line
    if "values are not allowed" not in case.problem or length <= LONGEST_KEY or value_start(case.text, case.line) <= case.place:
        return None
    message = f"A key has at most {LONGEST_KEY:,} characters; this one has {length:,}."
    return Failure("RB133", message, case.line, case.place, "Is a colon missing earlier in the line?")


def _blank_lines(case: _Case) -> Failure | None:
    """Block text whose leading blank lines are indented deeper than its first line: YAML ends it there."""
    first, stop = case.last
    header = case.line_end(first)
    if case.text[first : first + 1] not in ("|", ">") or case.text[header:stop].strip() or stop > case.place or header >= stop:
        return None
    end = case.line_end(case.place)
    message = "The blank lines before this text have more spaces than the text, so the block ends before it."
    return Failure("RB132", message, case.place, max(end, case.place), "Remove the spaces from the blank lines.")


def _other(case: _Case) -> Failure:
    start = min(case.place, max(0, len(case.text) - 1))
    notes = () if case.context is None or case.context >= len(case.text) else (("in what begins here", case.context, case.context + 1),)
    message = "The YAML structure breaks here: this is not what can follow."
    help = "Look at the indentation, the quotes and the brackets of this line and the one before it."
    return Failure("RB136", message, start, min(start + 1, len(case.text)), help, notes)


def _multi_line_quote(case: _Case) -> Failure | None:
    """Text directly after a quoted text of several lines: most probably its first line lacks the closing quote."""
    first, stop = case.last
    quote = case.text[first : first + 1]
    if quote not in ('"', "'") or stop > case.place or case.text[stop : case.place].strip(" \t") or "\n" not in case.text[first:stop]:
        return None
    if closing_quote(case.text, first) != stop or "expected" not in case.problem:
        return None
    outside = re.search(rf"\n {{0,{_indent(case, first)}}}\S", case.text[first:stop])
    if outside is not None:
        return _unclosed_quote(case, first)
    end = text_end(case.text, case.place, case.flow)
    code, message = _which(quote, case.flow)
    return Failure(code, message, first, end, quote_help("\n"), paint=_meant(first, end))


_RULES = (
    _too_deep,
    _directive,
    _tab,
    _quoted_scalar,
    _block_header,
    _unclosed_flow,
    _multi_line_quote,
    _blank_lines,
    _long_key,
    _no_colon,
    _trap,
    _closing,
    _indentation,
    _other,
)
