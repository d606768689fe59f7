"""`runbook explain`: what a code means."""

from __future__ import annotations

import os
from importlib import import_module

from ...base import catalogue
from ...base.diagnostics import fail
from ...base.text import wrap

TYPE_CHECKING = False
if TYPE_CHECKING:
    from ...base.catalogue import Entry
    from ..args import Args
    from ..console import Console


def run(args: Args, console: Console) -> int:
    """One code, or the list of all."""
    asked = args.text("CODE").upper()
    entries = entries_of(asked)
    if not asked:
        for code, entry in sorted(entries.items()):
            console.print(f"{code}  {entry.title}")
        return 0
    if asked.isdigit():
        asked = f"RB{asked}"
        entries = entries_of(asked)
    if asked not in entries:
        near = ", ".join(_near(asked))
        help = f"Near it: {near}. " if near else "A code is RB and three digits. "
        help += "`runbook explain` without a code lists all."
        raise fail("RB727", f"There is no code {args.text('CODE')!r}.", help=help)
    console.print(_page(asked, entries[asked], console))
    return 0


def _near(code: str) -> list[str]:
    """The codes whose numbers are nearest to the first three digits, in order."""
    digits = code.removeprefix("RB")[:3]
    if not digits.isascii() or not digits.isdigit():
        return []
    number = int(digits.ljust(3, "0"))
    nearest = sorted(entries_of(""), key=lambda known: (abs(int(known[2:]) - number), known))[:3]
    return sorted(nearest)


def entries_of(code: str) -> dict[str, Entry]:
    """The entries of a code's area; of all areas when there is no such area."""
    folder = os.path.dirname(catalogue.__file__ or "")
    areas = sorted(name[:-3] for name in os.listdir(folder) if name.startswith("rb") and name.endswith(".py"))
    own = [name for name in areas if name[2:3] == code[2:3]]
    found: dict[str, Entry] = {}
    for name in own or areas:
        found.update(import_module(f"{catalogue.__name__}.{name}").CODES)
    return found


def _page(code: str, entry: Entry, console: Console) -> str:
    style = console.style()
    lines = [style.paint("title", f"{code}: {entry.title}"), "", wrap(entry.text, min(style.width, 80))]
    for title, example in (("Wrong", entry.bad), ("Right", entry.good)):
        if example:
            lines += ["", f"{title}:", *(f"    {line}" for line in example.rstrip().split("\n"))]
    return "\n".join(lines)
