"""A runbook's flow as SVG, drawn by a small layout of its own: no library, no network, the same bytes for the same runbook.

A flow is nested, never a tangle: sequences run down, alternatives and branches stand side by side and come together again, loops and
`try` are frames. So each part is a box with its entry at the middle of the top and its exit at the middle of the bottom, and a part is
drawn from its parts' sizes alone. Colours are the page's (CSS variables), so that the drawing follows light, dark and print.
"""

from __future__ import annotations

from html import escape

from ..base.text import cells

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Any

    Step = dict[str, Any]

BOX = 250
GAP = 26
SPREAD = 30
PAD = 16
LINE = 17
SMALL = 14
MARGIN = 12
WIDE, NARROW = 7.4, 6.7
"""Pixels of a character: of a title (14px), of the small lines (11px monospace)."""


WIDEST = 2 * BOX + SPREAD
"""Pixels of what may stand side by side; more is put one below the other, so that a drawing can be read on a phone and on paper."""


def flow_svg(page: Step) -> str:
    """The whole drawing of a page's `steps` and `on_failure`."""
    parts: list[_Part] = [_Pill("start", "pill"), *(_part(step) for step in page["steps"]), _Pill(page["success"] or "done", "pill good")]
    main = _Sequence(parts)
    failure = _Frame("on failure", [_part(step) for step in page["on_failure"]], "frame bad") if page["on_failure"] else None
    width = max(main.width, failure.width if failure else 0) + 2 * MARGIN
    height = main.height + 2 * MARGIN + (failure.height + GAP if failure else 0)
    out: list[str] = []
    main.draw(out, width / 2, MARGIN)
    if failure:
        failure.draw(out, width / 2, MARGIN + main.height + GAP)
    title = escape(page["title"] or page["name"])
    head = (
        f'<svg xmlns="http://www.w3.org/2000/svg" class="flow" role="img" aria-label="Flow of {title}" '
        f'viewBox="0 0 {_n(width)} {_n(height)}" width="{_n(width)}" height="{_n(height)}">'
        '<defs><marker id="arrow" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="7" markerHeight="7" orient="auto">'
        '<path d="M0 0.8 7 4 0 7.2z" class="head"/></marker></defs>'
    )
    return head + "".join(out) + "</svg>"


def _n(value: float) -> str:
    return f"{value:.1f}".removesuffix(".0")


def _wrapped(text: str, width: float, most: int) -> list[str]:
    """Lines of at most `width` cells; what is left out is shown by an ellipsis."""
    room = int(width)
    lines: list[str] = []
    current = ""
    for word in text.split():
        while cells(word) > room:
            if current:
                lines.append(current)
                current = ""
            lines.append(word[: room - 1])
            word = word[room - 1 :]
        if current and cells(current) + 1 + cells(word) > room:
            lines.append(current)
            current = word
        else:
            current = f"{current} {word}".strip()
    lines.append(current)
    if len(lines) > most:
        lines = [*lines[: most - 1], f"{lines[most - 1][: room - 1].rstrip()}…"]
    return [line for line in lines if line]


class _Part:
    """Drawn around the line x = `middle`, from y downwards."""

    width: float = BOX
    height: float = 0
    ends = False  # nothing follows it

    def draw(self, out: list[str], middle: float, y: float) -> None:
        raise NotImplementedError


class _Pill(_Part):
    def __init__(self, text: str, style: str) -> None:
        self.lines = _wrapped(text, (BOX - 30) / WIDE, 2) or [""]
        self.style = style
        self.height = 12 + LINE * len(self.lines)
        self.width = min(BOX, max(70, max(map(cells, self.lines)) * WIDE + 34))

    def draw(self, out: list[str], middle: float, y: float) -> None:
        out.append(_rect(middle - self.width / 2, y, self.width, self.height, self.style, min(16, self.height / 2)))
        out += _text(self.lines, middle, y + 6, "label", LINE)


class _Box(_Part):
    """A step: what it is, the command, and what has to be true or agreed before it starts."""

    def __init__(self, step: Step) -> None:
        self.step = step
        self.lines = _wrapped(step["title"] or step["id"], (BOX - 26) / WIDE, 3)
        chips = [f"if {step['when']}" if step["when"] else "", f"only if {step['guard']}" if step["guard"] else "", step["approval_text"]]
        self.chips = [_wrapped(chip, (BOX - 26) / NARROW, 2) for chip in chips if chip]
        self.small = _wrapped(step["short"], (BOX - 26) / NARROW, 2) if step["short"] else []
        self.height = 14 + LINE * len(self.lines) + SMALL * (len(self.small) + sum(map(len, self.chips))) + (4 if self.small else 0)
        self.ends = step["kind"] == "stop" and not step["when"]

    def draw(self, out: list[str], middle: float, y: float) -> None:
        step = self.step
        left = middle - BOX / 2
        style = f"box {step['kind']} {step['effect']}{' maybe' if step['when'] else ''}"
        out.append(f'<a href="#step-{escape(step["id"], quote=True)}"><g><title>{escape(step["id"])}</title>')
        out.append(_rect(left, y, BOX, self.height, style, 14 if step["kind"] == "ask" else 5))
        if step["effect"]:
            out.append(_rect(left, y, 5, self.height, f"stripe {step['effect']}", 2))
        at = y + 7.0
        for chip in self.chips:
            out += _text(chip, middle, at, "chip", SMALL)
            at += SMALL * len(chip)
        out += _text(self.lines, middle, at, "label", LINE)
        out += _text(self.small, middle, at + LINE * len(self.lines) + 2, "small", SMALL)
        out.append("</g></a>")


class _Sequence(_Part):
    def __init__(self, parts: Sequence[_Part]) -> None:
        self.parts = list(parts)
        self.width = max((part.width for part in self.parts), default=BOX / 2)
        self.height = sum(part.height for part in self.parts) + GAP * max(0, len(self.parts) - 1)
        self.ends = bool(self.parts) and self.parts[-1].ends

    def draw(self, out: list[str], middle: float, y: float) -> None:
        for at, part in enumerate(self.parts):
            if at and not self.parts[at - 1].ends:
                out.append(_arrow(middle, y - GAP, y))
            part.draw(out, middle, y)
            y += part.height + GAP


class _Columns(_Part):
    """Alternatives or branches side by side: a head, a line to each with its label, and the lines together again."""

    def __init__(self, head: _Part, arms: Sequence[tuple[str, _Sequence]], style: str) -> None:
        self.head = head
        self.arms = [(_wrapped(label, BOX / NARROW, 2), body) for label, body in arms]
        self.style = style
        self.sizes = [max(body.width, BOX * 0.6) for _, body in self.arms]
        self.label = SMALL * max((len(label) for label, _ in self.arms), default=0)
        self.above = 20 + self.label + 14
        self.inner = max((body.height for _, body in self.arms), default=0)
        self.width = max(head.width, sum(self.sizes) + SPREAD * max(0, len(self.arms) - 1))
        self.height = head.height + self.above + self.inner + 24
        self.ends = bool(self.arms) and all(body.ends for _, body in self.arms)

    def draw(self, out: list[str], middle: float, y: float) -> None:
        self.head.draw(out, middle, y)
        top = y + self.head.height
        bottom = top + self.above + self.inner + 24
        left = middle - (sum(self.sizes) + SPREAD * (len(self.arms) - 1)) / 2
        for (label, body), size in zip(self.arms, self.sizes, strict=True):
            center = left + size / 2
            begin = top + self.above
            out.append(f'<path class="line" d="M{_n(middle)} {_n(top)}V{_n(top + 10)}H{_n(center)}V{_n(top + 18)}"/>')
            out += _text(label, center, top + 20, "arm", SMALL)
            if body.parts:
                out.append(_arrow(center, top + 20 + self.label + 1, begin))
            body.draw(out, center, begin)
            if not body.ends:
                start = begin + body.height if body.parts else top + 20 + self.label + 1
                out.append(f'<path class="line" d="M{_n(center)} {_n(start)}V{_n(bottom - 10)}H{_n(middle)}V{_n(bottom)}"/>')
            left += size + SPREAD


class _Stacked(_Part):
    """Alternatives or branches one below the other, each in a frame: lines lead to them on the left and away on the right."""

    SIDE = 22

    def __init__(self, head: _Part, arms: Sequence[tuple[str, _Sequence]]) -> None:
        self.head = head
        self.frames = [_Frame(label, body.parts, "frame arm-frame") for label, body in arms]
        self.inner = max((frame.width for frame in self.frames), default=BOX)
        self.width = max(head.width, self.inner + 2 * self.SIDE)
        self.height = head.height + GAP + sum(frame.height + 14 for frame in self.frames) + 12
        self.ends = bool(self.frames) and all(frame.ends for frame in self.frames)

    def draw(self, out: list[str], middle: float, y: float) -> None:
        self.head.draw(out, middle, y)
        top = y + self.head.height
        left, right = middle - self.inner / 2 - self.SIDE, middle + self.inner / 2 + self.SIDE
        at = top + GAP
        entries: list[float] = []
        exits: list[float] = []
        for frame in self.frames:
            edge = middle - frame.width / 2
            entry = at + 14
            entries.append(entry)
            out.append(f'<path class="line" marker-end="url(#arrow)" d="M{_n(left)} {_n(entry)}H{_n(edge - 1)}"/>')
            frame.draw(out, middle, at)
            if not frame.ends:
                leave = at + frame.height - 10
                exits.append(leave)
                out.append(f'<path class="line" d="M{_n(middle + frame.width / 2)} {_n(leave)}H{_n(right)}"/>')
            at += frame.height + 14
        if entries:
            out.append(f'<path class="line" d="M{_n(middle)} {_n(top)}V{_n(top + 10)}H{_n(left)}V{_n(entries[-1])}"/>')
        if exits:
            bottom = y + self.height
            out.append(f'<path class="line" d="M{_n(right)} {_n(exits[0])}V{_n(bottom - 10)}H{_n(middle)}V{_n(bottom)}"/>')


class _Frame(_Part):
    """A part of the flow that belongs together, with its name at the top."""

    def __init__(self, label: str, parts: Sequence[_Part], style: str) -> None:
        self.body = _Sequence(parts)
        self.width = max(self.body.width, BOX) + 2 * PAD
        self.lines = _wrapped(label, (self.width - 20) / NARROW, 2)
        self.style = style
        self.top = 10 + SMALL * len(self.lines) + 8
        self.height = self.top + self.body.height + PAD
        self.ends = self.body.ends

    def draw(self, out: list[str], middle: float, y: float) -> None:
        out.append(_rect(middle - self.width / 2, y, self.width, self.height, self.style, 8))
        out += _text(self.lines, middle - self.width / 2 + 10, y + 7, "frame-label", SMALL, "start")
        self.body.draw(out, middle, y + self.top)


def _part(step: Step) -> _Part:
    kind = step["kind"]
    label = step["title"] or step["id"]
    if kind in ("choose", "parallel"):
        arms = [(arm["label"], _Sequence([_part(inner) for inner in arm["steps"]])) for arm in step["arms"]]
        return _side_by_side(_Pill(f"{label} · side by side" if kind == "parallel" else label, f"pill {kind}"), arms, kind)
    if kind == "loop":
        return _Frame(step["label"], [_part(inner) for inner in step["steps"]], "frame loop")
    if kind == "try":
        return _try(step, label)
    return _Box(step)


def _side_by_side(head: _Part, arms: Sequence[tuple[str, _Sequence]], style: str) -> _Part:
    columns = _Columns(head, arms, style)
    return columns if columns.width <= WIDEST else _Stacked(head, arms)


def _try(step: Step, label: str) -> _Part:
    body = [_part(inner) for inner in step["steps"]]
    always = [_Frame("in any case", [_part(inner) for inner in step["always"]], "frame")] if step["always"] else []
    if not step["rescue"]:
        return _Frame(label, [*body, *always], "frame")
    arms = [("try", _Sequence(body)), ("on failure", _Sequence([_part(inner) for inner in step["rescue"]]))]
    return _Frame(label, [_side_by_side(_Pill("try", "pill"), arms, "try"), *always], "frame")


def _rect(x: float, y: float, width: float, height: float, style: str, radius: float) -> str:
    return f'<rect class="{escape(style)}" x="{_n(x)}" y="{_n(y)}" width="{_n(width)}" height="{_n(height)}" rx="{_n(radius)}"/>'


def _arrow(x: float, y: float, to: float) -> str:
    return f'<path class="line" marker-end="url(#arrow)" d="M{_n(x)} {_n(y)}V{_n(to - 1)}"/>'


def _text(lines: Sequence[str], x: float, y: float, style: str, step: float, anchor: str = "middle") -> list[str]:
    return [
        f'<text class="{style}" x="{_n(x)}" y="{_n(y + step * (at + 0.75))}" text-anchor="{anchor}">{escape(line)}</text>'
        for at, line in enumerate(lines)
    ]
