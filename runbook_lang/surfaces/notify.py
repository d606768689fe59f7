"""The surface of `notify`: a message to people."""

from __future__ import annotations

from ..expr.types import BOOL, STRING, RecordType
from .cmdline import plain_word
from .kinds import Arg, ArgumentError, Facts, Request, Surface

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping

    from ..base.diagnostics import Problems
    from ..expr.values import Value
    from .kinds import Call

RESULT = RecordType("notify result", {"sent": BOOL, "channel": STRING})
CONSOLE = "console"


class NotifySurface(Surface):
    """Tell people something; saying it twice does no harm."""

    name = "notify"
    travels = False
    shorthand = "message"
    args: Mapping[str, Arg] = {
        "message": Arg("text", "What to say.", required=True),
        "to": Arg("text", "The channel; `console` is the only one that is always there, and the default."),
    }

    def facts(self, call: Call, problems: Problems) -> Facts:
        channel = call.constant("to")
        if isinstance(channel, str) and channel != CONSOLE:
            message = f"There is no channel {channel!r}; the message will go to the console."
            problems.warning("RB550", message, call.args["to"].span, f"Leave `to` out, or write `to: {CONSOLE}`.")
        target = channel if isinstance(channel, str) else CONSOLE
        return Facts("change", "it tells people something", RESULT, repeatable=True, targets=(target,))

    def request(self, args: Mapping[str, Value]) -> Request:
        message = plain_word(args, "message", "notify")
        if message is None or message == "":
            raise ArgumentError("the message is empty")
        return Request("notify", data={"message": message, "to": plain_word(args, "to", "notify") or CONSOLE})

    def reshapes(self, request: Request) -> bool:
        return False


SURFACE = NotifySurface()
