"""`runbook ack`: somebody looks after an escalation, and nobody else is told."""

from __future__ import annotations

from ..answering import answer_escalation

TYPE_CHECKING = False
if TYPE_CHECKING:
    from ..args import Args
    from ..console import Console


def run(args: Args, console: Console) -> int:
    """0 when it is recorded."""
    return answer_escalation("acknowledge", args, console)
