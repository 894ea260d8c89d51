"""How much a client may ask, and how often somebody may guess a secret: counted in memory, per client id.

Time is handed over, in seconds of a clock that only goes forward.
"""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass
from math import ceil

# Ids that nobody has are counted too: the oldest of so many is forgotten.
_REMEMBERED = 10_000


class Rate:
    """At most `per_second` requests of one client, and as many at once as it left unused for `burst_seconds`."""

    def __init__(self, per_second: float, burst_seconds: float = 2.0) -> None:
        self._rate, self._most = per_second, max(1.0, per_second * burst_seconds)
        self._left: OrderedDict[str, tuple[float, float]] = OrderedDict()

    def wait(self, who: str, now: float) -> int:
        """0 and one request is counted; or the seconds until the next one is welcome."""
        left, since = self._left.get(who, (self._most, now))
        left = min(self._most, left + (now - since) * self._rate)
        allowed = left >= 1
        self._left[who] = (left - 1 if allowed else left, now)
        if len(self._left) > _REMEMBERED:
            self._left.popitem(last=False)
        return 0 if allowed else max(1, ceil((1 - left) / self._rate))


@dataclass(slots=True)
class _Failures:
    count: int = 0
    locked_until: float = 0.0


class Lockout:
    """After `tolerated` failures in a row each further one locks the client id for twice as long, up to `longest`."""

    def __init__(self, tolerated: int = 5, first: float = 30.0, longest: float = 900.0) -> None:
        self._tolerated, self._first, self._longest = tolerated, first, longest
        self._failures: OrderedDict[str, _Failures] = OrderedDict()

    def wait(self, who: str, now: float) -> int:
        """Seconds for which nobody gets in under this id, whatever the secret; 0 where it is not locked."""
        failures = self._failures.get(who)
        return max(0, ceil(failures.locked_until - now)) if failures else 0

    def failed(self, who: str, now: float) -> None:
        """Count a wrong secret."""
        failures = self._failures.setdefault(who, _Failures())
        self._failures.move_to_end(who)
        failures.count += 1
        over = failures.count - self._tolerated
        if over >= 0:
            failures.locked_until = now + min(self._longest, self._first * 2.0 ** min(over, 10))
        if len(self._failures) > _REMEMBERED:
            self._failures.popitem(last=False)

    def succeeded(self, who: str) -> None:
        """Forget the failures of an id whose secret was right."""
        self._failures.pop(who, None)
