"""When a window is next open: its hours in the policy's zone, but for the days of a freeze."""

from __future__ import annotations

from .calendar import DAY_US, FAR_DAYS, Shift

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from ..model.policy import Policy, Window


def window_shift(policy: Policy, window: Window) -> Shift:
    """The hours of a window. Holidays don't close it: maintenance is often meant for them."""
    return Shift(window.hours, policy.zone, ranges=tuple((freeze.first, freeze.last) for freeze in policy.freezes))


def next_open(policy: Policy, window: Window) -> Callable[[int], int]:
    """A function from a moment (microseconds, UTC) to the first moment from then on at which the window is open.

    The moment itself when it is open now; three years later when it isn't open before.
    """
    shift = window_shift(policy, window)

    def opening(now: int) -> int:
        found = shift.next_open(now)
        return now + FAR_DAYS * DAY_US if found is None else found

    return opening
