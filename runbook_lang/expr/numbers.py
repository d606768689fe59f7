"""Numbers to and from text, exactly as the reference implementation of CEL (cel-go) does it."""

from __future__ import annotations

from math import isnan

from ..base.pattern import lazy
from .limits import INT_MAX, INT_MIN

_INT = lazy(r"[+-]?[0-9]{1,400}")
_DOUBLE = lazy(r"[+-]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]+)?")
_SPECIAL = {"inf": float("inf"), "infinity": float("inf"), "nan": float("nan")}


def format_double(value: float) -> str:
    """`string(double)`: the fewest digits that read back equal, with an exponent below 0.0001 and from 1000000 on.

    That is Go's %g (strconv.FormatFloat with precision -1), which cel-go uses:
    1.0 -> 1, 0.0045 -> 0.0045, 1500000.0 -> 1.5e+06, infinities -> +Inf and -Inf.
    """
    if isnan(value):
        return "NaN"
    if value in (float("inf"), float("-inf")):
        return "+Inf" if value > 0 else "-Inf"
    mantissa, _, exponent = repr(abs(value)).partition("e")
    whole, _, part = mantissa.partition(".")
    digits = (whole + part).lstrip("0")
    sign = "-" if repr(value)[0] == "-" else ""
    if not digits.strip("0"):
        return sign + "0"
    # The value is 0.DIGITS * 10 ** point.
    point = len(whole) + int(exponent or 0) - (len(whole + part) - len(digits))
    digits = digits.rstrip("0")
    return sign + _place_point(digits, point)


def _place_point(digits: str, point: int) -> str:
    power = point - 1
    if power < -4 or power >= 6:
        rest = "." + digits[1:] if len(digits) > 1 else ""
        return f"{digits[0]}{rest}e{'-' if power < 0 else '+'}{abs(power):02d}"
    if point <= 0:
        return "0." + "0" * -point + digits
    if point >= len(digits):
        return digits + "0" * (point - len(digits))
    return digits[:point] + "." + digits[point:]


def parse_int(text: str) -> int | None:
    """`int(string)`: an optional sign and decimal digits, within 64 bits; None for anything else."""
    if not _INT.fullmatch(text):
        return None
    value = int(text)
    return value if INT_MIN <= value <= INT_MAX else None


def parse_double(text: str) -> float | None:
    """`double(string)`: decimal notation, `Inf`, `Infinity` or `NaN` in any case; None for anything else and on overflow."""
    if _DOUBLE.fullmatch(text):
        value = float(text)
        return None if value in (float("inf"), float("-inf")) else value
    bare = text[1:] if text[:1] in ("+", "-") else text
    special = _SPECIAL.get(bare.lower())
    if special is None or (isnan(special) and bare != text):
        return None
    return -special if text[0] == "-" else special
