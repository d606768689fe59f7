"""A skeleton as the text of a runbook, with the lines of each step, so that findings can be put beside them."""

from __future__ import annotations

from ..base.record import Record
from .yaml_text import block_lines, comment_lines, scalar

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from .procedure import Draft, Skeleton


class Written(Record):
    """`rows`: (first line, last line, index) of each step, counted from 1."""

    text: str
    rows: tuple[tuple[int, int, int], ...]


def write(skeleton: Skeleton, findings: Mapping[int, Sequence[str]] | None = None) -> Written:
    """`findings`: sentences to stand as comments beside a step, by its index; those of the file at -1."""
    lines = _head(skeleton)
    for text in (findings or {}).get(-1, ()):
        lines += comment_lines(text, "")
    rows: list[tuple[int, int, int]] = []
    lines.append("steps:")
    for index, step in enumerate(skeleton.steps):
        if index:
            lines.append("")
        for text in step.above:
            lines += comment_lines(text, "  ")
        first = len(lines) + 1
        body = _step(step, f"{skeleton.manual.name}:{step.line}", (findings or {}).get(index, ()))
        lines += body
        rows.append((first, len(lines), index))
        for text in step.below:
            lines += comment_lines(text, "    ")
    if skeleton.end:
        lines.append("")
        for text in skeleton.end:
            lines += comment_lines(text, "")
    return Written("\n".join(lines) + "\n", tuple(rows))


def _head(skeleton: Skeleton) -> list[str]:
    section, manual = skeleton.section, skeleton.manual
    place = f"§{section.number}" if section.number else section.title or manual.title
    source = f"{manual.name} {place}" if section.number else f"{manual.name}, {place}"
    lines = [
        *comment_lines(f"Made from {manual.name}, line {section.line}. A skeleton: read each step, then settle what says TODO.", ""),
        f"runbook: {scalar(skeleton.name)}",
        f"title: {scalar(section.title or manual.title)}",
        f"source: {scalar(source)}",
    ]
    if skeleton.description:
        lines += block_lines("description", "\n".join(skeleton.description), "")
    for key, values in (("inputs", skeleton.given.inputs), ("secrets", skeleton.given.secrets)):
        if values:
            lines += ["", f"{key}:"]
        for name, about in values.items():
            fields = ", ".join(f"{field}: {scalar(value, flow=True)}" for field, value in about.items() if isinstance(value, str))
            lines.append(f"  {name}: {{{fields}}}")
    return [*lines, ""]


def _step(step: Draft, place: str, findings: Sequence[str]) -> list[str]:
    lines = [f"  - id: {step.id}"]
    if step.title:
        lines.append(f"    title: {scalar(step.title)}")
    lines.append(f"    # {place}")
    for text in findings:
        lines += comment_lines(text, "    ")
    for key, value in step.body.items():
        lines += block_lines(key, value, "    ")
    return lines
