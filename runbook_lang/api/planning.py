"""Planning a loaded runbook: offline, without its environment and without a secret."""

from __future__ import annotations

from ..base.diagnostics import Diagnostic, RunbookError
from ..base.suggest import did_you_mean
from ..machine.inputs import check_value
from .inputs import unfit

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping

    from ..expr.values import Value
    from ..plan.entry import Plan
    from .load import Loaded


def plan(loaded: Loaded, inputs: Mapping[str, Value] | None = None) -> Plan:
    """The plan of a runbook. An input without a value here and without a default stays open.

    Values from the environment are the caller's to bring. Raises RunbookError: the file's own errors, RB710 for an
    input that isn't declared, RB712 for a value that doesn't fit.
    """
    from ..plan.make import make_plan

    if loaded.program is None:
        raise RunbookError(*loaded.problems.sorted())
    given = dict(inputs or {})
    declared = {item.name.text: item for item in loaded.program.root.declared}
    problems: list[Diagnostic] = []
    for name, value in given.items():
        item = declared.get(name)
        if item is None:
            help = did_you_mean(name, declared) or f"Declared inputs: {', '.join(declared) or 'none'}."
            problems.append(Diagnostic("RB710", f"{loaded.program.name} has no input {name!r}.", None, help))
            continue
        fault = check_value(item, value)
        if fault:
            problems.append(unfit(item, "", fault))
    if problems:
        raise RunbookError(*problems)
    return make_plan(loaded.program, given)
