"""Whether a value is one that a declared input takes. Used for a run's inputs and for those of a call."""

from __future__ import annotations

import re

from ..expr.values import SecretRef, SecretText, Unknown

TYPE_CHECKING = False
if TYPE_CHECKING:
    from ..expr.compile import Names as Lookup
    from ..expr.expression import Template
    from ..expr.values import Now, Value
    from ..model.nodes import Input

_KINDS: dict[str, tuple[type, ...]] = {
    "string": (str,),
    "int": (int,),
    "number": (int, float),
    "bool": (bool,),
    "list": (list,),
    "map": (dict,),
}
_WORDS = {"string": "a text", "int": "a whole number", "number": "a number", "bool": "true or false", "list": "a list", "map": "a map"}
_FORMATS = {
    "uuid": (re.compile(r"[0-9a-fA-F]{8}-(?:[0-9a-fA-F]{4}-){3}[0-9a-fA-F]{12}"), "a UUID like 3f1c2b4a-0000-4000-8000-000000000000"),
    "uri": (re.compile(r"[a-zA-Z][a-zA-Z0-9+.-]*://[^\s/?#]+[^\s]*"), "a URL like https://example.com/path"),
    "email": (re.compile(r"[^@\s]+@[^@\s]+\.[^@\s]+"), "an address like name@example.com"),
    "date": (re.compile(r"\d{4}-(?:0[1-9]|1[0-2])-(?:0[1-9]|[12]\d|3[01])"), "a date like 2026-01-31"),
    "host": (re.compile(r"(?=.{1,253}$)[A-Za-z0-9](?:[A-Za-z0-9_.:-]*[A-Za-z0-9])?"), "a host name"),
}


def check_value(declared: Input, value: Value) -> str:
    """Empty when the value fits; else what was expected, without showing the value."""
    if isinstance(value, Unknown):
        return ""
    if isinstance(value, (SecretRef, SecretText)):
        return "a secret can't be an input"
    kinds = _KINDS[declared.type]
    if not isinstance(value, kinds) or (isinstance(value, bool) and declared.type != "bool"):
        return f"expected {_WORDS[declared.type]}"
    if declared.choices and value not in declared.choices:
        return "expected one of " + ", ".join(str(choice) for choice in declared.choices)
    if isinstance(value, str):
        return _check_text(declared, value)
    if isinstance(value, int) and not -(2**63) <= value < 2**63:
        return "expected a whole number of 64 bits"
    return ""


def _check_text(declared: Input, value: str) -> str:
    if "\x00" in value:
        return "a text must not hold a NUL character"
    if declared.format == "duration":
        from ..base.duration import parse_duration

        return "" if parse_duration(value) is not None else "expected a duration like 10s, 5m or 1h30m"
    known = _FORMATS.get(declared.format)
    if known is not None and not known[0].fullmatch(value):
        return f"expected {known[1]}"
    if declared.pattern:
        from ..expr.regex import compile_regex

        if not compile_regex(f"^(?:{declared.pattern})$").search(value):
            return f"expected a text that matches {declared.pattern}"
    return ""


def lock_keys(locks: tuple[Template, ...], names: Lookup, now: Now) -> tuple[str, ...]:
    """The locks that a run with these inputs wants, each once. Raises EvalError where the inputs make none."""
    return tuple(dict.fromkeys(str(template.evaluate(names, now)) for template in locks))


def parse_value(declared: Input, text: str) -> Value | None:
    """The value of a text from the command line or the environment; None when it doesn't read as the type."""
    if declared.type == "string":
        return text
    if declared.type == "bool":
        return {"true": True, "false": False}.get(text.strip().lower())
    import json

    try:
        value = json.loads(text)
    except ValueError:
        return None
    if declared.type == "int" and isinstance(value, float):
        return None
    return value if isinstance(value, _KINDS[declared.type]) else None
