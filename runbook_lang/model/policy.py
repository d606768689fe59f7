"""The classes of a policy as written: people, tiers, severities, approvals, windows.

Durations are integer microseconds. Hours are local to `zone`; turning them into moments is left to whoever
has a clock.
"""

from __future__ import annotations

from ..base.record import Record

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping

    from ..base.source import Source, Span
    from .hours import Hours
    from .nodes import Name

DAY_US = 86_400_000_000
CHANNELS = ("slack", "email", "pager", "ticket", "webhook", "github", "console", "apprise", "plugin")
COUNTS = ("wall", "hours")
HOLIDAYS = ("closed", "open")
LANGUAGES = ("en", "es")
BUSINESS_HOURS = "mon-fri 09:00-18:00"
OUTSIDE = ("next_tier", "defer", "notify_anyway")
ROLLBACKS = ("immediate", "ask", "none")
ANY = ""
"""The key that stands for every severity in `hours` and `ack_within`."""


class Person(Record):
    """Someone who may be told, asked, or approve. `key` is `ed25519:` and the public key in base64."""

    name: Name
    full_name: str = ""
    email: str = ""
    os_user: str = ""
    key: str = ""


class Notify(Record):
    """One way to tell a tier: a channel and whom or where."""

    channel: str
    to: str
    span: Span


class Tier(Record):
    """A group that is on duty. `hours` and `ack_within` are by severity; the key ANY is for all others.

    A severity that `hours` doesn't name, without ANY, isn't answered by this tier at all.
    """

    name: Name
    hours: Mapping[str, Hours]
    ack_within: Mapping[str, int]
    outside: str = "next_tier"
    notify: tuple[Notify, ...] = ()
    contact: str = ""
    description: str = ""
    zone: str = ""  # its own; '' for the policy's
    holidays: str = ""  # closed | open; '' for open where it is 24x7, else closed
    counts: str = "wall"  # how ack_within is counted: wall | hours
    repeat: Mapping[str, int] = {}
    people: tuple[Name, ...] = ()

    def hours_for(self, severity: str) -> Hours | None:
        """When the tier answers that severity; None: never."""
        return self.hours.get(severity) or self.hours.get(ANY)

    def ack_for(self, severity: str) -> int | None:
        """How long the tier has to acknowledge; None: nobody waits for it."""
        return self.ack_within.get(severity, self.ack_within.get(ANY))

    def repeat_for(self, severity: str) -> int | None:
        """How long until it is told again while nobody has acknowledged; None: it is told once."""
        return self.repeat.get(severity, self.repeat.get(ANY))


class Severity(Record):
    """How bad an incident is, and who is told in which order."""

    name: Name
    tiers: tuple[Name, ...] = ()
    rollback: str = ""  # immediate | ask | none
    sla: int | None = None
    when: str = ""  # next_business_day
    backlog: bool = False
    description: str = ""
    rounds: int = 1
    reack: int | None = None
    sla_counts: str = "wall"


class Approvals(Record):
    """How many people must agree before a step starts, by its effect and the hour.

    `counts` has `destroy`, `change`, `outside_window`; what isn't there needs none. In `waive` are the severities
    under which the operator may go on alone, loudly. `role` is whose approvals count; '' for everybody's. `four_eyes`:
    the operator's own approval doesn't count. `within`: how long an approval is waited for; None for `waits`. `proven`:
    only approvals that a key signed count.
    """

    counts: Mapping[str, int]
    roles: Mapping[str, tuple[Name, ...]]
    waive: tuple[Name, ...] = ()
    role: str = ""
    four_eyes: bool = True
    within: int | None = None
    proven: bool = False


class Window(Record):
    """Hours in which changes are allowed; `notice` is how long before them people are told."""

    name: Name
    hours: Hours
    notice: int | None = None
    description: str = ""
    stakeholders: tuple[Notify, ...] = ()


class Freeze(Record):
    """A time in which no change is allowed: dates `YYYY-MM-DD` in the policy's zone, both included."""

    first: str
    last: str
    because: str = ""


class After(Record):
    """What comes after an incident: where it is written down, who looks into it, and until when."""

    log: str = "docs/deployment-log.md"
    github: str = ""  # owner/repository
    labels: tuple[str, ...] = ("incident",)
    milestone: str = "post-mortem"
    meeting: int = 2 * DAY_US
    attendees: tuple[str, ...] = ()
    checklist: tuple[tuple[str, str, int | None], ...] = ()  # (what, who: a person's name or '', within)
    runbook: str = ""  # the runbook that `close` runs, relative to the library; '' for the one that comes with the package


class Policy(Record):
    """One policy file. Its mappings keep the order of the file."""

    source: Source
    zone: str
    people: Mapping[str, Person]
    tiers: Mapping[str, Tier]
    severities: Mapping[str, Severity]
    approvals: Approvals
    windows: Mapping[str, Window]
    wait_people: int = DAY_US
    holidays: frozenset[str] = frozenset()  # dates as YYYY-MM-DD: no business day
    freezes: tuple[Freeze, ...] = ()
    country: str = ""  # whose public holidays count too, such as CL or US-CA; from the package `holidays`
    business: Hours | None = None
    stakeholders: tuple[Notify, ...] = ()
    language: str = "en"
    templates: str = ""  # a folder with messages of one's own, relative to the policy
    after: After = After()
