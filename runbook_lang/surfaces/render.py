"""The surface of `render`: a document made from a template of the library, written into the run's own folder."""

from __future__ import annotations

import posixpath

from ..expr.types import STRING, RecordType
from ..expr.values import Unknown
from .cmdline import plain_word
from .kinds import Arg, ArgumentError, Facts, Request, Surface

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping

    from ..base.diagnostics import Problems
    from ..expr.values import Value
    from .kinds import Call

RESULT = RecordType("render result", {"path": STRING, "digest": STRING})


class RenderSurface(Surface):
    """A Jinja2 template, in a sandbox; every name that it uses must be among `values`."""

    name = "render"
    travels = False
    args: Mapping[str, Arg] = {
        "template": Arg("text", "The template, a path below the runbook's own folder.", required=True),
        "to": Arg("text", "The name of the file in the run's folder.", required=True),
        "values": Arg("json", "What the template may use, by name.", secret_ok=True),
    }

    def facts(self, call: Call, problems: Problems) -> Facts:
        checks = (("template", template_fault, "RB545"), ("to", name_fault, "RB546"))
        for name, check, code in checks:
            constant = call.constant(name)
            fault = check(constant) if isinstance(constant, str) else ""
            if fault:
                problems.error(code, f"The argument {name!r} {fault}.", call.args[name].span, "Paths begin at the runbook's own folder.")
        bound = call.args.get("values")
        if bound is not None and not isinstance(bound.value, dict):
            problems.error("RB547", "The argument 'values' must be a mapping of names to values.", bound.span, "`values: {app: …}`.")
        target = call.constant("to")
        where = (f"file {target}",) if isinstance(target, str) else ()
        return Facts("read", "it writes only into the run's own folder", RESULT, repeatable=True, targets=where)

    def request(self, args: Mapping[str, Value]) -> Request:
        template, to = plain_word(args, "template", "render"), plain_word(args, "to", "render")
        for name, word, check in (("template", template, template_fault), ("to", to, name_fault)):
            fault = "" if isinstance(word, Unknown) else check(word or "")
            if fault:
                raise ArgumentError(f"{name} {fault}")
        values = args.get("values") or {}
        if not isinstance(values, (dict, Unknown)):
            raise ArgumentError("values must be a mapping of names to values")
        return Request("render", data={"template": template, "to": to, "values": values})


def template_fault(path: str) -> str:
    """What is wrong with a template's path, '' for nothing. Whether links lead out is seen when it is read."""
    if not path or "\0" in path or path.endswith("/"):
        return "must be the path of a file"
    clean = posixpath.normpath(path)
    if posixpath.isabs(clean) or clean == ".." or clean.startswith("../"):
        return "must stay inside the runbook's own folder"
    return ""


def name_fault(name: str) -> str:
    """What is wrong with the name of a file to write, '' for nothing."""
    if not name or "/" in name or "\0" in name or name.startswith(".") or len(name.encode("utf-8", "replace")) > 200:
        return "must be the name of a file, without a folder and without a dot in front"
    return ""


SURFACE = RenderSurface()
