"""Names and types through a whole program: the flow of the core, with what each step leaves behind."""

from __future__ import annotations

from ..base.diagnostics import Problems
from ..base.pattern import lazy
from ..expr.expression import Template, Words
from ..expr.template import parse_expression
from ..expr.types import BOOL, DOUBLE, DYN, INT, NULL, SECRET, STRING, ListType, MapType, RecordType, Type
from ..expr.values import EvalError, Unknown
from ..machine.core import Act, End, Fan, If, Let, Need, Scope, Try, Unwind
from ..machine.inputs import check_value
from ..model.names import OF_EVERY_STEP
from .scope import AT, COMMON, FAILURE_TYPE, FITS, ON, Visible, items_of, step_record

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping

    from ..expr.values import Value
    from ..machine.core import Body, Node
    from ..model.nodes import Input
    from .scope import ExpressionChecker

INPUT_TYPES: dict[str, Type] = {
    "string": STRING,
    "int": INT,
    "number": DYN,
    "bool": BOOL,
    "list": ListType(DYN),
    "map": MapType(STRING, DYN),
}
_FIELD = lazy(r"[A-Za-z_]\w*(?:\.[A-Za-z_]\w*)+")
ANSWER_TYPES: dict[str, Type] = {"bool": BOOL, "string": STRING, "int": INT, "number": DYN}


class Flow:
    """Checks a program: walks bodies in order; `visible` grows with what each node declares."""

    def __init__(self, checker: ExpressionChecker, problems: Problems, unsure: Mapping[str, frozenset[str]] | None = None) -> None:
        """`unsure`: by the name of a runbook with errors, the names of which nothing is known."""
        self.checker = checker
        self.problems = problems
        self.unsure = unsure or {}
        self.stops: list[set[str]] = []  # the steps that surely have run where the runbook may stop as succeeded
        self._called: dict[str, RecordType] = {}  # by file: what is in a called runbook is the same whoever calls it

    def scope(self, scope: Scope) -> RecordType:
        """Check a runbook's flow; returns the type of its outputs."""
        names: dict[str, Type] = {item.name.text: INPUT_TYPES[item.type] for item in scope.declared}
        names.update(dict.fromkeys(scope.secrets, SECRET))
        unsure = self.unsure.get(scope.runbook, frozenset())
        names.update(dict.fromkeys(unsure, DYN))
        visible = Visible(names, scope.steps - unsure, None, unsure)
        around, self.stops = self.stops, []
        self.body(scope.body, visible)
        stops, self.stops = self.stops, []
        handling = visible.doubting(scope.steps).plus("failure", FAILURE_TYPE).within()
        for item in scope.on_failure:
            self.node(item, handling)
            handling = handling.doubted()  # the next one is tried even if this one failed
        self.stops = around  # a stop of `on_failure` ends a runbook that has failed
        if stops and not scope.root:  # a caller reads them as the fields of a step; of the run itself those are told that there are
            visible = visible.doubting(name for name in scope.steps if not all(name in stop for stop in stops))
        for name, data in scope.outputs:
            self.perhaps_meant(data, visible, f"the output {name!r}")
        outputs = {name: self.checker.data(data, visible, f"the output {name!r}") for name, data in scope.outputs}
        return RecordType(f"outputs of {scope.runbook}", outputs)

    def body(self, body: Body, visible: Visible) -> bool:
        """Whether nothing can follow the body: it surely ends the runbook, or fails."""
        ends = False
        for node in body:
            ends = self.node(node, visible) or ends
        return ends

    def node(self, node: Node, visible: Visible) -> bool:
        """The same of a node."""
        if isinstance(node, End):
            return self.end(node, visible)
        if isinstance(node, If):
            return self.decide(node, visible)
        if isinstance(node, Try):
            return self.attempt(node, visible)
        if isinstance(node, Act):
            self.act(node, visible)
        elif isinstance(node, Let):
            self.let(node, visible)
        elif isinstance(node, Need):
            self.need(node, visible)
        elif isinstance(node, Fan):
            self.fan(node, visible)
        elif isinstance(node, Scope):
            self.call(node, visible)
        elif isinstance(node, Unwind):
            visible.declare(node.id, step_record(node.id, {}, attempt=False))
        return False

    def end(self, node: End, visible: Visible) -> bool:
        if node.message is not None:
            self.checker.text(node.message, visible, "a message")
        if node.outcome == "succeeded":
            self.stops.append(visible.sure())
        return True

    def act(self, act: Act, visible: Visible) -> None:
        if act.guard is not None:
            self.checker.condition(act.guard, visible, "guard")
            visible.learn(act.guard)
        self.request(act, visible)
        if act.incident is not None:
            self.checker.text(act.incident.message, visible, "a message")
        if act.approval is not None and act.approval.text is not None:
            self.checker.text(act.approval.text, visible, "a question")
        result = step_record(act.id, dict(getattr(act.result, "fields", {})))
        self.expectations(act, visible)
        for part in (act.applied, act.undo, act.rehearse):
            if part is not None:
                seen = visible.plus(act.id, result) if part is act.undo else visible
                self.request(part, seen)
                self.expectations(part, seen)
        visible.declare(act.id, result)

    def request(self, act: Act, visible: Visible) -> None:
        if act.on is not None:
            self.checker.text(act.on, visible, "'on'", fits=ON)
        if act.call is None:
            return
        for name, bound in act.call.args.items():
            if isinstance(bound.value, Words) and bound.value.quoted:
                self.quoted(bound.value, visible)
            if isinstance(bound.value, (Words, Template)) and not bound.value.computed:
                continue
            arg = act.call.surface.args.get(name)
            allowed = arg is not None and arg.secret_ok
            if arg is not None and arg.kind == "sql" and isinstance(bound.value, Template):
                self.checker.values(bound.value, visible, f"the argument {name!r}", allowed)
            elif not isinstance(bound.value, Words):
                fits = FITS.get(arg.kind) if arg is not None else None
                self.checker.data(bound.value, visible, f"the argument {name!r}", allowed, fits)
            elif (
                self.checker.words(bound.value, visible, f"the argument {name!r}")
                and bound.value.expressions
                and act.call.surface.counts_words
            ):
                # Only the types tell that no word is a list: now missing arguments can be counted, too.
                act.call.surface.facts(act.call.replace(single=True), self.problems)

    def quoted(self, words: Words, visible: Visible) -> None:
        """A value of this runbook in single quotes; another name is a variable of the shell or program that gets the text."""
        for expression in words.quoted:
            if any(name in visible for name in expression.roots):
                hole = f"${{{expression.text}}}"
                message = f"{hole} stands in single quotes, so no value is put in: the characters are passed on as they are."
                help = f"For the value use double quotes, or none (in a shell's script an argument, $1); for the characters write ${hole}."
                self.problems.warning("RB236", message, expression.span(-2, len(expression.text) + 1), help)

    def perhaps_meant(self, data: object, visible: Visible, what: str) -> None:
        """A text that is the name of a step with a field that it has, where a template stands: `${…}` was forgotten most probably."""
        text = data.constant if isinstance(data, Template) else None
        if text is None or not _FIELD.fullmatch(text) or text.partition(".")[0] not in visible:
            return
        found = Problems()
        expression = parse_expression(text, None, found)
        if expression is not None:
            type(self.checker)(found).expression(expression, visible)
        if not found.failed:
            message = f"For {what} the characters {text} are passed on as they are, and not the value of that name."
            self.problems.warning(
                "RB237", message, data.span() if isinstance(data, Template) else None, f"Write ${{{text}}} for the value."
            )

    def expectations(self, act: Act, visible: Visible) -> None:
        if not act.expect:
            return
        fields = dict(getattr(act.result, "fields", {}))
        inner = visible.plus(
            "result", step_record("result", fields).replace(name=f"result of {act.call.surface.name}" if act.call else "result")
        )
        for expression in act.expect:
            self.checker.condition(expression, inner, "expect")

    def let(self, node: Let, visible: Visible) -> None:
        fields: dict[str, Type] = {}
        for name, expression in node.fields:
            earlier = node.id in expression.roots and bool(fields)
            seen = visible.plus(node.id, step_record(node.id, dict(fields), attempt=False)) if earlier else visible
            fields[name] = self.checker.expression(expression, seen)
            if name in OF_EVERY_STEP:
                self.own_field(node, name, fields[name])
        visible.declare(node.id, step_record(node.id, fields, attempt=False))

    def own_field(self, node: Let, name: str, type_: Type) -> None:
        """A field of `set` that takes the place of one that every step has: odd, and wrong where it is of another type."""
        message = f"The field {name!r} of {node.id!r} takes the place of the one that every step has"
        wanted = COMMON.get(name)
        if wanted is None or type_ not in (wanted, DYN):
            which = f", which is {wanted}" if wanted is not None else ""
            self.problems.error("RB311", f"{message}{which}.", node.span, f"Name it {name + '_'!r}.")
        else:
            self.problems.warning("RB311", f"{message}.", node.span, f"Name it {name + '_'!r}, unless that is meant.")

    def need(self, node: Need, visible: Visible) -> None:
        if node.text is not None:
            self.checker.text(node.text, visible, "a question")
        if node.at is not None:
            self.checker.text(node.at, visible, "the moment 'at'", fits=AT)
            self.moment(node.at)
        fields: dict[str, Type] = {} if node.what == "timer" else {"answer": BOOL, "by": STRING, "note": STRING}
        if node.what == "answer":
            fields["answer"] = ANSWER_TYPES[node.type]
        visible.declare(node.id, step_record(node.id, fields, attempt=False))

    def moment(self, at: Template) -> None:
        """A moment that stands in the file is read before the run comes to it."""
        if at.constant is None:
            return
        from ..expr.times import parse_timestamp

        try:
            parse_timestamp(at.constant)
        except EvalError as error:
            help = "Write date, time and zone, as in 2026-03-01T02:00:00Z, or an expression: ${now() + duration('1h')}."
            self.problems.error("RB222", error.message, at.span(), help)

    def decide(self, node: If, visible: Visible) -> bool:
        self.checker.condition(node.cond, visible, node.what)
        inner, other = visible.knowing(node.cond), visible.knowing(node.cond, outcome=False)
        ends, other_ends = self.body(node.body, inner), self.body(node.orelse, other)
        for branch, surely in ((inner, other_ends), (other, ends)):
            visible.follow(branch) if surely else visible.pass_by(branch)
        if node.names:
            visible.declare(node.id, step_record(node.id, {}, attempt=False))
        return ends and other_ends

    def fan(self, node: Fan, visible: Visible) -> None:
        fields: dict[str, Type] = {}
        if node.over is not None:
            fields["items"] = self.loop(node, visible)
        branches = [visible.within() for _ in node.branches]
        for (_, body), inner in zip(node.branches, branches, strict=True):
            self.body(body, inner)
        for inner in branches:
            visible.follow(inner)
        visible.declare(node.id, step_record(node.id, fields, attempt=False))

    def loop(self, node: Fan, visible: Visible) -> Type:
        assert node.over is not None
        over = self.checker.expression(node.over, visible)
        if not isinstance(over, ListType) and over != DYN:
            self.problems.error("RB408", f"'over' must be a list, and this is {over}.", node.over.span(), "Give a list, or keys.map(k, …).")
        element = over.elem if isinstance(over, ListType) else DYN
        inner = visible.plus(node.var, element)
        inner.steps = visible.steps | node.steps
        if node.key is not None:
            self.checker.key(node.key, visible.plus(node.var, element))
        self.body(node.template, inner)
        value = self.checker.expression(node.yields, inner) if node.yields is not None else NULL
        return items_of(value)

    def attempt(self, node: Try, visible: Visible) -> bool:
        """Steps of the body may not have run in `rescue` and `always`; after it too, if a failure is got over."""
        inner, before = visible.within(), len(self.stops)
        ends = self.body(node.body, inner)
        unsure = inner.doubted()
        rescued = unsure.plus("failure", FAILURE_TYPE).within()
        rescue_ends = node.rescue is None or self.body(node.rescue, rescued)
        stops = self.stops[before:]
        last = unsure.within()
        for name, type_ in rescued.own.items():
            last.declare(name, type_, maybe=True)
        ends = self.body(node.always, last) or (ends and rescue_ends and not node.keep_failed)
        for stop in stops:  # what is in `always` is done after a stop, too
            stop |= last.sure() & last.own.keys()
        for layer, surely in ((inner, rescue_ends and not node.keep_failed), (rescued, False), (last, True)):
            visible.follow(layer) if surely else visible.pass_by(layer)
        if node.keep_failed and len(node.body) == 1:
            visible.tried(node.body[0].id)
        if node.names:
            visible.declare(node.id, step_record(node.id, {}, attempt=False))
        return ends

    def call(self, node: Scope, visible: Visible) -> None:
        declared = {item.name.text: item for item in node.declared}
        for name, data in node.inputs:
            self.perhaps_meant(data, visible, f"the input {name!r}")
            type_ = self.checker.data(data, visible, f"the input {name!r}")
            item = declared.get(name)
            if item is None or node.runbook in self.unsure:
                continue
            wrong = check_value(item, _known(data))
            if wrong:
                help = item.description or f"It is declared in {item.name.span.source.name}:{item.name.span.line}."
                self.problems.error("RB409", f"Input {name!r} of {node.runbook} doesn't fit: {wrong}.", node.span, help)
            elif not _fits(item, type_):
                help = "Convert it, with string() or int() for example, or give another."
                self.problems.error("RB409", f"Input {name!r} of {node.runbook} takes {item.type}, and this is {type_}.", node.span, help)
        outputs = self.called(node)
        for name in sorted(OF_EVERY_STEP.intersection(outputs.fields)):
            message = f"The output {name!r} of {node.runbook} can't be read behind its call: every step has that field already."
            self.problems.warning("RB311", message, node.span, f"Name it {name + '_'!r} there.")
        known = node.runbook not in self.unsure
        visible.declare(node.id, step_record(node.id, dict(outputs.fields), attempt=False) if known else DYN)

    def called(self, node: Scope) -> RecordType:
        """The type of a called runbook's outputs. It sees none of its caller's names, so it is looked into once."""
        file = node.body[0].span.source.name if node.body else node.runbook
        if file not in self._called:
            self._called[file] = self.scope(node)
        return self._called[file]


def _known(data: object) -> Value:
    """The value of data as far as it stands in the file; what only the run can tell is Unknown."""
    if isinstance(data, Template):
        return Unknown(data.text) if data.computed else data.constant
    if isinstance(data, dict):
        return {key: _known(item) for key, item in data.items()}
    return [_known(item) for item in data] if isinstance(data, tuple) else data


def _fits(item: Input, type_: Type) -> bool:
    wanted = INPUT_TYPES[item.type]
    if DYN in (type_, wanted):
        return True
    if item.type == "list":
        return isinstance(type_, ListType)
    if item.type == "map":
        return isinstance(type_, (MapType, RecordType))
    return type_ == wanted or (item.type == "number" and type_ in (INT, DOUBLE))
