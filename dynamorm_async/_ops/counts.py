"""Numbers that callers give: each in its range, or refused at the line where it stands."""

from __future__ import annotations

from math import inf
from typing import Any

from dynamorm_async.errors import InvalidRequestError

__all__ = ["check_reading_ahead", "positive"]


def positive(count: Any, name: str, verb: str, model: str | None = None, most: int | None = None) -> int:
    """A count of at least one.

    Args:
        count: What was given.
        name: Under which name.
        verb: To a call of what.
        model: Of which model, if it is one's.
        most: The greatest that there can be.

    Raises:
        InvalidRequestError: It is none.
    """
    op = verb if model is None else f"{model}.{verb}"
    if isinstance(count, bool) or not isinstance(count, int) or count < 1:
        raise InvalidRequestError(f"{name} must be a whole number of at least 1.", op=op, model=model)
    if most is not None and count > most:
        raise InvalidRequestError(f"{name} is {most} at most.", op=op, model=model, hint="DynamoDB takes no more.")
    return count


def check_reading_ahead(pages_ahead: Any, units_per_second: Any, of: str) -> None:
    """What a stream is told of its pace.

    Raises:
        InvalidRequestError: One of the numbers is out of its range.
    """
    if isinstance(pages_ahead, bool) or not isinstance(pages_ahead, int) or pages_ahead < 0:
        raise InvalidRequestError(
            "pages_ahead must be a whole number of at least 0.",
            op=f"{of}.stream",
            model=of,
            hint="0 reads no page before it is asked for.",
        )
    if units_per_second is None:
        return
    is_number = isinstance(units_per_second, (int, float)) and not isinstance(units_per_second, bool)
    if not is_number or not 0 < units_per_second < inf:
        raise InvalidRequestError(
            "units_per_second must be a number above zero.",
            op=f"{of}.stream",
            model=of,
            hint="Leave it out to read as fast as the table allows.",
        )
