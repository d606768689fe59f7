"""The JSON that doctl prints, as far as it is known. A count of zero is left out by doctl, so counts are optional."""

from __future__ import annotations

from .tool_facts import builtin_tool

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping

    from ..expr.types import Type

SHAPES: Mapping[str, Type] = {
    name: type_ for name in builtin_tool("doctl").data["shapes"] if (type_ := builtin_tool("doctl").type(name)) is not None
}
"""Keys are the `shape` of a command in data/doctl.json. `get -o json` prints a list of one, as `list` does."""
