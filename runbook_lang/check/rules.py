"""Rules that are not about types: effects, references, retries, approvals, windows."""

from __future__ import annotations

from ..base.duration import human_duration
from ..base.suggest import did_you_mean
from ..expr import ast
from ..expr.ast import walk
from ..expr.expression import text_fits
from ..expr.types import RecordType
from ..machine.core import Act, Fan, Scope, fit_for_key
from ..machine.desugar import all_steps, ids_in
from ..machine.inputs import check_value
from ..model import nodes as m
from .names import INPUT_TYPES
from .scope import Visible

TYPE_CHECKING = False
if TYPE_CHECKING:
    from ..base.diagnostics import Problems
    from ..expr.expression import Template
    from ..machine.core import Program
    from ..model.policy import Policy
    from ..surfaces.kinds import Call
    from .scope import ExpressionChecker

RANK = {"read": 0, "change": 1, "destroy": 2}


def check_rules(program: Program, books: list[m.Runbook], policy: Policy | None, checker: ExpressionChecker, problems: Problems) -> None:
    for book in books:
        steps = all_steps(book.steps + book.on_failure)
        _defaults(book, problems)
        _hosts(book, checker)
        _references(book, steps, problems)
        _policy_names(book, steps, policy, problems)
    for node in program.nodes:
        if isinstance(node, Act):
            _act(node, problems)
            if node.call is not None and node.call.surface.name == "notify":
                _whom(node.call, policy, problems)
        elif isinstance(node, Fan):
            _fan(node, problems)
        elif isinstance(node, Scope) and not node.root:
            _call(node, problems)
    _locks(program, checker, problems)


def _act(act: Act, problems: Problems) -> None:
    inferred = act.inferred or act.effect
    if RANK[act.effect] < RANK[inferred] and not act.because:
        problems.error(
            "RB410",
            f"{act.id!r} is a {inferred}, and 'effect: {act.effect}' lowers that without a reason.",
            act.span,
            "Say why it is less than it seems: because: …",
        )
    for role, part in (("applied", act.applied), ("rehearse", act.rehearse)):
        if part is not None and part.effect != "read":
            help = "Ask with a read, or say why it is one: effect: read, because: …"
            problems.error("RB412", f"{role!r} of {act.id!r} must be a read, and this is a {part.effect} ({part.why}).", part.span, help)
    _sensitive(act, problems)
    if act.applied is not None and act.applied.effect == "read" and not act.applied.expect and not act.repeatable:
        problems.warning(
            "RB430",
            f"'applied' of {act.id!r} can say yes, and never no: without 'expect' every other end leaves the change in doubt.",
            act.applied.span,
            "Add what is true when the change is in place, for a program for example: expect: result.exit == 0",
        )
    if act.on is not None and act.call is not None and not act.call.surface.travels:
        message = f"{act.id!r} can't be sent to another host: {act.call.surface.name} runs inside of runbook itself."
        problems.error("RB428", message, act.on.span() or act.span, "Leave 'on' out, or call a program there: shell, psql, redis-cli, …")
    if act.effect == "destroy" and not act.because:
        message = f"{act.id!r} destroys ({act.why}), and doesn't say why that is right."
        problems.error("RB426", message, act.span, "Add a reason: because: …")
    if act.retry is not None and act.effect != "read" and not act.repeatable and act.applied is None:
        problems.warning(
            "RB416",
            f"{act.id!r} changes something: it is tried again only when it is known that nothing was applied.",
            act.span,
            "If doing it twice is doing it once, say: repeatable: true",
        )


def _sensitive(act: Act, problems: Problems) -> None:
    """What is to be kept secret has to be there: of another name nothing would be hidden."""
    result = act.result
    if not isinstance(result, RecordType) or result.open:
        return
    for name in act.sensitive:
        if name.text not in result.fields:
            help = did_you_mean(name.text, result.fields) or f"Its fields are {', '.join(result.fields)}."
            problems.error("RB214", f"'sensitive' names {name.text!r}, which is no field of a {result}.", name.span, help)


def _whom(call: Call, policy: Policy | None, problems: Problems) -> None:
    """Whom a message is for has to be known to the policy."""
    from ..people.ways import whom_of
    from ..surfaces.notify import written

    bound = call.args.get("to")
    for what, why, help in whom_of(policy, written(bound)).wrong if bound is not None else ():
        if not why.startswith("there is no channel"):  # said already where the argument was read
            problems.error("RB550", f"{what!r} tells nobody: {why}.", bound.span if bound is not None else None, help)


def _fan(node: Fan, problems: Problems) -> None:
    if node.over is not None and node.max is None and node.over.roots:
        problems.error(
            "RB424",
            f"The loop {node.id!r} goes over a list that isn't known beforehand, and has no 'max'.",
            node.over.span(),
            "Say how many turns it may have at most: max: 50",
        )
    values = _literals(node)
    if node.max is not None and len(values) > node.max:
        message = f"The loop {node.id!r} has {len(values)} turns, and 'max' is {node.max}."
        problems.error("RB432", message, node.over.span() if node.over else node.span, "Raise `max`, or shorten the list.")
    tree = node.key.tree if node.key is not None else None
    keys: list[str] = []
    for value in values if isinstance(tree, (ast.Ident, ast.Literal)) else ():
        key = str(value if isinstance(tree, ast.Ident) else tree.value)  # type: ignore[union-attr]  # a literal then
        if not fit_for_key(key, keys):
            message = f"The key {key[:60]!r} of a turn of {node.id!r} is empty, too long, not unique, or holds one of ] / #."
            problems.error("RB432", message, node.key.span() if node.key else node.span, "Give each turn a short key of its own.")
            break
        keys.append(key)


def _literals(node: Fan) -> list[object]:
    """The elements of a list that stands in the file; none where the run alone knows them, or where the key is made of something else."""
    if node.over is None or not isinstance(node.over.tree, ast.ListExpr):
        return []
    items = node.over.tree.items
    named = node.key is None or not isinstance(node.key.tree, ast.Ident) or node.key.tree.name == node.var
    texts = all(isinstance(item, ast.Literal) and isinstance(item.value, (str, int)) for item in items)
    return [item.value for item in items if isinstance(item, ast.Literal)] if texts and named else []


def _call(node: Scope, problems: Problems) -> None:
    declared = {item.name.text: item for item in node.declared}
    given = {name for name, _ in node.inputs}
    for name in sorted(given - declared.keys()):
        help = did_you_mean(name, declared) or f"Its inputs: {', '.join(declared) or 'none'}."
        problems.error("RB418", f"{node.runbook} has no input {name!r}.", node.span, help)
    for name, item in declared.items():
        if name not in given and not item.has_default:
            problems.error(
                "RB419", f"The call of {node.runbook} doesn't give its input {name!r}.", node.span, f"Add it: inputs: {{{name}: …}}"
            )


def _defaults(book: m.Runbook, problems: Problems) -> None:
    """A default is a value like any other that is given: the input has to take it."""
    for item in book.inputs:
        wrong = check_value(item, item.default) if item.has_default else ""
        if wrong:
            message = f"The default of the input {item.name.text!r} is no value that it takes: {wrong}."
            problems.error("RB314", message, item.name.span, "Change the default, or what the input takes.")


def _references(book: m.Runbook, steps: list[m.Step], problems: Problems) -> None:
    known = set(ids_in(book.steps) + ids_in(book.on_failure)) | {step.id.text for step in steps}
    undoable = {step.id.text for step in steps if step.mods.undo is not None}
    undoable |= _containers(steps)
    order = _Order(steps)
    for step in steps:
        for name in step.mods.settles:
            _known_undo(name, "settles", known, undoable, problems)
            order.check(step, name, "settles", problems)
        if step.mods.settles and isinstance(step.kind, m.Stop):
            help = "Put it on the step before, which is what makes the undo invalid."
            problems.error("RB431", f"{step.id.text!r} ends the runbook, so it settles nothing.", step.mods.settles[0].span, help)
        if isinstance(step.kind, m.Undo):
            for name in step.kind.ids:
                _known_undo(name, "undo", known, undoable, problems)
                order.check(step, name, "undo", problems)


class _Order:
    """The places of a file's steps, with all that is inside of them, to tell what comes later."""

    def __init__(self, steps: list[m.Step]) -> None:
        self.first: dict[str, int] = {}
        for index, step in enumerate(steps):
            self.first.setdefault(step.id.text, index)
        blocks = (step for step in steps if isinstance(step.kind, (m.ForEach, m.Parallel)))
        self.ranges = [range(self.first[step.id.text] + 1, self.end(step)) for step in blocks]

    def end(self, step: m.Step) -> int:
        return self.first[step.id.text] + len(all_steps((step,)))

    def check(self, step: m.Step, name: m.Name, what: str, problems: Problems) -> None:
        """Where nothing has been done yet there is nothing to undo. Turns of a loop and branches have no order among them."""
        at, other = self.first[step.id.text], self.first.get(name.text)
        if other is None or any(at in block and other in block for block in self.ranges):
            return
        if other == at or other >= self.end(step):
            when = "is this step itself" if other == at else "comes later"
            message = f"{what!r} names {name.text!r}, which {when}: nothing of it is there to be undone."
            problems.error("RB414", message, name.span, "Put it on a step behind that one, or leave the name out.")


def _containers(steps: list[m.Step]) -> set[str]:
    """Loops and calls: undoing or settling them means what was done inside."""
    return {step.id.text for step in steps if isinstance(step.kind, (m.ForEach, m.Call))}


def _known_undo(name: m.Name, what: str, known: set[str], undoable: set[str], problems: Problems) -> None:
    if name.text not in known:
        problems.error("RB413", f"{what!r} names {name.text!r}, and there is no such step.", name.span, did_you_mean(name.text, known))
    elif name.text not in undoable:
        problems.error(
            "RB414", f"{what!r} names {name.text!r}, which has no undo.", name.span, "Give that step an 'undo', or leave this out."
        )


def _policy_names(book: m.Runbook, steps: list[m.Step], policy: Policy | None, problems: Problems) -> None:
    windows = policy.windows if policy is not None else {}
    used = [(step.kind.window, step.span) for step in steps if isinstance(step.kind, m.Wait) and step.kind.window]
    if book.window:
        used.append((book.window, book.name.span))
    for window, span in used:
        if window not in windows:
            help = did_you_mean(window, windows) or "Windows are declared in the policy: windows: {name: {hours: …}}"
            problems.error("RB420", f"There is no window {window!r} in the policy.", span, help)
    if policy is None:
        return
    if book.severity and book.severity not in policy.severities:
        help = did_you_mean(book.severity, policy.severities) or f"It has: {', '.join(policy.severities)}."
        problems.error("RB422", f"The policy has no severity {book.severity!r}.", book.name.span, help)
    for step in steps:
        if isinstance(step.kind, m.Escalate) and step.kind.tier and step.kind.tier not in policy.tiers:
            problems.error("RB425", f"The policy has no tier {step.kind.tier!r}.", step.span, did_you_mean(step.kind.tier, policy.tiers))
        role = step.mods.approve.role if step.mods.approve is not None else step.kind.role if isinstance(step.kind, m.Ask) else ""
        if role and role not in policy.approvals.roles:
            problems.error("RB425", f"The policy has no role {role!r}.", step.span, did_you_mean(role, policy.approvals.roles))
        if isinstance(step.kind, m.Escalate) and step.kind.severity and step.kind.severity not in policy.severities:
            help = did_you_mean(step.kind.severity, policy.severities) or f"It has: {', '.join(policy.severities)}."
            problems.error("RB422", f"The policy has no severity {step.kind.severity!r}.", step.span, help)
        within = step.mods.approve.within if step.mods.approve is not None else step.kind.within if isinstance(step.kind, m.Ask) else None
        if within is not None and within > policy.wait_people:
            most = human_duration(policy.wait_people)
            message = f"{step.id.text!r} waits {human_duration(within)} for a person, and the policy lets a run wait for {most}."
            problems.warning("RB429", message, step.span, "Shorten `within`, or lengthen `waits: {people: …}` in the policy.")


def _locks(program: Program, checker: ExpressionChecker, problems: Problems) -> None:
    inputs = {item.name.text: INPUT_TYPES[item.type] for item in program.root.declared}
    visible = Visible(inputs, frozenset())
    for template in program.locks:
        strange = sorted(template.roots - inputs.keys()) + [f"{name}()" for name in ("now", "window") if _calls(template, name)]
        for name in strange:
            problems.error("RB423", f"A lock is made from inputs only, and {name!r} is none.", template.span(), did_you_mean(name, inputs))
        if not strange:
            checker.text(template, visible, "a lock", fits=text_fits)


def _hosts(book: m.Runbook, checker: ExpressionChecker) -> None:
    """Where a secret may go is known from the start, too: from the inputs of its own runbook."""
    visible = Visible({item.name.text: INPUT_TYPES[item.type] for item in book.inputs}, frozenset())
    for secret in book.secrets:
        for template in secret.hosts:
            checker.text(template, visible, "a host in 'for'", fits=text_fits)


def _calls(template: Template, function: str) -> bool:
    """Whether a text asks a function whose answer is another one at another moment."""
    calls = (node for part in template.expressions if function in part.text for node in walk(part.tree) if isinstance(node, ast.Call))
    return any(node.function == function and node.target is None for node in calls)
