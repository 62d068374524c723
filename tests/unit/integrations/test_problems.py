"""Every error has an HTTP answer, and the answer says nothing that a client must not see."""

from __future__ import annotations

import inspect

import pytest

from dynamorm_async import errors
from dynamorm_async.errors import DynamormError
from dynamorm_async.integrations import problems
from dynamorm_async.integrations.problems import problem_of

CLASSES = [cls for _, cls in inspect.getmembers(errors, inspect.isclass) if issubclass(cls, DynamormError)]
BY_DESIGN_500 = {
    "AttributeNotLoadedError", "AccessDeniedError", "ChecksumMismatchError", "ConfigurationError",
    "ConnectionLostError", "CredentialsError", "CredentialsExpiredError", "DecodeError", "DynamormError",
    "IdempotentParameterMismatchError", "ItemCollectionTooLargeError", "ModelDefinitionError", "NoSessionError",
    "PaginationStuckError", "ProtocolError", "ResponseTooLargeError", "ServiceError", "ServiceValidationError",
    "SessionClosedError", "TableInUseError", "TableNotFoundError", "TransactionInProgressError", "TransportError",
    "UnexpectedRedirectError", "WrongEventLoopError",
}  # fmt: skip


def made(cls):
    """An instance of an error class, whatever it must be told."""
    needed = {
        name: 0 if name in ("size", "limit", "succeeded") else ()
        for name, parameter in inspect.signature(cls).parameters.items()
        if parameter.kind is parameter.KEYWORD_ONLY and parameter.default is parameter.empty
    }
    return cls("secret text", **needed)


@pytest.mark.parametrize("cls", CLASSES, ids=lambda cls: cls.__name__)
def test_every_error_has_an_answer_by_decision(cls):
    """A new class is either mapped or listed as an internal fault: none gets 500 by accident (R113)."""
    problem = problem_of(made(cls))

    listed = cls.__name__ in BY_DESIGN_500
    assert listed is (problem.code == "DATABASE_ERROR")


@pytest.mark.parametrize("cls", CLASSES, ids=lambda cls: cls.__name__)
def test_an_answer_does_not_repeat_the_message(cls):
    """Titles are constant; what an error says is for logs."""
    problem = problem_of(made(cls))

    assert "secret" not in str(problem.body)


def test_throttling_says_when_to_come_back():
    """429 with Retry-After."""
    problem = problem_of(errors.ThroughputExceededError())

    assert (429, {"Retry-After": "1"}) == (problem.status, problem.headers)


def test_an_unknown_outcome_is_told():
    """A client must not simply send its change again."""
    problem = problem_of(errors.OutcomeUnknownError("x"))

    assert ("OUTCOME_UNKNOWN", "unknown") == (problem.body["code"], problem.body["outcome"])


def test_a_throttled_transaction_is_a_429():
    """What stopped it counts, not that it was a transaction."""
    error = errors.TransactionCanceledError("x")
    error.reasons = (errors.CancellationReason("ThrottlingError"),)

    assert 429 == problem_of(error).status


def test_the_media_type_is_that_of_rfc_9457():
    """Clients know it by this."""
    assert "application/problem+json" == problems.MEDIA_TYPE
