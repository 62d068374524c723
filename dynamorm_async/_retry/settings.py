"""The figures of the retry policy, and the arithmetic of its waits."""

from __future__ import annotations

from typing import Final, cast

import msgspec

from dynamorm_async._retry.decisions import Kind
from dynamorm_async.errors import ConfigurationError

__all__ = ["RetrySettings", "heed"]

_SLOW: Final = frozenset({Kind.THROTTLE, Kind.HOT_KEY, Kind.IN_PROGRESS})
_LONGEST_HEADER: Final = 12
"""Digits of a retry-after header that are worth reading: thirty years, in milliseconds."""


_WHOLE: Final = {
    "max_attempts": 1,
    "quota": 0,
    "shared_quota": 0,
    "contention_quota": 0,
    "transient_cost": 0,
    "throttle_cost": 0,
}
"""The least that each whole number can be."""
_SECONDS: Final = ("transient_base", "throttle_base", "longest_wait", "in_progress_wait", "token_lifetime")


def _check(name: str, value: object, minimum: int, *, whole: bool) -> None:
    fits = isinstance(value, int) or (isinstance(value, float) and not whole)
    # `not >=` also refuses NaN.
    if isinstance(value, bool) or not fits or not cast("float", value) >= minimum:
        kind = "whole number" if whole else "number"
        raise ConfigurationError(f"RetrySettings: {name} must be a {kind} of at least {minimum}.")


class RetrySettings(msgspec.Struct, frozen=True, kw_only=True):
    """The figures of the retry policy; the defaults are AWS's standard mode of 2026 for DynamoDB.

    Attributes:
        max_attempts: Sendings of one request in all; 1 switches retries off.
        transient_base: Longest first wait after a fault, in seconds; it doubles with each attempt.
        throttle_base: The same after a throttle.
        longest_wait: No wait is longer, in seconds (unless the service asks, by at most five more).
        quota: Tokens each table has for retries. A call that needed a retry returns the last price when it succeeds,
            any other success returns one.
        shared_quota: Tokens all tables of an endpoint have together.
        contention_quota: Tokens each table has for retries over contended items (conflicts and hot keys), so that one
            item never uses up the retries meant for faults.
        transient_cost: Price of a retry after a fault or a conflict.
        throttle_cost: Price of a retry after a throttle.
        in_progress_wait: Seconds after the first attempt that the last retry of a transaction in progress waits for.
        token_lifetime: Seconds for which an idempotency token is sent again; DynamoDB forgets it after ten minutes.
        polling: Whether to wait even before giving up for want of quota, so that a loop that polls does not spin.

    Raises:
        ConfigurationError: A figure is out of range.

    Example:
        >>> patient = RetrySettings(max_attempts=8)
    """

    max_attempts: int = 4
    transient_base: float = 0.025
    throttle_base: float = 1.0
    longest_wait: float = 20.0
    quota: int = 500
    shared_quota: int = 2000
    contention_quota: int = 250
    transient_cost: int = 14
    throttle_cost: int = 5
    in_progress_wait: float = 5.0
    token_lifetime: float = 540.0
    polling: bool = False

    def __post_init__(self) -> None:
        for name, minimum in _WHOLE.items():
            _check(name, getattr(self, name), minimum, whole=True)
        for name in _SECONDS:
            _check(name, getattr(self, name), 0, whole=False)

    def ceiling(self, kind: Kind, number: int) -> float:
        """The longest wait before the ``number``-th retry (from 1), in seconds, before dice and headers.

        Args:
            number: Which retry, from 1.
            kind: How the failure is treated.

        Returns:
            Seconds.

        Example:
            >>> from dynamorm_async._retry.decisions import Kind
            >>> RetrySettings().ceiling(Kind.TRANSIENT, 2)
            0.05
        """
        base = self.throttle_base if kind in _SLOW else self.transient_base
        # 2.0 ** 1024 overflows; long before that the cap holds.
        return min(base * 2.0 ** min(number - 1, 64), self.longest_wait)

    def price(self, kind: Kind) -> int:
        """Tokens that a retry of this kind costs.

        Args:
            kind: How the failure is treated.

        Returns:
            Tokens of the quota.

        Example:
            >>> from dynamorm_async._retry.decisions import Kind
            >>> RetrySettings().price(Kind.TRANSIENT)
            14
        """
        return self.throttle_cost if kind in _SLOW else self.transient_cost


def heed(retry_after: str | None, delay: float) -> float:
    """The wait the service asks for, but never less than ours and at most five seconds more. Nonsense is ignored."""
    text = (retry_after or "").strip()
    if not (text.isascii() and text.isdecimal() and len(text) <= _LONGEST_HEADER):
        return delay
    return max(delay, min(int(text) / 1000, delay + 5.0))
