"""What GitHub Actions reads from a step: annotations on its output, values in its output file."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from .sarif import Place

MOST = 10
"""Annotations of a level that a step may make; GitHub drops further ones."""
_LEVELS = {"error": "error", "warning": "warning", "note": "notice"}


def workflow_commands(found: Iterable[Place]) -> Iterator[str]:
    """Workflow commands, in the order that is given, at most MOST of each level."""
    left = dict.fromkeys(_LEVELS, MOST)
    for one in found:
        if left[one.level]:
            left[one.level] -= 1
            yield annotation(one)


def annotation(one: Place) -> str:
    """One workflow command; its values escape `%`, line ends, and in properties `:` and `,`."""
    place = f"file={_property(one.file)}," if one.file else ""
    line = f"line={one.line},col={max(one.column, 1)}," if one.line else ""
    return f"::{_LEVELS[one.level]} {place}{line}title={_property(one.rule)}::{_plain(one.message)}"


def outputs(values: Mapping[str, str]) -> str:
    """Lines for the file that GITHUB_OUTPUT names. No value may hold an end of line: it could name further outputs."""
    return "".join(f"{name}={' '.join(value.split())}\n" for name, value in values.items())


def _plain(text: str) -> str:
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return _plain(text).replace(":", "%3A").replace(",", "%2C")
