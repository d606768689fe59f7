"""What isn't known of a file that has errors in its structure, so that no finding follows from what is missing."""

from __future__ import annotations

from ..machine.core import Fan, Scope, nodes_in
from ..machine.desugar import all_steps
from ..model.nodes import ForEach

TYPE_CHECKING = False
if TYPE_CHECKING:
    from ..machine.core import Program
    from ..model.nodes import Runbook


def unsure_names(program: Program, books: list[Runbook]) -> dict[str, frozenset[str]]:
    """By the name of a runbook, the names of which nothing is known: of what couldn't be read or bound, or has an error in it."""
    unsure: dict[str, frozenset[str]] = {}
    for book in books:
        if book.named:
            unsure[book.name.text] = unsure.get(book.name.text, frozenset()) | _unknown(book)
    for node in program.nodes:
        if isinstance(node, Scope):
            lacking = _unbound(node)
            if lacking:
                unsure[node.runbook] = unsure.get(node.runbook, frozenset()) | lacking
    return unsure


def _unknown(book: Runbook) -> frozenset[str]:
    """The names in a file that nothing declares that could be read, and those of what has an error in it."""
    steps = all_steps(book.steps + book.on_failure)
    declared = {step.id.text for step in steps} | {step.kind.var.text for step in steps if isinstance(step.kind, ForEach)}
    declared.update(item.name.text for item in book.inputs)
    declared.update(item.name.text for item in book.secrets)
    return (book.named - declared) | book.doubtful


def _unbound(scope: Scope) -> frozenset[str]:
    """Steps that couldn't be bound: their ids are known, and nothing else."""
    inside = list(nodes_in((scope,)))
    there = {node.id for node in inside if getattr(node, "names", True)}  # a condition around a step has its id, and declares nothing
    loops = [node.steps for node in inside if isinstance(node, Fan)]
    return scope.steps.union(*loops) - there
