"""Errors of the way to DynamoDB: no usable answer arrived."""

from __future__ import annotations

from typing import ClassVar

from dynamorm_async.errors.base import DynamormError, Outcome

__all__ = [
    "ChecksumMismatchError",
    "ConnectionLostError",
    "DeadlineExceededError",
    "EndpointUnreachableError",
    "PoolTimeoutError",
    "ProtocolError",
    "ResponseTooLargeError",
    "TransportError",
    "UnexpectedRedirectError",
]


class TransportError(DynamormError):
    """No usable answer arrived. ``outcome`` says whether the request can have taken effect."""


class EndpointUnreachableError(TransportError):
    """No connection: name not found, refused, or TLS failed. Nothing was sent."""

    default_hint: ClassVar[str | None] = "Check the endpoint, the region and the network."


class PoolTimeoutError(TransportError):
    """No connection became free in time. Nothing was sent."""

    default_hint: ClassVar[str | None] = "Raise max_connections, or start fewer calls at once."


class DeadlineExceededError(TransportError, TimeoutError):
    """The call's deadline passed."""

    default_hint: ClassVar[str | None] = "Allow more time: timeout= of the session, or `with deadline(seconds):`."


class ConnectionLostError(TransportError):
    """The connection broke before a whole answer arrived."""

    default_hint: ClassVar[str | None] = "For a write, look at `error.outcome` before it is repeated."

    default_outcome = Outcome.UNKNOWN


class ProtocolError(TransportError):
    """What arrived is not an answer of DynamoDB (HTML, cut JSON, damaged HTTP)."""

    default_hint: ClassVar[str | None] = "Check that the endpoint is a DynamoDB, and what stands in between."

    default_outcome = Outcome.UNKNOWN


class ChecksumMismatchError(ProtocolError):
    """The answer does not match its ``x-amz-crc32``; its data was not used."""


class ResponseTooLargeError(ProtocolError):
    """The answer is larger than any answer DynamoDB gives; reading stopped."""


class UnexpectedRedirectError(ProtocolError):
    """The endpoint answered with a redirect, which is never followed."""

    default_hint: ClassVar[str | None] = "Give the session the address of DynamoDB itself."

    default_outcome = Outcome.NOT_APPLIED
