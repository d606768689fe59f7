"""All checks of a program, in one call."""

from __future__ import annotations

from .names import Flow
from .rules import check_rules
from .scope import ExpressionChecker
from .secrets import check_sources

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from ..base.diagnostics import Problems
    from ..base.source import Source, Span
    from ..machine.core import Program
    from ..model.nodes import Runbook
    from ..model.policy import Policy

    ReadText = Callable[[str, Span | None, Problems], Source | None]


def check_program(
    program: Program, books: list[Runbook], policy: Policy | None, read: ReadText, problems: Problems, flow: Flow | None = None
) -> None:
    """Adds what is wrong with a program that could be built. `read` gives the text of a file of the library; `flow` is who checks names
    and types, if somebody wants to look on."""
    (flow or Flow(ExpressionChecker(problems), problems)).scope(program.root)
    check_rules(program, books, policy, problems)
    check_sources(program, problems)
    check_files(program, read, problems)


def check_files(program: Program, read: ReadText, problems: Problems) -> None:
    """Templates and other files that steps name with a constant path have to be there; so they are in the digest too."""
    from .rules import nodes_in

    for node in nodes_in((program.root,)):
        call = getattr(node, "call", None)
        if call is None or call.surface.name != "render":
            continue
        bound = call.args.get("template")
        path = call.constant("template")
        if bound is not None and isinstance(path, str):
            read(path, bound.span, problems)
