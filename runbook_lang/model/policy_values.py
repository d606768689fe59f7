"""Readers of a policy's single values: hours, zones, dates, addresses, keys."""

from __future__ import annotations

from ..base.pattern import lazy
from ..base.suggest import did_you_mean
from ..syntax.tree import Sequence
from .hours import BadHours, parse_hours
from .kinds import read_word
from .reader import FAILED

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from ..syntax.tree import Node
    from .fields import Field
    from .reader import Reader

_DATE = lazy(r"([0-9]{4})-([0-9]{2})-([0-9]{2})")
_EMAIL = lazy(r"[^@\s<>]+@[^@\s<>]+\.?[^@\s<>]+")


def read_hours(reader: Reader, node: Node, field: Field, key: str) -> Any:
    text = read_word(reader, node, field, key)
    if text is FAILED:
        return FAILED
    try:
        return parse_hours(text)
    except BadHours as error:
        reader.problems.error("RB350", f"{key!r} can't be read: {error.args[0]}.", node.span, error.args[1])
        return FAILED


def read_zone(reader: Reader, node: Node, field: Field, key: str) -> Any:
    text = read_word(reader, node, field, key)
    if text is FAILED or known_zone(text):
        return text
    from zoneinfo import available_timezones

    help = did_you_mean(text, sorted(available_timezones())) or "Use a name of the IANA list, such as Europe/Madrid or UTC."
    reader.problems.error("RB351", f"{text!r} is no IANA time zone that this machine knows.", node.span, help)
    return FAILED


def known_zone(text: str) -> bool:
    """Whether there is a time zone of that name. Reads the machine's zone data (or the `tzdata` package)."""
    from zoneinfo import ZoneInfo

    try:
        ZoneInfo(text)
    except (OSError, ValueError, KeyError):
        return False
    return True


def read_date(reader: Reader, node: Node, field: Field, key: str) -> Any:
    text = read_word(reader, node, field, key)
    if text is FAILED:
        return FAILED
    match = _DATE.fullmatch(text)
    if match and _is_date(int(match[1]), int(match[2]), int(match[3])):
        return text
    return reader.wrong(node, key, "a date", "Write it as year-month-day: 2026-01-31.", "RB356")


def _is_date(year: int, month: int, day: int) -> bool:
    from datetime import date

    try:
        date(year, month, day)
    except ValueError:
        return False
    return True


def read_dates(reader: Reader, node: Node, field: Field, key: str) -> Any:
    if not isinstance(node, Sequence):
        return reader.wrong(node, key, "a list of dates")
    found = [read_date(reader, item, field, key) for item in node.items]
    return tuple(date for date in found if date is not FAILED)


def read_email(reader: Reader, node: Node, field: Field, key: str) -> Any:
    text = read_word(reader, node, field, key)
    if text is FAILED or _EMAIL.fullmatch(text):
        return text
    return reader.wrong(node, key, "an email address", code="RB359")


def read_key(reader: Reader, node: Node, field: Field, key: str) -> Any:
    """`ed25519:` and 32 bytes in base64."""
    text = read_word(reader, node, field, key)
    if text is FAILED:
        return FAILED
    from base64 import b64decode

    kind, _, body = text.partition(":")
    try:
        size = len(b64decode(body, validate=True)) if kind == "ed25519" else 0
    except ValueError:
        size = 0
    if size == 32:
        return text
    reader.problems.error("RB359", "This is no public key: `ed25519:` and 32 bytes in base64.", node.span, "`runbook key new` makes one.")
    return FAILED


def read_words(reader: Reader, node: Node, field: Field, key: str) -> Any:
    """One word or a list of them."""
    kind = read_email if field.kind == "emails" else read_word
    items = node.items if isinstance(node, Sequence) else (node,)
    found = tuple(kind(reader, item, field, key) for item in items)
    return FAILED if FAILED in found else found
