"""Reports from Jinja2 templates that a team can replace: `report.md.j2` and `report.html.j2`, or one of its own that extends them.

The sandbox has no way to files or Python's insides, and no `random` or `lipsum`; a name that isn't there is an error. A template decides
how a report looks and never what is in it.
"""

from __future__ import annotations

import os
import re

from ..base.diagnostics import fail
from ..base.text import reason

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

    from jinja2 import Environment

FORMS = ("md", "html")
FOLDER = os.path.join(os.path.dirname(__file__), "templates")
LIMIT = 64 * 1024 * 1024


def render_document(document: Mapping[str, Any], form: str, template: str = "") -> str:
    """The text of a report. `template`: a file of the team instead of the built-in one. Raises RunbookError RB650."""
    folder, name = os.path.split(os.path.abspath(template)) if template else (FOLDER, f"report.{form}.j2")
    return _render(document, form, folder, name, "docs/reference/audit.md")


def render_page(kind: str, values: Mapping[str, Any], form: str, folder: str = "") -> str:
    """A page of a library, `library-index` or `library-page`. `folder`: templates of the team that go before the built-in ones of the
    same name. Raises RunbookError RB650."""
    return _render(values, form, folder or FOLDER, f"{kind}.{form}.j2", "docs/how-to/manuals.md")


def _render(document: Mapping[str, Any], form: str, folder: str, name: str, keys: str) -> str:
    import jinja2

    parts: list[str] = []
    size = 0
    try:
        for part in _environment(form, folder).get_template(name).generate(document):
            size += len(part)
            if size > LIMIT:
                raise fail("RB650", f"The report would have more than {LIMIT} characters.")
            parts.append(part)
    except jinja2.TemplateNotFound as error:
        raise fail(
            "RB650", f"There is no template {error.name!r}.", help=f"It is looked for in {folder}, then among the built-in ones."
        ) from None
    except jinja2.TemplateSyntaxError as error:
        raise fail("RB650", f"{error.name or name}:{error.lineno}: {error.message}.") from None
    except (jinja2.TemplateError, TypeError, ValueError, ArithmeticError, LookupError, RecursionError) as error:
        raise fail("RB650", f"The template {name} can't be rendered: {error}.", help=f"See its keys in {keys}.") from None
    except (OSError, UnicodeDecodeError) as error:
        raise fail("RB650", f"The template {name} can't be read: {reason(error)}.") from None
    return "".join(parts)


def _environment(form: str, folder: str) -> Environment:
    import jinja2
    from jinja2.sandbox import ImmutableSandboxedEnvironment

    loader = jinja2.ChoiceLoader([jinja2.FileSystemLoader(folder), jinja2.FileSystemLoader(FOLDER)])
    environment = ImmutableSandboxedEnvironment(
        loader=loader, undefined=jinja2.StrictUndefined, autoescape=form == "html", trim_blocks=True, lstrip_blocks=True
    )
    for name in ("lipsum", "namespace", "cycler", "joiner"):
        environment.globals.pop(name, None)
    environment.filters.pop("random", None)
    environment.filters["md"] = markdown_text
    environment.filters["code"] = markdown_code
    environment.filters["moment"] = moment
    return environment


_SPECIAL = re.compile(r"([\\`*_{}\[\]<>#|~!])")
_CONTROL = re.compile(r"[\x00-\x1f\x7f\u200e\u200f\u202a-\u202e\u2066-\u2069]+")


def markdown_text(value: object) -> str:
    """Any text as Markdown that shows just it, on one line, also inside of a table."""
    return _SPECIAL.sub(r"\\\1", _CONTROL.sub(" ", str(value)))


def markdown_code(value: object) -> str:
    """Any text as a code span, with a fence longer than any in it; a pipe would end a table's cell."""
    text = _CONTROL.sub(" ", str(value)).replace("|", "\\|")
    fence = "`" * (max((len(run) for run in re.findall("`+", text)), default=0) + 1)
    space = " " if text.startswith("`") or text.endswith("`") or not text else ""
    return f"{fence}{space}{text}{space}{fence}"


def moment(stamp: str) -> str:
    """`2026-03-04 05:06:07 UTC` of a journal's stamp; empty of an empty one."""
    return f"{stamp[:10]} {stamp[11:19]} UTC" if stamp else ""
