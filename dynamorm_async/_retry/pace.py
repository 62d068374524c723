"""A sending rate that finds what the service will take: AWS's adaptive retry mode, for a limiter to follow."""

from __future__ import annotations

from typing import Final

import msgspec

__all__ = ["CubicRate", "SendingRate"]

_BACK_OFF: Final = 0.7
"""What is left of the rate after a throttle."""
_STEEPNESS: Final = 0.4
"""How fast the rate grows again, in requests per second cubed."""
_SMOOTHING: Final = 0.8
"""Weight of the newest half second in the measured rate."""
_LOWEST_RATE: Final = 0.5
_SMALLEST_BUCKET: Final = 1.0


class CubicRate(msgspec.Struct):
    """The allowed rate, in requests per second, as a cubic of the time since the last throttle.

    It climbs quickly back towards the rate that was throttled, dwells there, then probes above it (as TCP CUBIC does).

    Attributes:
        last_rate: The rate that was last throttled.
        last_throttle: When that was, in seconds.
    """

    last_rate: float = 0.0
    last_throttle: float = 0.0

    def after_throttle(self, rate: float, now: float) -> float:
        """The rate to go on with after ``rate`` was throttled."""
        self.last_rate, self.last_throttle = rate, now
        return rate * _BACK_OFF

    def after_success(self, now: float) -> float:
        """The rate that may be tried now."""
        dwell: float = (self.last_rate * (1 - _BACK_OFF) / _STEEPNESS) ** (1 / 3)
        return _STEEPNESS * (now - self.last_throttle - dwell) ** 3 + self.last_rate


class SendingRate:
    """Limits sending to a rate learnt from throttles; until the first one, nothing waits.

    Pure: every method is told the time, in seconds on any clock that does not go back.

    Args:
        now: The time at which it starts.

    Example:
        ```python
        from dynamorm_async._retry import SendingRate

        pace = SendingRate(now=0.0)
        assert pace.wait(now=0.1) == 0.0
        pace.answered(throttled=True, now=0.2)
        assert pace.wait(now=0.2) == 0.0  # the one token there is
        assert pace.wait(now=0.2) == 2.0  # half a request a second
        ```
    """

    def __init__(self, now: float) -> None:
        self._cubic = CubicRate(last_throttle=now)
        self._limited = False
        self._rate = _LOWEST_RATE
        self._tokens, self._filled_at = _SMALLEST_BUCKET, now
        self._measured, self._count, self._window = 0.0, 0, _half_second(now)

    @property
    def rate(self) -> float:
        """The allowed rate, in requests per second."""
        return self._rate

    @property
    def measured(self) -> float:
        """The rate at which answers come in, smoothed over half seconds."""
        return self._measured

    def wait(self, now: float) -> float:
        """Take the next turn: the seconds to wait before sending. Turns are given in the order of asking."""
        if not self._limited:
            return 0.0
        self._fill(now)
        self._tokens -= 1.0
        return max(0.0, -self._tokens / self._rate)

    def answered(self, *, throttled: bool, now: float) -> None:
        """Learn from an answer."""
        self._measure(now)
        if throttled:
            was = min(self._measured, self._rate) if self._limited else self._measured
            self._limited = True
            rate = self._cubic.after_throttle(was, now)
        else:
            rate = self._cubic.after_success(now)
        self._fill(now)
        self._rate = max(min(rate, 2 * self._measured), _LOWEST_RATE)

    def _measure(self, now: float) -> None:
        self._count += 1
        window = _half_second(now)
        if window > self._window:
            newest = self._count / (window - self._window)
            self._measured = newest * _SMOOTHING + self._measured * (1 - _SMOOTHING)
            self._count, self._window = 0, window

    def _fill(self, now: float) -> None:
        grown = self._tokens + max(0.0, now - self._filled_at) * self._rate
        self._tokens = min(grown, max(self._rate, _SMALLEST_BUCKET))
        self._filled_at = now


def _half_second(now: float) -> float:
    return now * 2 // 1 / 2
