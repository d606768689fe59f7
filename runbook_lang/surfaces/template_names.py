"""Which other templates a Jinja2 template names: they belong to a program as the template itself does.

Only names that stand in quotes can be known before a run. Jinja2 itself is too heavy to be asked by `check`; what counts here is the
syntax of four tags (its template designer's documentation, "Include", "Import" and "Template inheritance").
"""

from __future__ import annotations

import re

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

_ASIDE = re.compile(r"\{#.*?#\}|\{%[-+]?\s*raw\s*[-+]?%\}.*?\{%[-+]?\s*endraw\s*[-+]?%\}", re.DOTALL)
_TAG = re.compile(r"\{%[-+]?\s*(?:include|extends|import|from)\s+(.*?)[-+]?%\}", re.DOTALL)
_NAME = re.compile(r"""\s*(?:"([^"\\]*)"|'([^'\\]*)')\s*(?:$|ignore\s+missing\b|with(?:out)?\s+context\b|as\s|import\s)""")
_LIST = re.compile(r"\s*[\[(](.*?)[\])]", re.DOTALL)
_QUOTED = re.compile(r"""\s*(?:"([^"\\]*)"|'([^'\\]*)')\s*""")


def named_in(text: str) -> Iterator[tuple[str, bool]]:
    """(name, whether it has to be there) of each template that a template includes, imports or extends."""
    for rest in _tags(text):
        one = _NAME.match(rest)
        if one is not None:
            yield one[1] or one[2] or "", re.search(r"\signore\s+missing\b", rest) is None
            continue
        several = _LIST.match(rest)  # the first that is there is taken
        for part in several[1].split(",") if several is not None else ():
            name = _QUOTED.fullmatch(part)
            if name is not None:
                yield name[1] or name[2] or "", False


def computed_in(text: str) -> Iterator[str]:
    """What a template includes, imports or extends by a value, so that nobody knows beforehand what it is: the tag's words."""
    for rest in _tags(text):
        several = _LIST.match(rest)
        parts = several[1].split(",") if several is not None else ()
        if _NAME.match(rest) is None and not (parts and all(_QUOTED.fullmatch(part) for part in parts)):
            yield " ".join(rest.split())


def _tags(text: str) -> Iterator[str]:
    """What stands behind the words `include`, `extends`, `import` and `from`."""
    return (tag[1] for tag in _TAG.finditer(_ASIDE.sub("", text)))
