"""Diagnostics for people: the place, the sentence, the line with the spot marked, and what to do."""

from __future__ import annotations

from ..base.text import Style, cells, clean, obeyed, wrap

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from ..base.diagnostics import Diagnostic
    from ..base.source import Span

_TAB = 4


def render_all(items: Iterable[Diagnostic], style: Style) -> str:
    """All of them, with an empty line between two."""
    return "\n\n".join(render(item, style) for item in items)


def render(item: Diagnostic, style: Style) -> str:
    """`file:line:col: error RB214: message`, the line, the spot, the help."""
    place = f"{clean(item.span.source.name)}:{item.span.line}:{item.span.column}: " if item.span else ""
    word = f"{item.severity} {item.code}"
    lines = [style.folded(f"{place}{word}", style.paint("bold", place) + style.paint(item.severity, word), f": {clean(item.message)}", 4)]
    gutter = _gutter(item)
    if item.span is not None:
        lines += excerpt(item.span, style, gutter, item.severity)
    lines += [_further(f"help: {clean(item.help)}", gutter, style)] if item.help else []
    for related in item.related:
        where = related.span
        lines.append(_further(f"{clean(where.source.name)}:{where.line}:{where.column}: {clean(related.message)}", gutter, style))
        lines += excerpt(where, style, gutter, "note")
    return "\n".join(lines)


def _gutter(item: Diagnostic) -> int:
    spans = [item.span] if item.span else []
    return max((len(str(span.line)) for span in [*spans, *(one.span for one in item.related)]), default=0)


def _further(text: str, gutter: int, style: Style) -> str:
    indent = " " * (gutter + 3)
    mark = " " * (gutter + 1) + "= "
    first, _, rest = wrap(text, max(20, style.width - len(indent))).partition("\n")
    label, colon, tail = first.partition(": ")
    head = style.paint("help", label + colon) + tail if label == "help" else first
    return mark + head + ("\n" + "\n".join(indent + line for line in rest.split("\n")) if rest else "")


def excerpt(span: Span, style: Style, gutter: int, severity: str) -> list[str]:
    """The line of a place and a mark below it: `^` where it begins, `~` as far as it goes."""
    text = span.source.line(span.line)
    start = span.column - 1
    length = max(1, min(span.end - span.start, len(text) - start))
    pieces = _pieces(text)
    shown, start, length = _window(pieces, start, length, max(20, style.width - gutter - 4))
    before = sum(map(cells, shown[:start]))
    wide = max(1, sum(map(cells, shown[start : start + length])))
    bar = style.paint("dim", "|")
    return [
        f"{style.paint('dim', f'{span.line:>{gutter}}')} {bar} {''.join(shown).rstrip()}".rstrip(),
        f"{' ' * gutter} {bar} {' ' * before}{style.paint(severity, '^' + '~' * (wide - 1))}",
    ]


def _pieces(text: str) -> list[str]:
    """The characters as shown: a tab as spaces up to the next stop, anything that a terminal obeys as a sign."""
    pieces: list[str] = []
    column = 0
    for char in text:
        piece = " " * (_TAB - column % _TAB) if char == "\t" else "�" if obeyed(char) else char
        column += cells(piece)
        pieces.append(piece)
    return pieces


def _window(pieces: Sequence[str], start: int, length: int, room: int) -> tuple[list[str], int, int]:
    """The part of a long line around the place, with `…` where something is cut."""
    if sum(map(cells, pieces)) <= room:
        return list(pieces), start, length
    first = start
    taken = cells(pieces[start]) if start < len(pieces) else 1
    last = min(len(pieces), start + 1)
    while last < len(pieces) and last < start + length and taken + cells(pieces[last]) <= room - 2:
        taken += cells(pieces[last])
        last += 1
    length = min(length, max(1, last - start))
    while first > 0 and taken + cells(pieces[first - 1]) <= room - 2 - min(10, len(pieces) - last):
        first -= 1
        taken += cells(pieces[first])
    while last < len(pieces) and taken + cells(pieces[last]) <= room - 2:
        taken += cells(pieces[last])
        last += 1
    left, right = (["…"] if first > 0 else []), (["…"] if last < len(pieces) else [])
    return [*left, *pieces[first:last], *right], start - first + len(left), length


def count(number: int, word: str) -> str:
    """`1 error`, `2 errors`."""
    return f"{number} {word}" if number == 1 else f"{number} {word}s"


def summary(errors: int, warnings: int, files: Sequence[str], style: Style) -> str:
    """`2 errors, 1 warning in rollback.yml`."""
    where = files[0] if len(files) == 1 else count(len(files), "file")
    if not errors and not warnings:
        return f"{style.paint('ok', 'ok')}: {where}"
    parts = []
    if errors:
        parts.append(style.paint("error", count(errors, "error")))
    if warnings:
        parts.append(style.paint("warning", count(warnings, "warning")))
    return f"{', '.join(parts)} in {where}"
