"""Faults that are answers: what a service, or something in front of it, says instead of the right thing."""

from __future__ import annotations

import time
from calendar import timegm
from collections.abc import Mapping, Sequence
from email.utils import formatdate
from typing import Any, Self, TypeAlias, Unpack

import attrs

from dynamorm_async.testing.faults.exchange import Exchange
from dynamorm_async.testing.faults.messages import Request, Response
from dynamorm_async.testing.faults.script import Fault, Where

__all__ = [
    "Answer",
    "CancelTransaction",
    "CorruptChecksum",
    "ExpiredToken",
    "Fail",
    "Partial",
    "Pass",
    "Redirect",
    "Rewrite",
    "SkewedClock",
    "Throttle",
    "Unavailable",
]

_SHAPES = "com.amazonaws.dynamodb.v20120810#"
_TRANSACTIONS = frozenset({"TransactWriteItems", "TransactGetItems", "ExecuteTransaction"})
_LEFT_UNDONE = {"BatchWriteItem": "UnprocessedItems", "BatchGetItem": "UnprocessedKeys"}
_TOLERANCE_SECONDS = 300
"""How far a signature may be off in time."""


@attrs.frozen(slots=True)
class Pass(Fault):
    """Nothing happens: the request is carried out and answered."""

    async def play(self, exchange: Exchange) -> None:
        """Carry out and answer."""
        await exchange.respond(await exchange.carry_out())


@attrs.frozen(slots=True)
class Rewrite(Fault):
    """The right answer with some headers changed (``{"x-amz-retry-after": "1500"}``)."""

    headers: Mapping[str, str]

    async def play(self, exchange: Exchange) -> None:
        """Carry out, and answer with other headers."""
        await exchange.respond((await exchange.carry_out()).with_headers(self.headers))


@attrs.frozen(slots=True)
class CorruptChecksum(Fault):
    """The right answer with a checksum that does not fit it, or with this text for one (``"abc"``)."""

    header: str | None = None

    async def play(self, exchange: Exchange) -> None:
        """Carry out, and answer with a wrong ``x-amz-crc32``."""
        response = await exchange.carry_out()
        wrong = Response.of(response.body + b" ").headers["x-amz-crc32"] if self.header is None else self.header
        await exchange.respond(response.with_headers({"x-amz-crc32": wrong}))


@attrs.frozen(slots=True)
class Answer(Fault):
    """This answer, whatever was asked.

    Attributes:
        content: Bytes as they are; anything else as JSON (``{"Item": {...}}``, ``[]``, ``None``).
        status: The HTTP status.
        headers: Added to the usual ones, or in their place.
        applied: Whether the request is carried out first, so that the answer lies about a write that happened.
    """

    content: Any = attrs.field(factory=dict[str, Any], repr=False)
    status: int = 200
    headers: Mapping[str, str] = attrs.field(factory=dict[str, str], kw_only=True)
    applied: bool = attrs.field(default=False, kw_only=True)

    @classmethod
    def html(cls, status: int = 200, **where: Unpack[Where]) -> Self:
        """A page, as a captive portal or a misplaced load balancer gives it."""
        page = b"<!doctype html><html><body>Please sign in to the network.</body></html>"
        return cls(page, status, headers={"content-type": "text/html"}, **where)

    def response(self) -> Response:
        """The answer."""
        return Response.of(self.content, self.status, self.headers)

    async def play(self, exchange: Exchange) -> None:
        """Give the answer."""
        if self.applied:
            await exchange.carry_out()
        await exchange.respond(self.response())


@attrs.frozen(slots=True)
class Fail(Fault):
    """An error of the service, by its code.

    Attributes:
        code: Such as ``TransactionInProgressException``.
        status: The HTTP status.
        message: The service's words.
        details: More members of the error (``{"Item": {...}}``).
        headers: Added to the usual ones (``{"x-amz-retry-after": "1500"}``).
        applied: Whether the request is carried out first.
    """

    code: str
    status: int = 400
    message: str = attrs.field(default="scripted", kw_only=True)
    details: Mapping[str, Any] = attrs.field(factory=dict[str, Any], kw_only=True, repr=False)
    headers: Mapping[str, str] = attrs.field(factory=dict[str, str], kw_only=True)
    applied: bool = attrs.field(default=False, kw_only=True)

    async def play(self, exchange: Exchange) -> None:
        """Answer with the error."""
        if self.applied:
            await exchange.carry_out()
        await exchange.respond(_error(self.code, self.status, self.message, self.details, self.headers))


def _error(
    code: str,
    status: int = 400,
    message: str = "scripted",
    details: Mapping[str, Any] | None = None,
    headers: Mapping[str, str] | None = None,
) -> Response:
    return Response.of({"__type": _SHAPES + code, "message": message, **(details or {})}, status, headers)


@attrs.frozen(slots=True)
class Unavailable(Fault):
    """A failure of the service itself.

    Attributes:
        status: 500, 502, 503 or 504.
        applied: Whether the request is carried out first; a 5xx does not say.
    """

    status: int = 500
    applied: bool = attrs.field(default=False, kw_only=True)

    async def play(self, exchange: Exchange) -> None:
        """Answer with the failure."""
        if self.applied:
            await exchange.carry_out()
        await exchange.respond(_error("InternalServerError", self.status))


@attrs.frozen(slots=True)
class Throttle(Fault):
    """The service asks to slow down.

    Attributes:
        code: ``ThrottlingException``, ``ProvisionedThroughputExceededException`` or ``RequestLimitExceeded``.
        reasons: Throttling reasons, such as ``TableReadKeyRangeThroughputExceeded``.
        retry_after: Milliseconds for the ``x-amz-retry-after`` header, or any text.
    """

    code: str = "ThrottlingException"
    reasons: Sequence[str] = attrs.field(default=(), kw_only=True)
    retry_after: int | str | None = attrs.field(default=None, kw_only=True)

    async def play(self, exchange: Exchange) -> None:
        """Answer with the throttle."""
        reasons = [{"reason": reason, "resource": "arn:aws:dynamodb:::table/scripted"} for reason in self.reasons]
        headers = {} if self.retry_after is None else {"x-amz-retry-after": str(self.retry_after)}
        details = {"ThrottlingReasons": reasons} if reasons else {}
        await exchange.respond(_error(self.code, details=details, headers=headers))


@attrs.frozen(slots=True)
class CancelTransaction(Fault):
    """A cancelled transaction, with one reason for each of its operations (``"None"`` for those without fault)."""

    reasons: Sequence[str]

    def fits(self, operation: str) -> bool:
        """Only transactions are cancelled."""
        return operation in _TRANSACTIONS and self.operation in {None, operation}

    async def play(self, exchange: Exchange) -> None:
        """Answer with the cancellation."""
        reasons = [{"Code": code} if code == "None" else {"Code": code, "Message": code} for code in self.reasons]
        await exchange.respond(_error("TransactionCanceledException", details={"CancellationReasons": reasons}))


@attrs.frozen(slots=True)
class ExpiredToken(Fault):
    """The session token of the request is too old."""

    async def play(self, exchange: Exchange) -> None:
        """Answer with the refusal."""
        await exchange.respond(_error("ExpiredTokenException"))


@attrs.frozen(slots=True)
class SkewedClock(Fault):
    """A service whose clock differs: it refuses signatures more than five minutes off *its* time, and says its time.

    Attributes:
        seconds: How far its clock is ahead of this machine's.
        times: For how many requests; here every one, unless said otherwise.
    """

    seconds: float
    times: int | None = attrs.field(default=None, kw_only=True)

    async def play(self, exchange: Exchange) -> None:
        """Refuse, or carry out, with the skewed ``Date``."""
        now = time.time() + self.seconds
        refused = abs(_signed_at(exchange.request) - now) > _TOLERANCE_SECONDS
        response = _error("InvalidSignatureException") if refused else await exchange.carry_out()
        await exchange.respond(response.with_headers({"date": formatdate(now, usegmt=True)}))


def _signed_at(request: Request) -> float:
    """When the client says it signed, in seconds since the epoch."""
    return timegm(time.strptime(request.headers.get("x-amz-date", "19700101T000000Z"), "%Y%m%dT%H%M%SZ"))


@attrs.frozen(slots=True)
class Redirect(Fault):
    """A redirect to another place, which a client of DynamoDB must not follow."""

    location: str
    status: int = 307

    async def play(self, exchange: Exchange) -> None:
        """Answer with the redirect, and a cookie to be ignored."""
        headers = {"location": self.location, "set-cookie": "followed=1"}
        await exchange.respond(Response.of(b"", self.status, headers))


@attrs.frozen(slots=True)
class Partial(Fault):
    """A batch of which the last so many operations (or keys) are left undone and come back as unprocessed.

    Attributes:
        unprocessed: How many; if the batch has no more, none of it is carried out.
    """

    unprocessed: int = attrs.field(default=1, validator=attrs.validators.ge(1))

    def fits(self, operation: str) -> bool:
        """Only batches are done in part."""
        return operation in _LEFT_UNDONE and self.operation in {None, operation}

    async def play(self, exchange: Exchange) -> None:
        """Carry out the rest, and answer with what was left."""
        member = _LEFT_UNDONE[exchange.request.operation]
        done, left = _split(exchange.request.json["RequestItems"], self.unprocessed)
        response = await self._carry_out(exchange, done)
        answer = response.json
        await exchange.respond(response.with_json(answer | {member: _merge(answer.get(member) or {}, left)}))

    @staticmethod
    async def _carry_out(exchange: Exchange, done: Mapping[str, Any]) -> Response:
        if not done:
            reading = exchange.request.operation == "BatchGetItem"
            return Response.of({"Responses": {}} if reading else {})
        body = Response.of(exchange.request.json | {"RequestItems": done}).body
        return await exchange.carry_out(attrs.evolve(exchange.request, body=body))


_Entry: TypeAlias = list[Any] | dict[str, Any]
"""What a batch has for one table: write requests, or ``Keys`` among options of the read."""


def _members(entry: _Entry) -> list[Any]:
    return list(entry["Keys"]) if isinstance(entry, dict) else entry


def _with_members(entry: _Entry, members: list[Any]) -> _Entry:
    return {**entry, "Keys": members} if isinstance(entry, dict) else members


def _split(wanted: dict[str, _Entry], count: int) -> tuple[dict[str, _Entry], dict[str, _Entry]]:
    """The entries without the last ``count`` members, and with those alone; the last table loses first."""
    done: dict[str, _Entry] = {}
    left: dict[str, _Entry] = {}
    for table, entry in reversed(wanted.items()):
        members = _members(entry)
        kept = max(0, len(members) - count)
        count -= len(members) - kept
        if members[:kept]:
            done[table] = _with_members(entry, members[:kept])
        if members[kept:]:
            left[table] = _with_members(entry, members[kept:])
    return done, left


def _merge(first: Mapping[str, _Entry], second: Mapping[str, _Entry]) -> dict[str, _Entry]:
    merged = dict(first)
    for table, entry in second.items():
        before = _members(merged[table]) if table in merged else []
        merged[table] = _with_members(entry, before + _members(entry))
    return merged
