"""From the author's language to the core: the only place that knows what each step kind means."""

from __future__ import annotations

from ..base.diagnostics import Related
from ..base.record import Record
from ..model import nodes as m
from ..surfaces.bind import bind, bind_defaults
from ..surfaces.registry import surface
from .core import RESULT_FIELDS_THAT_OVERRIDE, Act, Approval, Consent, End, Fan, If, Incident, Let, Need, Node, Program, Scope, Try, Unwind
from .tainted import secret_paths, with_secrets
from .uses import NOTHING, expressions_in, field_uses

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from ..base.diagnostics import Problems
    from ..surfaces.bind import Lookup
    from ..surfaces.kinds import Call, Facts
    from .core import Body

    Loader = Callable[[m.Runbook, m.Name], m.Runbook | None]


class Rules(Record):
    """What the policy says about approvals, waits and windows, as far as the machine needs it."""

    destroy: int = 1
    change: int = 0
    no_undo: int = 0
    role: str = ""
    within_us: int | None = None
    consent: Consent = Consent()
    wait_people_us: int = 86_400_000_000
    windows: Mapping[str, Callable[[int], int]] = {}
    roles: Mapping[str, frozenset[str]] = {}


def desugar(
    runbook: m.Runbook,
    load: Loader,
    problems: Problems,
    rules: Rules,
    digest: str = "",
    files: Mapping[str, str] | None = None,
    lookup: Lookup = surface,
    keep_going: bool = False,
) -> Program | None:
    """The program of a runbook and all it calls; None when something could not be bound (the problems say what).

    `lookup` gives the surface of an executor's name. With `keep_going` what could be bound comes back all the same: to look at, not
    to run.
    """
    secrets: dict[str, m.Secret] = {}
    maker = _Maker(runbook, load, problems, rules, secrets, lookup=lookup)
    root = maker.scope(id="", title=runbook.title, inputs=(), root=True)
    if root is None or (problems.failed and not keep_going):
        return None
    return Program(
        root,
        runbook.name.text,
        digest,
        runbook.severity,
        tuple(secrets.values()),
        runbook.locks,
        runbook.window,
        rules.windows,
        files or {},
        rules.wait_people_us,
        rules.roles,
        consent=rules.consent,
    )


def ids_in(steps: tuple[m.Step, ...]) -> tuple[str, ...]:
    """Ids that steps declare in their own scope, at any depth; a loop's inner steps are not visible."""
    found: list[str] = []
    for step in steps:
        found.append(step.id.text)
        kind = step.kind
        if isinstance(kind, m.Action):
            continue
        if isinstance(kind, m.Choose):
            found.extend(name for arm in kind.arms for name in ids_in(arm.steps))
        elif isinstance(kind, m.Parallel):
            found.extend(name for branch in kind.branches for name in ids_in(branch.steps))
        elif isinstance(kind, m.Try):
            found.extend(ids_in(kind.body + kind.rescue + kind.always))
    return tuple(found)


def all_steps(steps: tuple[m.Step, ...]) -> list[m.Step]:
    """Every step at any depth, with the steps that stand in modifiers."""
    found: list[m.Step] = []
    stack = list(reversed(steps))
    while stack:
        step = stack.pop()
        found.append(step)
        mods, kind = step.mods, step.kind
        inner: list[m.Step] = []
        if isinstance(kind, m.Action):
            if mods.applied is not None or mods.undo is not None or mods.rehearse is not None:
                inner = [part for part in (mods.applied, mods.undo, mods.rehearse) if part is not None]
        elif isinstance(kind, m.Choose):
            inner += [part for arm in kind.arms for part in arm.steps]
        elif isinstance(kind, m.Parallel):
            inner += [part for branch in kind.branches for part in branch.steps]
        elif isinstance(kind, m.ForEach):
            inner += kind.steps
        elif isinstance(kind, m.Try):
            inner += kind.body + kind.rescue + kind.always
        stack.extend(reversed(inner))
    return found


def _names(names: tuple[m.Name, ...]) -> tuple[str, ...]:
    return tuple(name.text for name in names)


class _Maker:
    """Builds the scope of one runbook."""

    def __init__(
        self,
        runbook: m.Runbook,
        load: Loader,
        problems: Problems,
        rules: Rules,
        secrets: dict[str, m.Secret],
        above: _Maker | None = None,
        lookup: Lookup = surface,
    ) -> None:
        """`above`: the maker of the runbook that calls this one."""
        self.runbook = runbook
        self.load = load
        self.problems = problems
        self.rules = rules
        self.secrets = secrets
        self.lookup = lookup
        self.stack: tuple[str, ...] = (*(above.stack if above else ()), runbook.source.name)
        own = (runbook.window,) if runbook.window else ()
        self.windows: tuple[str, ...] = tuple(dict.fromkeys((*(above.windows if above else ()), *own)))
        limited = ((secret.name.text, secret.hosts) for secret in runbook.secrets if secret.hosts) if above is not None else ()
        self.hosts = tuple(limited)
        self.calls: dict[int, tuple[Call, Facts]] = {}
        self.wants: dict[str, frozenset[str]] = {}

    def scope(self, id: str, title: str, inputs: tuple[tuple[str, object], ...], root: bool, span: object = None) -> Scope | None:
        book = self.runbook
        self._bind_all()
        everything = (book, [bound.value for call, _ in self.calls.values() for bound in call.args.values()])
        self.wants = field_uses(expressions_in(*everything))
        self._add_secrets()
        body = self.body(book.steps)
        if book.success is not None:
            end = End("success", "", book.name.span, "unsuccessful")
            body += (If("success", "", book.name.span, book.success, (), (end,), what="success"),)
        return Scope(
            id,
            title,
            span or book.name.span,  # type: ignore[arg-type]  # a Span, or nothing
            book.name.text,
            book.inputs,
            inputs,
            body,
            self.body(book.on_failure),
            tuple((name.text, data) for name, data in book.outputs),
            tuple(secret.name.text for secret in book.secrets),
            frozenset(ids_in(book.steps) + ids_in(book.on_failure)),
            root,
        )

    def _bind_all(self) -> None:
        bind_defaults(self.runbook.defaults, self.problems)
        defaults = {name.text: node for name, node in self.runbook.defaults}
        for step in all_steps(self.runbook.steps + self.runbook.on_failure):
            if isinstance(step.kind, m.Action):
                call = bind(step.kind, defaults.get(step.kind.executor.text), self.problems, self.lookup)
                if call is not None:
                    call = call if step.mods.timeout is None else call.replace(limited=True)
                    self.calls[id(step.kind)] = (call, call.surface.facts(call, self.problems))

    def _add_secrets(self) -> None:
        for secret in self.runbook.secrets:
            known = self.secrets.setdefault(secret.name.text, secret)
            if (known.source, known.where) != (secret.source, secret.where):
                self.problems.error(
                    "RB405",
                    f"secret {secret.name.text!r} comes from another place here than in the runbook that calls this one",
                    secret.name.span,
                    "Give one of the two another name.",
                    (Related("declared here too", known.name.span),),
                )

    def body(self, steps: tuple[m.Step, ...]) -> Body:
        return tuple(node for step in steps for node in self.step(step))

    def step(self, step: m.Step) -> tuple[Node, ...]:
        """A step, wrapped in what its modifiers mean: `when` outermost, then `may_fail` and `settles`, then the guard."""
        mods = step.mods
        node = self.kind(step)
        nodes: Body = () if node is None else (node,)  # what couldn't be bound is missing; its conditions are looked at all the same
        if mods.guard is not None and not (isinstance(node, Act) and node.call is not None):
            refusal = End(step.id.text, step.title, step.span, "refused")
            nodes = (If(step.id.text, step.title, step.span, mods.guard, nodes, (refusal,), what="guard"),)
        settles = () if isinstance(node, Act) else _names(mods.settles)
        if mods.may_fail or settles:
            nodes = (Try(step.id.text, step.title, step.span, nodes, keep_failed=mods.may_fail, names=False, settles=settles),)
        if mods.when is not None:
            nodes = (If(step.id.text, step.title, step.span, mods.when, nodes, skips_body=ids_in((step,))),)
        return nodes

    def kind(self, step: m.Step) -> Node | None:
        kind = step.kind
        id_, title, span = step.id.text, step.title, step.span
        if isinstance(kind, m.Action):
            return self.act(step, id_)
        if isinstance(kind, m.SetFields):
            return Let(id_, title, span, tuple((name.text, value) for name, value in kind.fields))
        if isinstance(kind, m.Ask):
            return self._ask(step, kind)
        if isinstance(kind, m.Wait):
            return Need(id_, title, span, "timer", span_us=kind.span_us, at=kind.at, window=kind.window)
        if isinstance(kind, m.Choose):
            return self._choose(step, kind)
        if isinstance(kind, m.Parallel):
            branches = tuple((branch.name.text, self.body(branch.steps)) for branch in kind.branches)
            return Fan(id_, title, span, branches, limit=kind.limit, fail=kind.fail)
        if isinstance(kind, m.ForEach):
            return self._for_each(step, kind)
        if isinstance(kind, m.Try):
            rescue = self.body(kind.rescue) if kind.has_rescue else None
            return Try(id_, title, span, self.body(kind.body), rescue, self.body(kind.always))
        if isinstance(kind, m.Call):
            return self._call(step, kind)
        if isinstance(kind, m.Escalate):
            incident = Incident(kind.message, kind.severity, kind.tier)
            settles = _names(step.mods.settles)
            return Act(id_, title, span, None, "change", "tells people", repeatable=True, incident=incident, settles=settles)
        if isinstance(kind, m.Undo):
            return Unwind(id_, title, span, None if kind.everything else _names(kind.ids))
        assert isinstance(kind, m.Stop)
        return End(id_, title, span, kind.outcome, kind.message)

    def act(self, step: m.Step, id_: str, role: str = "main") -> Act | None:
        assert isinstance(step.kind, m.Action)
        found = self.calls.get(id(step.kind))
        if found is None:
            return None
        call, facts = found
        mods = step.mods
        effect = mods.effect or facts.effect
        own = field_uses(mods.expect).get("result", NOTHING) if mods.expect else NOTHING
        # A surface names every view of a secret; an author names one, and means the others too.
        taint = (*facts.taint, *secret_paths(facts.result, (name.text for name in mods.sensitive)))
        wants = own | (self.wants.get(id_, NOTHING) if role == "main" else NOTHING)
        return Act(
            id_,
            step.title,
            step.span,
            call,
            effect,
            mods.because if mods.effect and mods.because else facts.why,
            facts.repeatable if mods.repeatable is None else mods.repeatable,
            mods.guard,
            mods.expect,
            bool(own & frozenset(RESULT_FIELDS_THAT_OVERRIDE)),
            mods.retry,
            mods.timeout if mods.timeout is not None else call.surface.timeout_us,
            self._part(mods.applied, id_, "applied"),
            self._part(mods.undo, id_, "undo"),
            self._part(mods.rehearse, id_, "rehearse"),
            _names(mods.settles),
            self._approval(mods, effect, role, facts.repeatable if mods.repeatable is None else mods.repeatable),
            wants,
            taint,
            mods.on,
            None,
            with_secrets(facts.result, taint),
            facts.effect,
            () if effect == "read" else self.windows,
            mods.because,
            self.hosts,
            facts.targets,
            mods.sensitive,
        )

    def _part(self, step: m.Step | None, id_: str, role: str) -> Act | None:
        return None if step is None or not isinstance(step.kind, m.Action) else self.act(step, id_, role)

    def _approval(self, mods: m.Modifiers, effect: str, role: str, repeatable: bool) -> Approval | None:
        """What the step says, and at least what the policy wants for what it does."""
        rules, approve = self.rules, mods.approve
        wanted = (rules.destroy, "it destroys") if effect == "destroy" else (0, "")
        if effect == "change" and role == "main":
            wanted = (rules.change, "it changes something")
            if rules.no_undo > rules.change and mods.undo is None and not repeatable:
                wanted = (rules.no_undo, "it can't be undone")
        if approve is not None:
            within = rules.within_us if approve.within is None else approve.within
            return Approval(approve.text, max(self._people(approve.count), wanted[0]), approve.role or rules.role, within)
        return Approval(None, wanted[0], rules.role, rules.within_us, wanted[1]) if wanted[0] else None

    def _people(self, count: int) -> int:
        return self.rules.destroy if count == m.BY_POLICY else count

    def _ask(self, step: m.Step, ask: m.Ask) -> Need:
        within = self.rules.within_us if ask.within is None else ask.within
        approval = Approval(ask.text, self._people(ask.count), ask.role or self.rules.role, within) if ask.what == "approve" else None
        what = "approval" if ask.what == "approve" else ask.what
        return Need(
            step.id.text,
            step.title,
            step.span,
            what,
            ask.text,
            ask.type,
            ask.choices,
            ask.default,
            ask.has_default,
            ask.within,
            approval,
            role=ask.role,
        )

    def _choose(self, step: m.Step, kind: m.Choose) -> Node:
        id_, title, span = step.id.text, step.title, step.span
        orelse: Body = (End(id_, title, span, "no_arm"),)
        later: tuple[str, ...] = ()
        node: Node = orelse[0]
        for arm in reversed(kind.arms):
            ids = ids_in(arm.steps)
            if arm.when is None:
                orelse = self.body(arm.steps)
            else:
                node = If(id_, title, arm.span, arm.when, self.body(arm.steps), orelse, ids, later, "choose", names=True)
                orelse = (node,)
            later += ids
        return node

    def _for_each(self, step: m.Step, kind: m.ForEach) -> Fan:
        return Fan(
            step.id.text,
            step.title,
            step.span,
            (),
            kind.over,
            kind.var.text,
            kind.key,
            self.body(kind.steps),
            kind.yields,
            kind.limit,
            kind.max,
            kind.fail,
            frozenset(ids_in(kind.steps)),
        )

    def _call(self, step: m.Step, kind: m.Call) -> Scope | None:
        called = self.load(self.runbook, kind.file)
        if called is None:
            return None
        if called.source.name in self.stack:
            chain = " → ".join((*self.stack[self.stack.index(called.source.name) :], called.source.name))
            self.problems.error("RB402", f"The calls go round in a circle: {chain}.", kind.file.span, "Take one of the calls out.")
            return None
        maker = _Maker(called, self.load, self.problems, self.rules, self.secrets, self, self.lookup)
        inputs = tuple((name.text, data) for name, data in kind.inputs)
        return maker.scope(step.id.text, step.title, inputs, False, step.span)
