"""`budget`: a test that spends more than it was meant to fails, and says on what."""

from __future__ import annotations

from collections.abc import Generator, Sequence
from contextlib import contextmanager

from dynamorm_async._metering import Meter, Spent, metering

__all__ = ["BudgetExceededError", "Spending", "budget"]


class BudgetExceededError(AssertionError):
    """More was spent than the budget had, or nobody can say how much.

    Attributes:
        spent: Every request, in the order in which they were sent.

    Example:
        >>> try:
        ...     with budget(requests=0):
        ...         user = await User.get("acme", "1")
        ... except BudgetExceededError as error:
        ...     assert len(error.spent) == 1
    """

    def __init__(self, message: str, spent: Sequence[Spent]) -> None:
        super().__init__(message)
        self.spent: tuple[Spent, ...] = tuple(spent)


class Spending:
    """What has been spent so far inside a `budget`.

    Example:
        >>> with budget() as spending:
        ...     user = await User.get("acme", "1")
        >>> spending.requests
        1
    """

    def __init__(self, meter: Meter) -> None:
        self._meter = meter

    @property
    def spent(self) -> tuple[Spent, ...]:
        """Every request, those that were sent again included."""
        return tuple(self._meter.spent)

    @property
    def requests(self) -> int:
        """How many requests were sent."""
        return len(self._meter.spent)

    @property
    def rcu(self) -> float:
        """Read capacity units, as the service reported them."""
        return sum(one.rcu for one in self._meter.spent)

    @property
    def wcu(self) -> float:
        """Write capacity units, as the service reported them."""
        return sum(one.wcu for one in self._meter.spent)

    def __str__(self) -> str:
        return "\n".join(map(_line, self._meter.spent)) or "nothing was sent"


@contextmanager
def budget(*, rcu: float | None = None, wcu: float | None = None, requests: int | None = None) -> Generator[Spending]:
    """Fail the test if what is awaited inside costs more than this.

    Counts what is sent inside and in the tasks begun inside; budgets nest, and each counts for itself. Every request
    counts, those that are sent again included. For the time being the service is asked what each consumes.

    Args:
        rcu: Read capacity units at most.
        wcu: Write capacity units at most.
        requests: Requests at most.

    Yields:
        What is spent so far.

    Raises:
        BudgetExceededError: At the end of the block, naming each request, its cost and the line that asked for it; or
            where a capacity has a limit and the service does not say what was consumed.

    Example:
        >>> with budget(rcu=3, requests=2) as spending:
        ...     users = await User.query(User.org == "acme")
        >>> spending.rcu
    """
    meter = Meter()
    spending = Spending(meter)
    with metering(meter):
        yield spending
    over = [
        f"{what}: {used:g} of {most:g}"
        for what, used, most in (
            ("read capacity units", spending.rcu, rcu),
            ("write capacity units", spending.wcu, wcu),
            ("requests", spending.requests, requests),
        )
        if most is not None and used > most
    ]
    if over:
        raise BudgetExceededError(f"the budget is exceeded. {'; '.join(over)}.\n{spending}", meter.spent)
    silent = [one for one in meter.spent if not one.reported]
    if silent and (rcu is not None or wcu is not None):
        raise BudgetExceededError(
            f"the service did not say what {silent[0].operation} consumed; only requests can be budgeted.\n{spending}",
            meter.spent,
        )


def _line(one: Spent) -> str:
    costs = [f"{units:g} {name}" for units, name in ((one.rcu, "rcu"), (one.wcu, "wcu")) if units]
    again = f", attempt {one.attempt}" if one.attempt > 1 else ""
    where = one.place or "a task of the library's"
    return f"  {one.operation} {one.table or ''}: {' and '.join(costs) or 'nothing reported'}{again} ({where})"
