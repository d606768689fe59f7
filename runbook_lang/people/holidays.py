"""Public holidays of a country, from the package `holidays` where it is installed."""

from __future__ import annotations

from functools import lru_cache

from ..base.diagnostics import fail
from .calendar import DAY_US, EPOCH_ORDINAL

TYPE_CHECKING = False
if TYPE_CHECKING:
    from ..base.source import Span


def public_holidays(country: str, at: int, span: Span | None = None) -> frozenset[str]:
    """The dates of last year's, this year's and the next two years' holidays, seen from a moment; () for no country.

    `country` is `CL`, or with a region `US-CA`. Raises RunbookError RB367 without the package, or for a country it doesn't know.
    """
    if not country:
        return frozenset()
    from datetime import date

    year = date.fromordinal(at // DAY_US + EPOCH_ORDINAL).year
    try:
        return _dates(country, year)
    except ImportError:
        help = "Install it with `pip install runbook-lang[holidays]`, or write the dates into the policy."
        raise fail("RB367", f"The holidays of {country} come from the package `holidays`, which isn't installed.", span, help) from None
    except (NotImplementedError, KeyError, ValueError):
        raise fail("RB367", f"The package `holidays` doesn't know {country}.", span, "Codes are as in ISO 3166: CL, US-CA.") from None


@lru_cache(maxsize=64)
def _dates(country: str, year: int) -> frozenset[str]:
    import holidays

    code, _, region = country.partition("-")
    found = holidays.country_holidays(code, subdiv=region or None, years=range(year - 1, year + 3))
    return frozenset(day.isoformat() for day in found)
