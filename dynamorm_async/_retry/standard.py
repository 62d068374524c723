"""The standard retry policy: when to send again, and out of whose budget."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping
from typing import Final, TypeAlias

import msgspec

from dynamorm_async._retry.budgets import Bucket, Budget
from dynamorm_async._retry.decisions import Decision, Kind, RefreshAndRetry, Retry, Stop, StopReason
from dynamorm_async._retry.failures import Failure
from dynamorm_async._retry.settings import RetrySettings, heed

__all__ = ["Scope", "StandardRetry", "StandardState"]

Scope: TypeAlias = tuple[str, str | None]
"""What shares a budget of retries: an endpoint and a table (None for calls over several tables)."""


class StandardState(msgspec.Struct, eq=False):
    """The course of one call under `StandardRetry`."""

    _policy: StandardRetry
    _budget: Budget
    _limit: int
    _paid: tuple[Bucket, ...] = ()
    _cost: int = 0
    _refreshed: bool = False

    @property
    def limit(self) -> int:
        """How many attempts there may be in all."""
        return self._limit

    def succeeded(self) -> None:
        """The call succeeded: pay back what the last retry cost, or one token if there was none."""
        if self._paid:
            for bucket in self._paid:
                bucket.give_back(self._cost)
            return
        budget = self._budget
        if budget.own.missing or budget.shared.missing or budget.contention.missing:
            budget.refill()

    def after(self, failure: Failure) -> Decision:
        """What to do after this failure."""
        decision = self._decide(failure, failure.kind)
        self._policy.count(decision)
        return decision

    def _decide(self, failure: Failure, kind: Kind) -> Decision:
        if kind is Kind.NEVER:
            return Stop(StopReason.NOT_RETRYABLE)
        if not failure.repeatable:
            return Stop(StopReason.UNSAFE)
        if failure.attempt >= self._limit:
            return Stop(StopReason.ATTEMPTS)
        return self._refresh(failure) if kind is Kind.CREDENTIALS else self._schedule(failure, kind)

    def _refresh(self, failure: Failure) -> Decision:
        if self._refreshed:
            return Stop(StopReason.REFRESHED)
        self._refreshed = True
        reason = self._obstacle(failure, 0.0)
        return Stop(reason) if reason else RefreshAndRetry()

    def _schedule(self, failure: Failure, kind: Kind) -> Decision:
        settings = self._policy.settings
        delay = self._delay(failure, kind)
        reason = self._obstacle(failure, delay)
        if reason:
            return Stop(reason)
        if not self._pay(kind, settings.price(kind)):
            return Stop(StopReason.QUOTA, delay if settings.polling else 0.0)
        return Retry(delay, kind)

    def _obstacle(self, failure: Failure, delay: float) -> StopReason | None:
        if _too_late(delay, failure.remaining):
            return StopReason.DEADLINE
        if failure.token_age is not None and failure.token_age + delay > self._policy.settings.token_lifetime:
            return StopReason.TOO_OLD
        return None

    def _delay(self, failure: Failure, kind: Kind) -> float:
        delay = heed(failure.retry_after, self._policy.delay(kind, failure.attempt))
        if kind is not Kind.IN_PROGRESS or failure.attempt + 1 < self._limit:
            return delay
        # The service finishes the transaction for whoever asks five seconds after it began, so the last attempt waits
        # for that, unless the deadline comes first.
        recovery = max(delay, self._policy.settings.in_progress_wait - failure.elapsed)
        return delay if _too_late(recovery, failure.remaining) else recovery

    def _pay(self, kind: Kind, cost: int) -> bool:
        purses = self._budget.purses(kind)
        if not all(bucket.can_spare(cost) for bucket in purses):
            return False
        for bucket in purses:
            bucket.missing += cost
        self._paid, self._cost = purses, cost
        return True


def _too_late(delay: float, remaining: float | None) -> bool:
    return remaining is not None and delay >= remaining


class StandardRetry:
    """AWS's standard retry mode of 2026, with a budget for each table.

    Args:
        settings: The figures.
        dice: Gives a number in [0, 1) at each call, for the jitter.  It must differ between processes, also after a
            fork or a restored snapshot: ``random.SystemRandom().random`` does.

    Example:
        ```python
        import random

        from dynamorm_async._retry import StandardRetry

        policy = StandardRetry(dice=random.SystemRandom().random)
        state = policy.start(("https://dynamodb.eu-west-1.amazonaws.com", "users"))
        state.succeeded()
        assert policy.tokens(("https://dynamodb.eu-west-1.amazonaws.com", "users")) == 500
        ```
    """

    _KEPT_SCOPES: Final = 1000

    def __init__(self, settings: RetrySettings | None = None, *, dice: Callable[[], float]) -> None:
        self.settings = settings or RetrySettings()
        self._dice = dice
        self._budgets: dict[Scope, Budget] = {}
        self._shared: dict[str, Bucket] = {}
        self._counters: Counter[str] = Counter()

    def start(self, scope: Scope, max_attempts: int | None = None) -> StandardState:
        """Begin a call.

        Args:
            scope: The endpoint and table whose budget pays for retries.
            max_attempts: For this call alone, in place of the settings' figure.
        """
        budget = self._budgets.get(scope) or self._open(scope)
        return StandardState(self, budget, self.settings.max_attempts if max_attempts is None else max_attempts)

    def delay(self, kind: Kind, number: int) -> float:
        """A wait before the ``number``-th retry (from 1), in seconds: evenly spread from zero to the ceiling."""
        return self._dice() * self.settings.ceiling(kind, number)

    def tokens(self, scope: Scope) -> int:
        """How many tokens the scope has left for retries after faults and throttles."""
        budget = self._budgets.get(scope)
        return self.settings.quota - budget.own.missing if budget else self.settings.quota

    @property
    def counters(self) -> Mapping[str, int]:
        """How often it decided what, since the beginning: ``retry: throttle``, ``stop: quota`` and so on."""
        return dict(self._counters)

    def count(self, decision: Decision) -> None:
        """Count a decision in `counters`."""
        name = f"stop: {decision.reason.name}" if isinstance(decision, Stop) else f"retry: {decision.kind.name}"
        self._counters[name.lower().replace("_", " ")] += 1

    def _open(self, scope: Scope) -> Budget:
        if len(self._budgets) >= self._KEPT_SCOPES:
            # A full budget says nothing that a new one would not.
            self._budgets = {scope: budget for scope, budget in self._budgets.items() if not budget.full}
        shared = self._shared.setdefault(scope[0], Bucket(self.settings.shared_quota))
        budget = Budget(Bucket(self.settings.quota), Bucket(self.settings.contention_quota), shared)
        return self._budgets.setdefault(scope, budget)
