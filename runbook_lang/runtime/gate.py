"""Between a run and the plan that it is bound to: what is barred before it starts, and which approvals the plan brings along."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ..machine.events import ActBarred

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ..machine.moves import Await, Start
    from ..plan.bound import Binding
    from .recorder import Recorder


class Gate:
    """Open for a run that is bound to no plan."""

    def __init__(self, binding: Binding | None, recorder: Recorder) -> None:
        self.binding = binding
        self.recorder = recorder

    def bars(self, move: Start) -> bool:
        """True when the plan doesn't hold this start; the step has then failed, and the journal says why."""
        if self.binding is None:
            return False
        why = self.binding.refusal(move.path, move.role, move.act.effect, move.request)
        if why:
            self.recorder.record(ActBarred, id=move.id, why=why)
        return bool(why)

    def approvals(self, wait: Await) -> Iterator[dict[str, Any]]:
        """Approvals of the plan for a step that waits for one."""
        if self.binding is not None and wait.what == "approval" and wait.act is not None:
            path, _, role = wait.path.partition("#")
            yield from self.binding.approvals(path, role or "main")
