"""sha256 over the canonical JSON form of plain data. A module of its own: `check` needs neither hashing nor JSON."""

from __future__ import annotations

import hashlib

from ..base.json_text import encoder

_WRITE = encoder(nan=True)


def canonical_digest(body: object) -> str:
    """The hexadecimal digest; equal data give equal digests, whatever the order of their keys."""
    return hashlib.sha256(_WRITE(body).encode("utf-8", "surrogatepass")).hexdigest()
