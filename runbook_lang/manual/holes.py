"""Places in a manual's command that somebody has to fill in: `<APP_ID>`, `$VAR`, `${VAR}`, `${VAR:-default}`, `{{ var }}`."""

from __future__ import annotations

from ..base.pattern import lazy
from ..base.record import Record

_ANGLE = lazy(r"<(?=[^\W\d_])([^<>|&;\n\"'`$/\\]{0,58}[^<>|&;\n\"'`$/\\\s])>")
_CURLY = lazy(r"\{\{[ \t]*([^\W\d_][\w.-]{0,58})[ \t]*\}\}")
_VARIABLE = lazy(r"\$([A-Za-z_][A-Za-z0-9_]*)")
_BRACED = lazy(r"\$\{([A-Za-z_][A-Za-z0-9_]*)(?::?-([^}$`\"'\\]*))?\}")
_WORDS = lazy(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|[0-9]+")
_SECRET = frozenset(
    "password passwd passphrase pass pwd secret token credential credentials apikey contraseña contrasena clave auth privatekey".split()
)
_KEYS = frozenset({"key", "keys", "llave"})
_OPEN_KEYS = frozenset({"public", "id", "name", "ssh", "path", "file", "prefix", "row", "primary", "foreign", "cache", "redis"})


class Hole(Record):
    """`form`: placeholder | variable. `text` is how the manual writes it, `default` what a `${X:-…}` gives."""

    name: str
    form: str
    text: str
    default: str | None = None


def placeholder_at(text: str, at: int) -> tuple[Hole, int] | None:
    """A placeholder that begins here, and its end. A `<` that is a redirection isn't one."""
    found = _ANGLE.match(text, at) or _CURLY.match(text, at)
    return None if found is None else (Hole(found.group(1).strip(), "placeholder", found.group()), found.end())


def variable_at(text: str, at: int) -> tuple[Hole, int] | None:
    """A shell variable that begins here, and its end; None for what only a shell can expand."""
    found = _VARIABLE.match(text, at)
    if found is not None:
        return Hole(found.group(1), "variable", found.group()), found.end()
    braced = _BRACED.match(text, at)
    return None if braced is None else (Hole(braced.group(1), "variable", braced.group(), braced.group(2)), braced.end())


def looks_secret(name: str) -> bool:
    """Whether a name says that its value is for few eyes: `POSTGRES_PASSWORD`, `api-token`, `S3_SECRET_KEY`."""
    words = [word.lower() for word in _WORDS.findall(name)] + [part.lower() for part in name.replace("-", "_").split("_")]
    if _SECRET.intersection(words) or any(word.endswith(("password", "passwd", "secret", "token")) for word in words):
        return not words[-1].endswith(("policy", "length", "file", "path", "url"))
    return bool(_KEYS.intersection(words)) and not _OPEN_KEYS.intersection(words)
