"""All checks of a program, in one call."""

from __future__ import annotations

from ..base.diagnostics import Problems
from .names import Flow
from .rules import check_rules
from .scope import ExpressionChecker
from .secrets import check_sources

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from ..base.source import Source, Span
    from ..machine.core import Program
    from ..model.nodes import Runbook
    from ..model.policy import Policy

    ReadText = Callable[[str, Span | None, Problems], Source | None]


def check_program(
    program: Program, books: list[Runbook], policy: Policy | None, read: ReadText, problems: Problems, flow: Flow | None = None
) -> None:
    """Adds what is wrong with a program, as far as it could be built. `read` gives the text of a file of the library; `flow` is who checks
    names and types, if somebody wants to look on.

    What a tool would refuse leaves the steps their places and types, and what was no text of the language leaves them to the rest of the
    file. Where the structure has errors, names and types of what is there are looked at, and rules about the whole wait until it is whole.
    """
    flow = flow or Flow(ExpressionChecker(problems), problems)
    flow.checker.windows = policy.windows if policy is not None else {}
    # What isn't shown counts, too.
    if any(item.is_error and not item.code.startswith(("RB1", "RB5")) for item in problems.items):
        from .partly import unsure_names

        flow.unsure = unsure_names(program, books)
        flow.scope(program.root)
        check_files(program, read, problems)
        return
    flow.scope(program.root)
    check_rules(program, books, policy, flow.checker, problems)
    check_sources(program, problems)
    check_files(program, read, problems)


def check_files(program: Program, read: ReadText, problems: Problems, *, kept: bool = False) -> None:
    """Templates have to be named by their steps, and to be there, with all that they include; so they are in the digest too.

    `kept`: the files are a run's copies, and what they lack the run will do without.
    """
    for node in program.acts:
        call = node.call
        if call is None or call.surface.name != "render":
            continue
        bound = call.args.get("template")
        path = call.constant("template")
        if bound is not None and isinstance(path, str):
            source = read(path, bound.span, problems)
            if source is not None:
                _check_included(source, bound.span, read, Problems() if kept else problems)
        elif bound is not None and not kept:
            message = f"The template of {node.id!r} is only known in the run, so the run can't keep a copy of it."
            problems.error("RB548", message, bound.span, "Write its name out; `choose` takes one of several.")


def _check_included(source: Source, span: Span | None, read: ReadText, problems: Problems) -> None:
    """What a template includes, imports or extends, and those in turn; faults are shown at the step."""
    from ..surfaces.template_names import computed_in, named_in

    open_, known = [source.text], set[tuple[str, bool]]()
    while open_:
        text = open_.pop()
        for words in computed_in(text):
            message = f"A template includes `{words}`, which only the run knows: it is rendered if its name is written out elsewhere, too."
            problems.warning("RB549", message, span, "Name what it may be: {% if x %}{% include 'a.j2' %}{% endif %}")
        for named in named_in(text):
            if named in known:
                continue
            known.add(named)
            name, wanted = named
            found = read(name, span, problems if wanted else Problems())
            if found is not None:
                open_.append(found.text)
