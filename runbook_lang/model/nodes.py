"""The classes of a runbook as written. Builders make them, desugaring turns them into the core.

Texts that hold `${…}` are `Template`s, conditions are `Expression`s; both know their place.
Durations are integer microseconds. An action's arguments stay a syntax node here: what they
mean is the business of the executor's surface.
"""

from __future__ import annotations

from ..base.record import Record

TYPE_CHECKING = False
if TYPE_CHECKING:
    from ..base.source import Source, Span
    from ..expr.expression import Expression, Template
    from ..syntax.tree import Node

EFFECTS = ("read", "change", "destroy")


class Name(Record):
    """An identifier with its place: a step id, an input, a reference."""

    text: str
    span: Span


class Input(Record):
    """A declared input. `default` is a constant of the declared type, or None for none."""

    name: Name
    type: str  # string | int | number | bool | list | map
    format: str = ""  # uuid | uri | email | date | duration | host ; "" for none
    env: str = ""
    default: object = None
    has_default: bool = False
    description: str = ""
    choices: tuple[object, ...] = ()
    pattern: str = ""


class Secret(Record):
    """A declared secret: exactly one of `env`, `file`, `command`, `prompt` says where its value comes from."""

    name: Name
    source: str  # env | file | command | prompt
    where: str
    hosts: tuple[Template, ...] = ()  # `for`: the only hosts it may be sent to; empty: no limit
    description: str = ""


class Retry(Record):
    """When a failed attempt is tried again. `times` counts all attempts; None: only `limit` bounds them."""

    every: int = 1_000_000
    limit: int | None = None  # `for`
    times: int | None = None
    factor: float = 1.0  # the pause grows by it, up to `longest`
    longest: int | None = None


class Approve(Record):
    """An approval that a step wants before it starts."""

    text: Template | None
    role: str = ""
    count: int = 1
    within: int | None = None
    span: Span | None = None


class Modifiers(Record):
    """What may stand beside a step's kind."""

    when: Expression | None = None
    guard: Expression | None = None
    expect: tuple[Expression, ...] = ()
    retry: Retry | None = None
    timeout: int | None = None
    effect: str = ""
    because: str = ""
    repeatable: bool | None = None
    applied: Step | None = None
    undo: Step | None = None
    settles: tuple[Name, ...] = ()
    rehearse: Step | None = None
    approve: Approve | None = None
    may_fail: bool = False
    sensitive: tuple[Name, ...] = ()
    on: Template | None = None


PLAIN = Modifiers()
"""Of a step that says nothing but what it does: most are so, and one object serves them all."""


class Action(Record):
    """A call of an executor: `doctl: apps list`. `node` holds the arguments as written."""

    executor: Name
    node: Node


class SetFields(Record):
    fields: tuple[tuple[Name, Expression], ...]


BY_POLICY = 0
"""In place of a number of people: as many as the policy wants for a step that destroys."""


class Ask(Record):
    """A question to a person: `what` is answer, do or approve."""

    what: str
    text: Template
    type: str = "bool"  # of an answer: bool | string | int | number
    choices: tuple[object, ...] = ()
    default: object = None
    has_default: bool = False
    within: int | None = None
    role: str = ""
    count: int = 1


class Wait(Record):
    """A pause: exactly one of the three is set."""

    span_us: int | None = None
    at: Template | None = None
    window: str = ""


class Arm(Record):
    """One arm of `choose`; `when` is None for `else`."""

    when: Expression | None
    steps: tuple[Step, ...]
    span: Span


class Choose(Record):
    arms: tuple[Arm, ...]


class Branch(Record):
    name: Name
    steps: tuple[Step, ...]


class Parallel(Record):
    branches: tuple[Branch, ...]
    limit: int | None = None
    fail: str = "fast"  # fast | late


class ForEach(Record):
    over: Expression
    var: Name
    steps: tuple[Step, ...]
    key: Expression | None = None
    yields: Expression | None = None
    max: int | None = None
    limit: int = 1
    fail: str = "fast"


class Try(Record):
    body: tuple[Step, ...]
    rescue: tuple[Step, ...] = ()
    always: tuple[Step, ...] = ()
    has_rescue: bool = False


class Call(Record):
    """`file` is a path relative to the calling runbook, known without running anything."""

    file: Name
    inputs: tuple[tuple[Name, Template | object], ...] = ()


class Escalate(Record):
    message: Template
    severity: str = ""
    tier: str = ""


class Undo(Record):
    """The verb: undo everything that was done and isn't settled, or named steps."""

    ids: tuple[Name, ...] = ()
    everything: bool = False


class Stop(Record):
    outcome: str  # succeeded | failed
    message: Template | None = None


Kind = Action | SetFields | Ask | Wait | Choose | Parallel | ForEach | Try | Call | Escalate | Undo | Stop


class Step(Record):
    """One step. `given_id` is False when the id was made from the kind and the place."""

    id: Name
    kind: Kind
    mods: Modifiers
    span: Span
    title: str = ""
    given_id: bool = True


class Runbook(Record):
    """One file."""

    name: Name
    source: Source
    steps: tuple[Step, ...]
    title: str = ""
    description: str = ""
    manual: str = ""  # `source`: the section of a manual that this implements
    severity: str = ""
    policy: Name | None = None
    window: str = ""
    locks: tuple[Template, ...] = ()
    inputs: tuple[Input, ...] = ()
    secrets: tuple[Secret, ...] = ()
    defaults: tuple[tuple[Name, Node], ...] = ()
    success: Expression | None = None
    on_failure: tuple[Step, ...] = ()
    outputs: tuple[tuple[Name, Template | object], ...] = ()
    partial: bool = False  # something was dropped from it that couldn't be read
    named: frozenset[str] = frozenset()  # in a file with errors: every name that stands in it
    doubtful: frozenset[str] = frozenset()  # of these, the names of what has an error in it
