"""Where secrets are masked in an event, and where they can't be.

Names, paths, digests and the closed words of an event come from the runbook or from the machine, which never
sees a secret; masking them would only break the links between lines (four digits of a PIN turn up in
one digest of a thousand). Everything that may hold words of the outside world is masked. Typed values are
masked inside the strings of their JSON text, so that a value such as `":` can't change its form.
"""

from __future__ import annotations

import re

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from .mask import Masker

FIXED = frozenset(
    {
        "type", "seq", "at", "id", "path", "key", "run", "rules", "mode", "program", "plan", "policy", "tz", "secret_names", "taint",
        "handle", "argv_digest", "bind", "applied", "kind", "grade", "verdict", "moved_to", "body", "what", "needs", "proof",
    }
)  # fmt: skip
TYPED = frozenset({"inputs", "value"})
_DIGEST = re.compile(r"(?:sha256:)?[0-9a-f]{64}")


def mask_body(body: dict[str, Any], masker: Masker) -> dict[str, Any]:
    """The wire body with secrets masked, for the journal's line. The same object when no secret is known."""
    if not masker:
        return body
    return {field: value if field in FIXED else _mask(field, value, masker) for field, value in body.items()}


def _mask(field: str, value: Any, masker: Masker) -> Any:
    if type(value) is str:
        return masker.mask_json(value) if field in TYPED else masker.mask(value)
    if field == "out":
        return [_stream(item, masker) for item in value]
    return _deep(value, masker)


def _stream(item: Any, masker: Masker) -> Any:
    """[digest, size, head, …]: the digest stays, it names a file."""
    return [item[0], *_deep(item[1:], masker)] if type(item) is list and item else _deep(item, masker)


def _deep(value: Any, masker: Masker) -> Any:
    kind = type(value)
    if kind is str:
        return _text(value, masker)
    if kind is list:
        return [_deep(item, masker) for item in value]
    if kind is dict:
        return {masker.mask(key): _deep(item, masker) for key, item in value.items()}
    return value


def _text(value: str, masker: Masker) -> str:
    """A digest stays unless it's a secret as a whole: a PIN that turns up in it by chance mustn't change it."""
    clean = masker.mask(value)
    whole = clean.startswith("«") and clean.find("»") == len(clean) - 1
    return clean if whole or not _DIGEST.fullmatch(value) else value
