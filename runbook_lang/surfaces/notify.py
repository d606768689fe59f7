"""The surface of `notify`: a message to people. Which names the policy knows is for `check`; here it is how they are written."""

from __future__ import annotations

from ..base.suggest import did_you_mean
from ..expr.expression import Template
from ..expr.types import BOOL, STRING, ListType, RecordType
from ..expr.values import SecretRef, SecretText, Unknown
from ..model.policy import CHANNELS
from .cmdline import plain_word
from .kinds import Arg, ArgumentError, Facts, Request, Surface

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

    from ..base.diagnostics import Problems
    from ..expr.values import Value
    from .kinds import BoundArg, Call

RESULT = RecordType(
    "notify result",
    {
        "sent": BOOL,
        "channel": STRING,
        "told": ListType(STRING),
        "owed": ListType(STRING),
        "failed": ListType(STRING),
        "links": ListType(STRING),
    },
)
CONSOLE = "console"
FORMS = "Name whom the policy knows (`devops`), a channel with its address (`{slack: '#alerts'}`), or a list of these."


class NotifySurface(Surface):
    """Tell people something; saying it twice does no harm."""

    name = "notify"
    travels = False
    shorthand = "message"
    args: Mapping[str, Arg] = {
        "message": Arg("text", "What to say.", required=True),
        "to": Arg(
            "json",
            "Whom: a tier, a role, a person, `stakeholders`, an address or a channel of the policy; `{channel: address}`; or a list of "
            "these. Without it the console, which is always there.",
        ),
    }

    def facts(self, call: Call, problems: Problems) -> Facts:
        bound = call.args.get("to")
        if bound is not None:
            _judge(bound, problems)
        named = written(bound)
        targets = tuple(one if isinstance(one, str) else " ".join(one) for one in named or (CONSOLE,))
        return Facts("change", "it tells people something", RESULT, repeatable=True, targets=targets)

    def request(self, args: Mapping[str, Value]) -> Request:
        message = plain_word(args, "message", "notify")
        if message is None:
            raise ArgumentError("the message is empty")
        to = args.get("to")
        if to is None or (isinstance(to, str | Unknown) and to != ""):
            return Request("notify", data={"message": message, "to": CONSOLE if to is None else to})
        if not to:
            raise ArgumentError("`to` names nobody")
        whom = [part for one in (to if isinstance(to, list) else [to]) for part in _parts(one)]
        return Request("notify", data={"message": message, "to": whom})

    def reshapes(self, request: Request) -> bool:
        return False


def _parts(value: Value) -> list[Any]:
    """A name, or [channel, address] for each channel of a mapping. Raises ArgumentError."""
    if isinstance(value, SecretRef | SecretText):
        raise ArgumentError("a secret names nobody")
    if isinstance(value, str | Unknown) and value != "":
        return [value]
    if isinstance(value, dict) and value and all(isinstance(to, str | Unknown) for to in value.values()):
        return [[str(channel), to] for channel, to in value.items()]
    raise ArgumentError("`to` is a name, a channel with its address, or a list of these")


def written(bound: BoundArg | None) -> tuple[str | tuple[str, str], ...]:
    """What stands in the file without holes: names, and pairs of channel and address."""
    if bound is None:
        return ()
    found: list[str | tuple[str, str]] = []
    for item in bound.value if isinstance(bound.value, tuple) else (bound.value,):
        if isinstance(item, Template) and item.constant:
            found.append(item.constant)
        elif isinstance(item, dict):
            found += [(key, to.constant) for key, to in item.items() if isinstance(to, Template) and to.constant is not None]
    return tuple(found)


def _judge(bound: BoundArg, problems: Problems) -> None:
    for item in bound.value if isinstance(bound.value, tuple) else (bound.value,):
        if isinstance(item, dict) and item:
            for channel, to in item.items():
                if channel not in CHANNELS:
                    help = did_you_mean(channel, CHANNELS) or f"Channels: {', '.join(CHANNELS)}."
                    problems.error("RB550", f"There is no channel {channel!r}.", bound.span, help)
                elif not isinstance(to, Template):
                    problems.error("RB550", f"The address of the channel {channel!r} must be a text.", bound.span, FORMS)
        elif not isinstance(item, Template) or item.constant == "":
            problems.error("RB550", "`to` must say whom to tell.", bound.span, FORMS)


SURFACE = NotifySurface()
