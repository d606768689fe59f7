"""The core: nine kinds of nodes that everything an author writes becomes.

Only the core has meaning. Each node keeps the id and place of the step it came from, so that
messages speak of the author's file. A body is a tuple of nodes, run in order.
"""

from __future__ import annotations

from ..base.record import Record

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterator, Mapping

    from ..base.source import Span
    from ..expr.expression import Expression, Template
    from ..expr.types import Type
    from ..expr.values import Value
    from ..model.nodes import Input, Name, Retry, Secret
    from ..surfaces.kinds import Call

    Body = tuple["Node", ...]

RESULT_FIELDS_THAT_OVERRIDE = ("exit", "status", "ok")
"""An `expect` that reads one of these fields of `result` replaces the executor's own idea of ok."""


class Approval(Record):
    """What an act, or an `ask: {approve: …}`, wants from people before it goes on."""

    text: Template | None
    count: int = 1
    role: str = ""
    within_us: int | None = None
    why: str = ""


class Node(Record):
    """Base: `id` is the author's step id (or the one made for him)."""

    id: str
    title: str
    span: Span


class Act(Node):
    """The only node that touches the world. `call` is None for an incident. `windows` have all to be open at its start."""

    call: Call | None
    effect: str
    why: str = ""
    repeatable: bool = False
    guard: Expression | None = None
    expect: tuple[Expression, ...] = ()
    overrides_ok: bool = False
    retry: Retry | None = None
    limit_us: int = 60_000_000
    applied: Act | None = None
    undo: Act | None = None
    rehearse: Act | None = None
    settles: tuple[str, ...] = ()
    approval: Approval | None = None
    wants: frozenset[str] = frozenset()
    taint: tuple[str, ...] = ()
    on: Template | None = None
    incident: Incident | None = None
    result: Type | None = None
    inferred: str = ""  # the effect that the surface sees in it, before the author's own word
    windows: tuple[str, ...] = ()
    because: str = ""  # the author's reason, for a lowered effect or for one that destroys
    hosts: tuple[tuple[str, tuple[Template, ...]], ...] = ()  # in a called runbook: the hosts that its secrets are for
    targets: tuple[str, ...] = ()  # what it touches, as far as its words say
    sensitive: tuple[Name, ...] = ()  # the author's part of `taint`, as written


class Incident(Record):
    message: Template
    severity: str = ""
    tier: str = ""


class Let(Node):
    """Names values: no move, one note."""

    fields: tuple[tuple[str, Expression], ...] = ()


class Need(Node):
    """A wait for a person or for time. `what`: answer | do | approval | timer. `role`: whose answer counts; '' for everybody's."""

    what: str
    text: Template | None = None
    type: str = "bool"
    choices: tuple[Value, ...] = ()
    default: Value = None
    has_default: bool = False
    within_us: int | None = None
    approval: Approval | None = None
    span_us: int | None = None
    at: Template | None = None
    window: str = ""
    role: str = ""


class If(Node):
    """A decision. `what`: when | guard | choose | success; `skips` are the ids that a false condition skips."""

    cond: Expression
    body: Body
    orelse: Body = ()
    skips_body: tuple[str, ...] = ()
    skips_orelse: tuple[str, ...] = ()
    what: str = "when"
    names: bool = False  # a `choose` step: its id gets a record when an arm is through


LOOP_KEY_LIMIT = 200


def fit_for_key(key: str, taken: Collection[str]) -> bool:
    """Whether a turn of a loop may have that key beside the others: it stands in the paths of its steps."""
    return bool(key) and key not in taken and len(key) <= LOOP_KEY_LIMIT and not any(sign in key for sign in "]/#\n")


class Fan(Node):
    """Several bodies side by side: named branches, or one template over a list. `steps` are the ids in the template."""

    branches: tuple[tuple[str, Body], ...] = ()
    over: Expression | None = None
    var: str = ""
    key: Expression | None = None
    template: Body = ()
    yields: Expression | None = None
    limit: int | None = None
    max: int | None = None
    fail: str = "fast"
    steps: frozenset[str] = frozenset()


class Try(Node):
    """`rescue` is None when there is none; `keep_failed` is `may_fail`: the failure is recorded and passed over.

    `settles` are the steps whose undo is closed once the step inside is done; an act closes them itself.
    """

    body: Body
    rescue: Body | None = None
    always: Body = ()
    keep_failed: bool = False
    names: bool = True
    settles: tuple[str, ...] = ()


class Scope(Node):
    """A runbook: the root, or one that is called. Own names; the undo stack is shared."""

    runbook: str
    declared: tuple[Input, ...]
    inputs: tuple[tuple[str, Template | Value], ...]
    body: Body
    on_failure: Body = ()
    outputs: tuple[tuple[str, Template | Value], ...] = ()
    secrets: tuple[str, ...] = ()
    steps: frozenset[str] = frozenset()
    root: bool = False


class Unwind(Node):
    """Undo in strict reverse of success; `ids` is None for everything of this scope."""

    ids: tuple[str, ...] | None = None


class End(Node):
    """Ends the nearest scope. `outcome`: succeeded | failed (a decision, not rescued), or
    unsuccessful | refused | no_arm (failures, which take the failure path)."""

    outcome: str
    message: Template | None = None


class Consent(Record):
    """What the policy says about approvals beyond a step's own: how many let a change go outside of its window (0: it waits), the
    severities under which one may go on without, whether the operator's own counts, whether only proven ones do, and the severities whose
    changes wait neither for their window nor for the approvals that the policy itself wants (`rollback: immediate`)."""

    outside: int = 0
    waive: frozenset[str] = frozenset()
    four_eyes: bool = False
    proven: bool = False
    immediate: frozenset[str] = frozenset()


class Program(Record):
    """A runbook with all it calls, ready for the machine.

    `digest` covers all files, the policy and facts about tools among them; `files` has the sha256 of each by name, `surfaces` the
    version of each executor. `sla_us` is how soon the policy wants an
    incident of this severity resolved. `windows` answers for a window's name and a moment
    (microseconds, UTC) the moment at which it is next open (the same moment when it is open now).
    """

    root: Scope
    name: str
    digest: str = ""
    severity: str = ""
    secrets: tuple[Secret, ...] = ()
    locks: tuple[Template, ...] = ()
    window: str = ""
    windows: Mapping[str, Callable[[int], int]] = {}
    files: Mapping[str, str] = {}
    wait_people_us: int = 86_400_000_000
    roles: Mapping[str, frozenset[str]] = {}  # role to the operating system's users who are in it
    sla_us: int | None = None
    surfaces: Mapping[str, int] = {}
    consent: Consent = Consent()
    _nodes: tuple[Node, ...] | None = None
    _acts: tuple[Act, ...] | None = None

    @property
    def nodes(self) -> tuple[Node, ...]:
        """Every node at any depth, with the acts that stand in acts."""
        found = self._nodes
        if found is None:
            found = tuple(nodes_in((self.root,)))
            object.__setattr__(self, "_nodes", found)
        return found

    @property
    def acts(self) -> tuple[Act, ...]:
        """Those of them that ask something of an executor."""
        found = self._acts
        if found is None:
            found = tuple([node for node in self.nodes if isinstance(node, Act) and node.call is not None])
            object.__setattr__(self, "_acts", found)
        return found


def nodes_in(body: Body) -> Iterator[Node]:
    """Every node at any depth, with the acts that stand in acts."""
    stack = list(reversed(body))
    while stack:
        node = stack.pop()
        yield node
        inner: list[Node] = []
        if isinstance(node, Act):
            if node.applied is None and node.undo is None and node.rehearse is None:
                continue
            inner = [part for part in (node.applied, node.undo, node.rehearse) if part is not None]
        elif isinstance(node, If):
            inner = [*node.body, *node.orelse]
        elif isinstance(node, Fan):
            inner = [*node.template, *(part for _, branch in node.branches for part in branch)]
        elif isinstance(node, Try):
            inner = [*node.body, *(node.rescue or ()), *node.always]
        elif isinstance(node, Scope):
            inner = [*node.body, *node.on_failure]
        stack.extend(reversed(inner))
