"""Errors as HTTP answers: a status, a stable code, and RFC 9457's ``application/problem+json``.

Exhaustive: every class of `dynamorm_async.errors` has a row or an ancestor with one, and a test says so.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping
from typing import Any, Final

import attrs

from dynamorm_async import errors
from dynamorm_async.errors import DynamormError, Outcome

__all__ = ["MEDIA_TYPE", "Problem", "answer_to", "problem_of"]

_log = logging.getLogger("dynamorm_async")

MEDIA_TYPE: Final = "application/problem+json"
"""The ``Content-Type`` of a problem, by RFC 9457."""
_SERVER_FAULT: Final = 500


@attrs.frozen(slots=True)
class Problem:
    """An error as a client may see it: never a stored value, a key or an internal name.

    Attributes:
        status: The HTTP status.
        code: Stable and for programs: ``NOT_FOUND``.
        title: For people.
        retry_after: Seconds after which to try again, where that makes sense.
        outcome: What became of a write that failed.

    Example:
        >>> Problem(404, "NOT_FOUND", "There is no such item.").body["code"]
        'NOT_FOUND'
    """

    status: int
    code: str
    title: str
    retry_after: int | None = None
    outcome: Outcome | None = None

    @property
    def headers(self) -> dict[str, str]:
        """The headers of the answer."""
        return {} if self.retry_after is None else {"Retry-After": str(self.retry_after)}

    @property
    def body(self) -> dict[str, Any]:
        """The JSON of the answer."""
        found: dict[str, Any] = {"type": "about:blank", "title": self.title, "status": self.status, "code": self.code}
        return found if self.outcome is None else found | {"outcome": self.outcome.value}


_PROBLEMS: Final[Mapping[type[DynamormError], Problem]] = {
    errors.ItemNotFoundError: Problem(404, "NOT_FOUND", "There is no such item."),
    errors.MultipleItemsFoundError: Problem(409, "NOT_UNIQUE", "More than one item matches."),
    errors.InvalidRequestError: Problem(400, "INVALID_REQUEST", "The request cannot be carried out."),
    errors.InvalidCursorError: Problem(400, "INVALID_CURSOR", "The cursor is not valid for this listing."),
    errors.ValidationError: Problem(400, "VALIDATION", "A value is not acceptable."),
    errors.ItemTooLargeError: Problem(400, "TOO_LARGE", "The item is too large."),
    errors.TenantViolationError: Problem(403, "FORBIDDEN", "This is not yours to see."),
    errors.ItemExistsError: Problem(409, "EXISTS", "There is an item with this key."),
    errors.VersionConflictError: Problem(409, "CONFLICT", "Someone else changed the item."),
    errors.ConditionFailedError: Problem(409, "CONDITION_FAILED", "The item is not in the state this needs."),
    errors.TransactionCanceledError: Problem(409, "CONFLICT", "The changes could not be made together."),
    errors.TransactionConflictError: Problem(409, "CONFLICT", "Someone else was changing the item.", 1),
    errors.ReplicatedWriteConflictError: Problem(409, "CONFLICT", "Someone else was changing the item.", 1),
    errors.DuplicateItemError: Problem(409, "EXISTS", "There is an item with this key."),
    errors.ThrottledError: Problem(429, "RATE_LIMITED", "Too many requests.", 1),
    errors.LimitExceededError: Problem(429, "RATE_LIMITED", "Too many requests.", 5),
    errors.PoolTimeoutError: Problem(503, "OVERLOADED", "Too many requests at once.", 1),
    errors.EndpointUnreachableError: Problem(503, "UNAVAILABLE", "The database cannot be reached.", 5),
    errors.ServiceUnavailableError: Problem(503, "UNAVAILABLE", "The database is not available.", 5),
    errors.DeadlineExceededError: Problem(504, "TIMEOUT", "It took too long."),
    errors.OutcomeUnknownError: Problem(500, "OUTCOME_UNKNOWN", "It is not known whether the change was made."),
    errors.BatchIncompleteError: Problem(500, "INCOMPLETE", "Not everything was done."),
    DynamormError: Problem(500, "DATABASE_ERROR", "The database could not do this."),
}


def problem_of(error: DynamormError) -> Problem:
    """The HTTP answer for an error, by its class or nearest ancestor that has one.

    Args:
        error: What ended the request.

    Returns:
        The answer's status, body and headers.

    Example:
        >>> problem_of(ItemNotFoundError("no item has this key.")).status
        404
    """
    found = next(_PROBLEMS[cls] for cls in type(error).__mro__ if cls in _PROBLEMS)
    if isinstance(error, (errors.TransactionCanceledError, errors.BatchIncompleteError)) and errors.is_throttled(error):
        found = _PROBLEMS[errors.ThrottledError]
    # Only where it matters: a client that sees "unknown" must not simply send its change again.
    return attrs.evolve(found, outcome=error.outcome) if error.outcome is Outcome.UNKNOWN else found


def answer_to(error: DynamormError) -> Problem:
    """The HTTP answer for an error that ended a request; one that is the server's fault is logged, with its cause.

    Args:
        error: What ended the request.

    Returns:
        The answer's status, body and headers.

    Example:
        >>> answer_to(ItemNotFoundError("no item has this key.")).code
        'NOT_FOUND'
    """
    found = problem_of(error)
    if found.status >= _SERVER_FAULT:
        _log.error("A request ended as %s (%d).", found.code, found.status, exc_info=error)
    return found
