"""Secrets that steps bring: a later use needs a source that can be read again after a crash."""

from __future__ import annotations

from ..machine.core import Act

TYPE_CHECKING = False
if TYPE_CHECKING:
    from ..base.diagnostics import Problems
    from ..machine.core import Program


def check_sources(program: Program, problems: Problems) -> None:
    """A step whose result holds secrets that someone reads must be a read: only that can be run again to get them back."""
    for node in program.nodes:
        if not isinstance(node, Act) or node.effect == "read":
            continue
        read = sorted(path for path in node.taint if _head(path) in node.wants or "*" in node.wants)
        if read:
            problems.warning(
                "RB427",
                f"{node.id!r} changes something and its result holds secrets ({', '.join(read)}) that later steps may read.",
                node.span,
                "Read them in a step of its own: after a crash only a read can be run again.",
            )


def _head(path: str) -> str:
    return path.split(".", 1)[0].split("[", 1)[0]
