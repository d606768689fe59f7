"""The classes of a plan. Durations are integer microseconds."""

from __future__ import annotations

from ..base.record import Record

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

    from ..expr.values import Value
    from ..model.nodes import Retry
    from ..surfaces.kinds import Request

YES, MAYBE, FAILURE, NO = "yes", "maybe", "on failure", "no"
"""How an entry is reached: when all goes well | if a condition allows it | only after a failure | never."""
RANK = {YES: 0, MAYBE: 1, FAILURE: 2, NO: 3}


class Condition(Record):
    """A condition and what is known of it: 'true', 'false', 'undecided', or 'error' with the reason in `note`."""

    what: str  # when | guard | choose | success
    text: str
    value: str
    note: str = ""


class Wanted(Record):
    """An approval or an answer that people have to give."""

    path: str
    what: str  # approval | answer | do | time
    text: str
    count: int = 1
    role: str = ""
    within_us: int | None = None
    why: str = ""


class Entry(Record):
    """One planned step, in the order of the program.

    `kind`: act | escalate | set | ask | wait | when | guard | choose | arm | success | parallel | branch | loop |
    try | rescue | always | call | on_failure | undo | stop. Only acts are ever started; `role` tells the act itself (main) from
    what is asked when it is in doubt (applied), what takes it back (undo) and what rehearses it (rehearse).
    `path` has `[*]` for a loop's key. `facts` are the JSON-like details of the kind.
    """

    path: str
    kind: str
    title: str = ""
    depth: int = 0
    role: str = "main"
    reached: str = YES
    condition: Condition | None = None
    effect: str = ""
    inferred: str = ""  # what the executor says of it, where the author says otherwise
    why: str = ""
    because: str = ""  # the author's reason
    request: Request | None = None
    problem: str = ""
    expect: tuple[str, ...] = ()
    retry: Retry | None = None
    limit_us: int = 0
    repeatable: bool = False
    roles: tuple[str, ...] = ()
    approval: Wanted | None = None
    settles: tuple[str, ...] = ()
    targets: tuple[str, ...] = ()
    windows: tuple[str, ...] = ()
    sensitive: tuple[str, ...] = ()  # fields of the result that are secrets
    may_fail: bool = False
    facts: Mapping[str, Any] = {}


class Given(Record):
    """An input: where its value comes from is given | default | open."""

    name: str
    type: str
    value: Value
    origin: str
    env: str = ""
    description: str = ""
    format: str = ""
    pattern: str = ""
    choices: tuple[object, ...] = ()


class SecretName(Record):
    """A secret by name; plans never have its value. `hosts` are the only ones it may be sent to; without any there is no limit."""

    name: str
    source: str
    where: str
    hosts: tuple[str, ...] = ()


class Hole(Record):
    """Something only the run can know, and where it is wanted first. `what`: value (it stands in words) | condition.

    `means`: what a `set` says of its name, `target.stable = deployments.json.filter(…)`; '' for what no `set` has named.
    """

    text: str
    type: str
    path: str
    what: str = "value"
    means: str = ""


class Longest(Record):
    """The longest that the steps may take, and the handling of a failure after them; None: nothing bounds it.

    Waits for people and for moments are left out of both: `waits` lists them. `sla_us` is how soon the policy wants an
    incident of the runbook's severity resolved; None: it doesn't say.
    """

    steps_us: int | None
    handling_us: int | None
    sla_us: int | None = None

    @property
    def within_sla(self) -> bool | None:
        """Whether the steps and the handling of a failure end in time whatever happens; None without an SLA."""
        if self.sla_us is None:
            return None
        return self.steps_us is not None and self.handling_us is not None and self.steps_us + self.handling_us <= self.sla_us


class Risk(Record):
    """`effect`: the worst that the runbook does. `undoable`: whether all its changes can be taken back."""

    effect: str
    undoable: bool
    text: str


class Filled(Record):
    """What a hole came to in a dry run, as text, and the path of the step whose words have it."""

    hole: str
    value: str
    path: str


class Expected(Record):
    """A change as a dry run saw it. `digest` is the request's where all of it was known from what was read before any change."""

    path: str
    role: str
    words: tuple[str, ...]
    digest: str = ""


class Assumptions(Record):
    """What a dry run found, which binds a run: `skipped` are steps that what was read before any change let go."""

    depth: str  # reads | rehearse
    filled: tuple[Filled, ...] = ()
    skipped: tuple[str, ...] = ()
    changes: tuple[Expected, ...] = ()


class Plan(Record):
    """All of it. `digest` names what the plan was made from, `content` is over all that it says, `program` names what a review
    of the files covers (`plan.digest`).

    `files` are the sha256 of the files that the program was read from, `surfaces` the versions of its executors, by name.
    """

    runbook: str
    title: str
    program: str
    severity: str
    inputs: tuple[Given, ...]
    secrets: tuple[SecretName, ...]
    locks: tuple[str, ...]
    window: str
    entries: tuple[Entry, ...]
    outputs: tuple[tuple[str, Value], ...]
    waits: tuple[Wanted, ...]
    unknowns: tuple[Hole, ...]
    longest: Longest
    counts: Mapping[str, int]
    not_undoable: tuple[str, ...]
    targets: tuple[str, ...]
    problems: tuple[tuple[str, str], ...]
    risk: Risk
    files: Mapping[str, str] = {}
    surfaces: Mapping[str, int] = {}
    assumptions: Assumptions | None = None
    digest: str = ""
    content: str = ""
    _json: dict[str, Any] | None = None

    def as_json(self) -> dict[str, Any]:
        """{digest, content, plan}: plain JSON data in reading order; holes as `⟨…⟩`, secrets as `${name}`."""
        from .as_json import plan_json

        return {"digest": self.digest, "content": self.content, "plan": plan_json(self) if self._json is None else self._json}
