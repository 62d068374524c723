"""What the service itself refuses, beside the errors of the library, which `dynamorm_async.integrations` answers."""

from __future__ import annotations

import attrs

from dynamorm_async import DynamormError, ItemNotFoundError, TransactionCanceledError, is_condition_failed
from dynamorm_async.integrations.problems import Problem, answer_to

__all__ = ["RefusedError", "invalid", "transfer_refused", "unauthorized"]


class RefusedError(Exception):
    """Ends a request with this answer."""

    def __init__(self, problem: Problem) -> None:
        super().__init__(problem.title)
        self.problem = problem


def unauthorized() -> RefusedError:
    """401."""
    return RefusedError(Problem(401, "UNAUTHORIZED", "A valid token is required."))


def invalid(why: str) -> RefusedError:
    """400: the client's mistake."""
    return RefusedError(Problem(400, "VALIDATION", why))


def transfer_refused(error: DynamormError) -> RefusedError:
    """400 for a transfer that cannot be, 429 and 503 for one that can be tried again, otherwise 500."""
    if isinstance(error, TransactionCanceledError) and is_condition_failed(error):
        # One reason for each operation, each with what the same write would have raised alone.
        missing = any(isinstance(reason.error, ItemNotFoundError) for reason in error.reasons)
        return invalid("There is no such user." if missing else "Insufficient credits.")
    problem = answer_to(error)
    if problem.status in {409, 500}:
        problem = attrs.evolve(problem, status=500, code="TRANSFER_ERROR", title="The transfer failed.")
    return RefusedError(problem)
