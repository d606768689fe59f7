"""Who would be told when: as a table, as a chart of text, as a picture (SVG)."""

from __future__ import annotations

from ..base.duration import format_duration
from ..base.record import Record
from ..base.text import Style, cells, clean, wrap
from ..people.calendar import local_stamp

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from ..people.foresight import Row
    from ..people.plan import Plan, Rung

WORDS = {
    "raised": "raised",
    "waits": "waits",
    "told": "told",
    "repeat": "told again",
    "late": "late",
    "given up": "given up",
    "noted": "noted",
    "open": "stays open",
}
FULL, ON_DUTY, OFF = "█", "─", "·"


class Bar(Record):
    """A tier is waited for: from `start` to `end`."""

    tier: str
    start: int
    end: int


def ways(row: Row) -> str:
    """`slack #alerts, email dev@example.com`."""
    return ", ".join(f"{channel} {to}".strip() for channel, to in row.ways)


def as_json(plan: Plan, rows: tuple[Row, ...]) -> dict[str, Any]:
    """The document of `--format json`: moments as the policy's clocks show them, with the policy's zone."""
    return {
        "severity": plan.severity,
        "zone": plan.zone,
        "rows": [
            {
                "at": local_stamp(plan.zone, row.at),
                "what": WORDS[row.what],
                "tier": row.tier or None,
                "channels": [f"{channel}:{to}" for channel, to in row.ways],
                "until": local_stamp(plan.zone, row.until) if row.until else None,
                "why": row.why,
                "passed": [{"tier": tier, "why": why} for tier, why in row.passed],
            }
            for row in rows
        ],
    }


def table(plan: Plan, rows: tuple[Row, ...], style: Style) -> str:
    """A line each: when, how long after it was raised, what, whom, how, until when."""
    start = rows[0].at
    lines = [style.paint("title", f"{plan.severity or 'no severity'} raised {local_stamp(plan.zone, start)} ({plan.zone})")]
    if rows[0].until:
        lines.append(f"  to be resolved by {local_stamp(plan.zone, rows[0].until)}")
    tiers = max((cells(row.tier) for row in rows), default=0)
    for row in rows[1:]:
        for tier, why in row.passed:
            lines.append(style.paint("dim", f"  {'':<20}  {'':>6}  {tier} is passed over: {why}"))
        text = f"{local_stamp(plan.zone, row.at)}  {after(row.at - start):>6}  {_told(plan, row, tiers, style)}".rstrip()
        lines.append("  " + (text if style.colour else wrap(text, style.width - 2, " " * (32 + tiers))))
    return "\n".join(lines)


def _told(plan: Plan, row: Row, tiers: int, style: Style) -> str:
    until = local_stamp(plan.zone, row.until) if row.until else ""
    word = WORDS[row.what]
    if row.what in ("told", "repeat"):
        limit = (
            f", acknowledges by {until[11:16] if until[:10] == local_stamp(plan.zone, row.at)[:10] else until}" if until else ", no limit"
        )
        return f"{row.tier:<{tiers}}  {style.paint('bold', word)}: {clean(ways(row))}{limit}"
    if row.what == "waits":
        return f"{row.tier:<{tiers}}  waits until {until}: {row.why}"
    if row.what == "open":
        return f"{row.tier:<{tiers}}  stays open until somebody acknowledges"
    return f"{'':<{tiers}}  {style.paint('warning', word)}: {row.why}"


def after(micros: int) -> str:
    """`+1h30m`."""
    return f"+{format_duration(micros)}" if micros else "0"


def bars(rows: tuple[Row, ...]) -> tuple[list[Bar], int]:
    """Each tier's time, and the end of the picture."""
    told = [row for row in rows if row.what == "told"]
    moments = [row.at for row in rows] + [row.until for row in rows[1:] if row.until]
    start, end = rows[0].at, max(moments)
    end += max((end - start) // 8, 300_000_000)
    found = []
    for number, row in enumerate(told):
        following = told[number + 1].at if number + 1 < len(told) else end
        found.append(Bar(row.tier, row.at, min(row.until or end, following) if following > row.at else row.at))
    return found, end


def _rungs(plan: Plan) -> list[Rung]:
    return list({rung.tier: rung for rung in plan.rungs}.values())


def chart(plan: Plan, rows: tuple[Row, ...], style: Style) -> str:
    """A lane for each tier: waited for, on duty, off duty."""
    if not plan.rungs or plan.backlog:
        return ""
    found, end = bars(rows)
    start = rows[0].at
    names = max(cells(rung.tier) for rung in plan.rungs)
    width = max(20, style.width - names - 6)
    step = (end - start) / width
    lines = []
    for rung in _rungs(plan):
        shift, lane = plan.shift(rung), []
        for cell in range(width):
            low, high = start + int(cell * step), start + int((cell + 1) * step)
            held = any(bar.tier == rung.tier and bar.start < high and bar.end > low for bar in found)
            on = shift is not None and shift.open_at((low + high) // 2)
            lane.append(FULL if held else ON_DUTY if on else OFF)
        lines.append(f"  {rung.tier:<{names}}  {''.join(lane)}")
    first, last = local_stamp(plan.zone, start)[5:16], local_stamp(plan.zone, end)[5:16]
    lines.append(f"  {'':<{names}}  {first}{last:>{width - len(first)}}")
    lines.append(style.paint("dim", f"  {'':<{names}}  {FULL} waited for   {ON_DUTY} on duty   {OFF} off duty"))
    return "\n".join(lines)


LANE, LEFT, RIGHT, TOP = 44, 150, 30, 64


def svg(plan: Plan, rows: tuple[Row, ...], width: int = 960) -> str:
    """The picture: readable in black and white, and by itself (title and description for those who can't see it)."""
    from html import escape

    found, end = bars(rows)
    start, rungs = rows[0].at, _rungs(plan)
    height = TOP + LANE * max(1, len(rungs)) + 60
    scale = (width - LEFT - RIGHT) / max(1, end - start)

    def x(moment: int) -> str:
        return f"{LEFT + (moment - start) * scale:.1f}"

    title = f"{plan.severity} raised {local_stamp(plan.zone, start)} ({plan.zone})"
    said = "; ".join(f"{local_stamp(plan.zone, row.at)} {WORDS[row.what]} {row.tier}".rstrip() for row in rows)
    out = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" role="img" font-family="sans-serif" font-size="13">',
        f"<title>{escape(title)}</title><desc>{escape(said)}</desc>",
        f'<rect width="{width}" height="{height}" fill="#fff"/>',
        f'<text x="16" y="28" font-size="17" font-weight="bold">{escape(title)}</text>',
    ]
    for number, rung in enumerate(rungs):
        y = TOP + number * LANE
        out.append(f'<text x="16" y="{y + 19}">{escape(rung.tier)}</text>')
        out.append(f'<rect x="{LEFT}" y="{y + 4}" width="{width - LEFT - RIGHT}" height="22" fill="#eee"/>')
        shift = plan.shift(rung)
        if shift is not None:
            for first, last in shift.spans(start // 1_000_000, end // 1_000_000):
                low, high = max(start, first * 1_000_000), min(end, last * 1_000_000)
                out.append(f'<rect x="{x(low)}" y="{y + 4}" width="{max(0.5, (high - low) * scale):.1f}" height="22" fill="#bcd"/>')
        for bar in found:
            if bar.tier == rung.tier:
                wide = max(3.0, (bar.end - bar.start) * scale)
                out.append(f'<rect x="{x(bar.start)}" y="{y}" width="{wide:.1f}" height="30" rx="3" fill="#b3261e"/>')
    foot = TOP + LANE * max(1, len(rungs)) + 8
    for moment in _marks(rows, end, scale):
        out.append(f'<line x1="{x(moment)}" y1="{TOP - 8}" x2="{x(moment)}" y2="{foot}" stroke="#555" stroke-dasharray="2 3"/>')
        anchor = "end" if LEFT + (moment - start) * scale > width - 90 else "start"
        out.append(
            f'<text x="{x(moment)}" y="{foot + 16}" font-size="11" text-anchor="{anchor}">{local_stamp(plan.zone, moment)[5:16]}</text>'
        )
    legend = ((LEFT, "#b3261e", "waited for"), (LEFT + 120, "#bcd", "on duty"), (LEFT + 220, "#eee", "off duty"))
    for place, colour, text in legend:
        out.append(f'<rect x="{place}" y="{foot + 28}" width="14" height="14" fill="{colour}"/>')
        out.append(f'<text x="{place + 20}" y="{foot + 40}">{text}</text>')
    return "\n".join([*out, "</svg>\n"])


def _marks(rows: tuple[Row, ...], end: int, scale: float) -> list[int]:
    """Moments with a label, far enough apart to be read."""
    chosen: list[int] = []
    for moment in sorted({row.at for row in rows} | {row.until for row in rows[1:] if row.until} | {end}):
        if not chosen or (moment - chosen[-1]) * scale > (160 if moment == end else 80):
            chosen.append(moment)
    return chosen
