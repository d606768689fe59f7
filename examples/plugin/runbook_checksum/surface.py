"""The pure half: what may be written, what it does to the world, what comes back."""

from __future__ import annotations

from runbook_lang.expr.types import INT, STRING, RecordType
from runbook_lang.surfaces.kinds import Arg, ArgumentError, Facts, Request, Surface

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping


class ChecksumSurface(Surface):
    """Reads a file and gives its digest and size."""

    name = "checksum"
    shorthand = "path"
    args: Mapping[str, Arg] = {"path": Arg("text", "The file; relative to the runbook's own folder.", required=True)}
    result = RecordType("checksum result", {"sha256": STRING, "size": INT})

    def facts(self, call, problems):
        path = call.constant("path")
        targets = (f"file {path}",) if path else ()
        return Facts("read", "it only reads a file", self.result, repeatable=True, targets=targets)

    def request(self, args):
        path = args["path"]
        if not path:
            raise ArgumentError("the path is empty")
        return Request("checksum", data={"path": path})
