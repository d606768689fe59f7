"""UUIDs of version 7 (RFC 9562, section 5.7): they sort by the time at which they were made."""

from __future__ import annotations

import os
import re
import time

_FORM = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}")


def uuid7(ns: int | None = None) -> str:
    """48 bits of milliseconds, 12 bits of what is below a millisecond (method 3 of the RFC), 62 random bits."""
    milliseconds, below = divmod(time.time_ns() if ns is None else ns, 1_000_000)
    fraction = below * 4096 // 1_000_000
    random = int.from_bytes(os.urandom(8)) & (2**62 - 1)
    digits = f"{milliseconds << 80 | 7 << 76 | fraction << 64 | 2 << 62 | random:032x}"
    return "-".join((digits[:8], digits[8:12], digits[12:16], digits[16:20], digits[20:]))


def is_uuid7(text: str) -> bool:
    """Whether it is one, as `uuid7` writes them."""
    return bool(_FORM.fullmatch(text))
