"""The process in which a template runs. Reads a job (JSON) from stdin, writes the file, prints `{digest}` or `{kind, message}`.

Bounds: memory and CPU time by the kernel, the length of the text by counting. The sandbox keeps templates from Python's
insides; loops by `range` are bounded by it too (100,000). Templates are the copies that the run keeps, and no others:
what the library says by now isn't asked.
"""

from __future__ import annotations

import hashlib
import json
import os
import posixpath
import sys
from typing import TYPE_CHECKING, Any

from ..surfaces.template_names import named_in
from .texts import one_line

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

OUTPUT_LIMIT = 4 * 1024 * 1024
SOURCE_LIMIT = 1024 * 1024
MEMORY_LIMIT = 768 * 1024 * 1024
CPU_LIMIT_S = 30


class Fault(Exception):
    """The template can't be rendered: an error kind and a sentence."""

    def __init__(self, kind: str, message: str) -> None:
        super().__init__(message)
        self.kind = kind


def main() -> None:
    """The whole life of the process."""
    _bound()
    job = json.loads(sys.stdin.buffer.read())
    try:
        answer = {"digest": render(job)}
    except Fault as fault:
        answer = {"kind": fault.kind, "message": fault.args[0]}
    sys.stdout.write(json.dumps(answer))


def _bound() -> None:
    import resource

    resource.setrlimit(resource.RLIMIT_AS, (MEMORY_LIMIT, MEMORY_LIMIT))
    resource.setrlimit(resource.RLIMIT_CPU, (CPU_LIMIT_S, CPU_LIMIT_S))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def render(job: Mapping[str, Any]) -> str:
    """Render, write the file whole or not at all (mode 0600), and give the digest of the shown form. Raises Fault."""
    source = Templates(job["library"], job["kept"])
    text = render_text(source, job["template"], job["values"])
    shown = text if job["shown"] == job["values"] else render_text(source, job["template"], job["shown"])
    part = f"{job['to']}.part"
    try:
        fd = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_NOFOLLOW, 0o600)
        with open(fd, "w", encoding="utf-8", errors="replace", newline="") as stream:
            stream.write(text)
        os.replace(part, job["to"])
    except OSError as error:
        raise Fault("refused", f"{os.path.basename(job['to'])} can't be written: {error.strerror}") from error
    return "sha256:" + hashlib.sha256(shown.encode("utf-8", "replace")).hexdigest()


def render_text(source: Templates, name: str, values: Mapping[str, Any]) -> str:
    """The text. Raises Fault with the template's name and line."""
    import jinja2

    try:
        return _collect(_environment(source).get_template(name).generate(values))
    except jinja2.TemplateNotFound as error:
        raise Fault("not_found", f"there is no template {error.name!r} in the runbook's folder") from error
    except jinja2.TemplateSyntaxError as error:
        raise Fault("refused", f"{error.name or name}:{error.lineno}: {one_line(error.message or '', 300)}") from error
    except MemoryError:
        raise Fault("too_big", f"{name}: it wants more memory than it gets") from None
    except Fault:
        raise
    except Exception as error:  # a template can raise whatever its values can raise
        line = _line(error, source.root)
        raise Fault("refused", f"{name}{line}: {one_line(str(error), 300) or type(error).__name__}") from error


def _collect(pieces: Any) -> str:
    out: list[str] = []
    size = 0
    for piece in pieces:
        size += len(piece)
        if size > OUTPUT_LIMIT:
            raise Fault("too_big", "the text is too long")
        out.append(piece)
    return "".join(out)


def _environment(source: Templates) -> Any:
    import jinja2
    from jinja2.sandbox import ImmutableSandboxedEnvironment

    environment = ImmutableSandboxedEnvironment(
        loader=jinja2.FunctionLoader(source.load),
        undefined=jinja2.StrictUndefined,
        autoescape=jinja2.select_autoescape(("html", "htm", "xml", "html.j2", "htm.j2", "xml.j2")),
        keep_trailing_newline=True,
    )
    del environment.globals["lipsum"], environment.filters["random"]
    return environment


class Templates:
    """The templates that the run keeps. `library` names them in messages; nothing is read there."""

    def __init__(self, library: str, kept: Mapping[str, str]) -> None:
        self.root = library
        self.kept = kept

    def load(self, name: str) -> tuple[str, str, None] | None:
        """The source of a template. Raises Fault for one that is too long, or that has no copy because a value names it; None when
        there was none of a name that stands in quotes."""
        plain = posixpath.normpath(name)
        text = self.kept.get(plain)
        if text is None:
            if any(plain == posixpath.normpath(known) for known in self._named()):
                return None
            why = "a run keeps copies of those whose names are written out, and renders no others"
            raise Fault("not_found", f"the run has no copy of the template {name!r}: {why}")
        if len(text.encode("utf-8", "replace")) > SOURCE_LIMIT:
            raise _too_long(name)
        return text, os.path.join(self.root, name), None

    def _named(self) -> Iterator[str]:
        return (name for text in self.kept.values() for name, _ in named_in(text))


def _too_long(name: str) -> Fault:
    return Fault("too_big", f"the template {name!r} is longer than {SOURCE_LIMIT} bytes")


def _line(error: Exception, root: str) -> str:
    """`:12`, from the innermost frame of a template (Jinja2 gives them their own file and line)."""
    root += os.sep
    found = ""
    trace = error.__traceback__
    while trace is not None:
        if trace.tb_frame.f_code.co_filename.startswith(root):
            found = f":{trace.tb_lineno}"
        trace = trace.tb_next
    return found
