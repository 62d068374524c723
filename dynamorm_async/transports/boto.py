"""The fallback transport: the same bytes through aiobotocore's own client, with its proxies, hooks and signers.

Only documented parts of the SDK are used. The client's method is called with the request's parameters, so that
whatever is hooked into the client (tracing, stubs, custom endpoints) sees the true operation; then the *before-call*
event puts our body in the place of the SDK's, and the *before-parse* event takes the answer's bytes before the SDK
reads them. So numbers, unknown parameters and idempotency tokens travel exactly as the codec wrote them. An operation
that this SDK does not know rides on one that needs no parameters, under its own ``X-Amz-Target``.

What the SDK's own retries would repeat is stopped at the *needs-retry* event: the runner above decides about that.
"""

from __future__ import annotations

import asyncio
import base64
import datetime as dt
import json
import time
from collections.abc import Callable, Mapping
from contextlib import AsyncExitStack
from contextvars import ContextVar
from typing import Any
from urllib.parse import urlsplit

import anyio
import attrs

from dynamorm_async._ops.effects import Attempt, Call, Reply
from dynamorm_async.errors import (
    ConfigurationError,
    ConnectionLostError,
    CredentialsExpiredError,
    DeadlineExceededError,
    DynamormError,
    EndpointUnreachableError,
    Outcome,
    ProtocolError,
    ResponseTooLargeError,
    TransportError,
    UnexpectedRedirectError,
    WrongEventLoopError,
)
from dynamorm_async.transports.endpoints import TARGETS
from dynamorm_async.transports.lifecycle import LoopBound, watch_loop
from dynamorm_async.transports.replies import MAX_BODY, Headers, flaw_of
from dynamorm_async.transports.sdk import Sdk

__all__ = ["BotoTransport"]

_CARRIERS = {"dynamodb": "ListTables", "dynamodbstreams": "ListStreams"}
"""Operations without required parameters, on which one that the SDK does not know can ride."""
_EVENT_NAMES = {"dynamodb": "dynamodb", "dynamodbstreams": "dynamodb-streams"}


@attrs.define(slots=True, eq=False)
class _Carried:
    """One call on its way through the SDK."""

    call: Call
    url: str = ""
    is_redirected: bool = False
    status: int = 0
    raw: dict[bytes, bytes] = attrs.field(factory=dict[bytes, bytes])
    body: bytes | None = attrs.field(default=None, repr=False)


_CARRIED: ContextVar[_Carried | None] = ContextVar("dynamorm_carried", default=None)


_NOTHING: Mapping[str, Any] = {}


class _AnsweredError(Exception):
    """Leaves the SDK before it retries; the answer, or the cause, is known already."""


# ---------------------------------------------------------------- the SDK's events, for our own calls only


def _put_body(params: dict[str, Any], **_: object) -> None:
    carried = _CARRIED.get()
    if carried is not None:
        params["body"] = carried.call.body
        params["headers"]["X-Amz-Target"] = f"{TARGETS[carried.call.service]}.{carried.call.operation}"


def _note_sending(request: Any, **_: object) -> None:
    carried = _CARRIED.get()
    if carried is not None:
        carried.url = request.url


def _take_answer(response_dict: Mapping[str, Any], **_: object) -> None:
    carried = _CARRIED.get()
    if carried is not None:
        carried.status = response_dict["status_code"]
        carried.raw = {_latin(name).lower(): _latin(value) for name, value in response_dict["headers"].items()}
        carried.body = response_dict["body"]


def _stop_retrying(response: tuple[Any, Any] | None, caught_exception: Exception | None, **_: object) -> None:
    """Let a good answer pass, so that what is hooked in behind sees it; anything else might be repeated."""
    carried = _CARRIED.get()
    if carried is None:
        return
    if response is not None:
        # A client of the caller's follows redirects; this is where that shows.
        carried.is_redirected = _origin(response[0].url) != _origin(carried.url)
        if response[0].status_code < 300 and not carried.is_redirected and _flaw(carried) is None:  # noqa: PLR2004
            return
    raise _AnsweredError from caught_exception


def _origin(url: str) -> tuple[str, str | None, int | None]:
    parts = urlsplit(url)
    return parts.scheme, parts.hostname, parts.port or {"http": 80, "https": 443}.get(parts.scheme)


def _latin(text: str | bytes) -> bytes:
    return text if isinstance(text, bytes) else text.encode("latin-1", "replace")


_HOOKS: tuple[tuple[str, Callable[..., None]], ...] = (
    ("before-call", _put_body),
    ("before-send", _note_sending),
    ("before-parse", _take_answer),
    ("needs-retry", _stop_retrying),
)


def _hook(client: Any) -> None:
    service = _EVENT_NAMES[client.meta.service_model.service_name]
    for event, handler in _HOOKS:
        register = client.meta.events.register_first if event == "needs-retry" else client.meta.events.register_last
        register(f"{event}.{service}", handler, unique_id=f"dynamorm-{event}")


def _unhook(client: Any) -> None:
    service = _EVENT_NAMES[client.meta.service_model.service_name]
    for event, handler in _HOOKS:
        client.meta.events.unregister(f"{event}.{service}", handler, unique_id=f"dynamorm-{event}")


# ---------------------------------------------------------------- DynamoDB JSON and the SDK's parameters


def _with_bytes(found: dict[str, Any]) -> dict[str, Any]:
    """One JSON object as the SDK's methods take it: binary values are bytes there, base64 text on the wire.

    A lone ``B`` with text, or ``BS`` with a list, is an attribute value; an attribute of that name holds an object.
    The objects inside have been through here before, as JSON is read from the inside out.
    """
    if len(found) == 1:
        binary, binaries = found.get("B"), found.get("BS")
        if isinstance(binary, str):
            return {"B": base64.b64decode(binary)}
        if binaries is not None and not isinstance(binaries, dict):
            return {"BS": [base64.b64decode(text) for text in binaries]}
    return found


def _wire_form(value: object) -> object:
    """What JSON cannot hold, as DynamoDB's wire holds it."""
    if isinstance(value, bytes | bytearray):
        return base64.b64encode(value).decode()
    if isinstance(value, dt.datetime):
        return value.timestamp()
    raise TypeError(type(value).__name__)


def _body_of(parsed: Mapping[str, Any]) -> bytes:
    kept = {name: value for name, value in parsed.items() if name != "ResponseMetadata"}
    return json.dumps(kept, default=_wire_form, separators=(",", ":")).encode()


def _error_body(parsed: Mapping[str, Any]) -> bytes:
    error = parsed.get("Error", {})
    kept = {name: value for name, value in parsed.items() if name not in {"Error", "ResponseMetadata"}}
    return _body_of({"__type": error.get("Code", ""), "message": error.get("Message", ""), **kept})


# ---------------------------------------------------------------- the transport


class BotoTransport(LoopBound):
    """Moves requests through an aiobotocore client.

    Args:
        client: An open client; it stays the caller's and is not closed.
        sdk: Makes clients, if none is given.
        options: For `Sdk.client`, by service.
        monotonic: The clock of deadlines.
    """

    def __init__(
        self,
        *,
        client: Any = None,
        sdk: Sdk | None = None,
        options: Callable[[str], Mapping[str, Any]] = lambda _: {},
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        super().__init__()
        self._given = client
        self._sdk = sdk
        self._options = options
        self._monotonic = monotonic
        self._clients: dict[str, Any] = {}
        self._methods: dict[str, dict[str, str]] = {}
        self._opening = anyio.Lock()
        self._stack = AsyncExitStack()
        self._watch = watch_loop(self._close_clients)
        if client is not None:
            self._add(client)

    # ------------------------------------------------------------ the contract

    async def send(self, call: Call, attempt: Attempt) -> Reply:
        """Send once. See `dynamorm_async.abc.Transport.send`."""
        loop = asyncio.get_running_loop()
        if loop is not self._loop:
            self._settle(loop)
        carried = _Carried(call)
        try:
            async with asyncio.timeout(self._remaining(attempt)):
                await asyncio.sleep(0)  # a deadline that has passed already ends it here
                return await self._carry(carried)
        except TimeoutError as error:
            raise DeadlineExceededError(
                "the deadline passed.", op=call.operation, table=call.table, outcome=_outcome(carried)
            ) from error
        except TransportError as error:
            error.op = error.op or call.operation
            error.table = error.table or call.table
            raise

    async def recover(self, code: str, reply: Reply) -> bool:  # noqa: ARG002  the client keeps its own credentials
        """Nothing: the client refreshes its credentials by itself, and sends again by them if asked."""
        return False

    async def aclose(self) -> None:
        """Close the clients made here. Idempotent."""
        if self._is_closed:
            return
        self._is_closed = True
        loop, self._loop = self._loop, None
        if self._given is not None:
            _unhook(self._given)
        if loop is asyncio.get_running_loop():
            await self._close_clients()
            await self._watch.aclose()

    # ------------------------------------------------------------ one call

    def _remaining(self, attempt: Attempt) -> float | None:
        return None if attempt.deadline is None else attempt.deadline - self._monotonic()

    async def _carry(self, carried: _Carried) -> Reply:
        """Through the SDK and back."""
        call = carried.call
        client = self._clients.get(call.service) or await self._open(call.service)
        token = _CARRIED.set(carried)
        try:
            parsed = await self._invoke(client, call)
        except Exception as error:  # the SDK and its hooks raise what they like  # noqa: BLE001
            if carried.body is None:
                return _reply_of_error(carried, error)
            parsed = _NOTHING
        finally:
            _CARRIED.reset(token)
        if carried.body is None:  # a hook of the client answered; there was no request
            return Reply(200, _body_of(parsed), Headers({}))
        return _checked(carried)

    async def _invoke(self, client: Any, call: Call) -> Mapping[str, Any]:
        from botocore.exceptions import ParamValidationError  # noqa: PLC0415  the SDK is in use here

        methods = self._methods[call.service]
        method = methods.get(call.operation)
        if method is not None:
            try:
                parameters = json.loads(call.body, object_hook=_with_bytes)
                found: Mapping[str, Any] = await getattr(client, method)(**parameters)
            except ParamValidationError:  # a parameter newer than this SDK; the service will judge it
                pass
            else:
                return found
        carrying: Mapping[str, Any] = await getattr(client, methods[_CARRIERS[call.service]])()
        return carrying

    # ------------------------------------------------------------ clients

    def _add(self, client: Any) -> None:
        _hook(client)
        service = client.meta.service_model.service_name
        self._clients[service] = client
        self._methods[service] = {name: method for method, name in client.meta.method_to_api_mapping.items()}

    async def _open(self, service: str) -> Any:
        if self._sdk is None:
            raise ConfigurationError(
                f"the given client is not one of {service!r}.", hint="Pass session= instead of client=."
            )
        async with self._opening:
            if service not in self._clients:
                if not self._clients:
                    await anext(self._watch)
                maker = await self._sdk.client(service, **self._options(service))
                self._add(await self._stack.enter_async_context(maker))
        return self._clients[service]

    async def _close_clients(self) -> None:
        stack, self._stack = self._stack, AsyncExitStack()
        if self._given is None:
            self._clients.clear()
        await stack.aclose()

    def _drop(self) -> None:
        if self._given is not None:
            raise WrongEventLoopError(
                "the given client belongs to an event loop that has ended.", hint="Pass session= instead of client=."
            )
        self._inherited()

    def _inherited(self) -> object:
        inherited = (self._stack, self._watch, self._opening, dict(self._clients))
        self._stack, self._opening = AsyncExitStack(), anyio.Lock()
        self._watch = watch_loop(self._close_clients)
        if self._given is None:
            self._clients.clear()
        return inherited


def _outcome(carried: _Carried) -> Outcome:
    return Outcome.UNKNOWN if carried.url else Outcome.NOT_APPLIED


def _flaw(carried: _Carried) -> TransportError | None:
    body = carried.body or b""
    if carried.is_redirected:
        return UnexpectedRedirectError(
            "the client followed a redirect to another origin.",
            outcome=Outcome.UNKNOWN,
            hint="aiobotocore's clients do. Check the endpoint, and pass session= instead of client=.",
        )
    if len(body) > MAX_BODY:
        return ResponseTooLargeError(f"the answer is larger than {MAX_BODY} bytes.")
    return flaw_of(carried.status, carried.raw, body)


def _checked(carried: _Carried) -> Reply:
    flaw = _flaw(carried)
    if flaw is not None:
        raise flaw
    return Reply(carried.status, carried.body or b"", Headers(carried.raw))


def _reply_of_error(carried: _Carried, error: Exception) -> Reply:
    """An error that a hook of the client answered with, as the reply that it stands for.

    Raises:
        TransportError: There was no answer.
    """
    from botocore.exceptions import ClientError  # noqa: PLC0415  the SDK is in use here

    if isinstance(error, ClientError) and not carried.url:
        answered: Any = error
        if answered.operation_name == carried.call.operation:
            response: Mapping[str, Any] = answered.response
            status: int = response.get("ResponseMetadata", {}).get("HTTPStatusCode", 400)
            return Reply(status, _error_body(response), Headers({}))
    raise _translated(carried, error) from error


def _never_connected(cause: Any) -> bool:
    """Whether the SDK's connection error is one: it says the same of a connection that was reset after writing."""
    from botocore.exceptions import EndpointConnectionError  # noqa: PLC0415  the SDK is in use here

    if not isinstance(cause, EndpointConnectionError):
        return True
    details: Any = cause
    name = type(details.kwargs.get("error")).__name__
    return name.startswith(("ClientConnector", "Connect")) or name == "gaierror"


def _translated(carried: _Carried, error: Exception) -> DynamormError:
    """What an exception of the SDK means here."""
    from botocore import exceptions as sdk  # noqa: PLC0415  the SDK is in use here

    cause = error.__cause__ if isinstance(error, _AnsweredError) else error
    name = type(cause).__name__
    if isinstance(error, DynamormError):
        return error
    if isinstance(cause, sdk.NoCredentialsError | sdk.PartialCredentialsError):
        return ConfigurationError("no AWS credentials were found.", hint="Set them, or pass profile= or credentials=.")
    if isinstance(cause, sdk.ConnectionError) and _never_connected(cause):
        return EndpointUnreachableError(f"the endpoint is unreachable ({name}).")
    if isinstance(cause, sdk.HTTPClientError | sdk.ConnectionError):
        return ConnectionLostError(f"the connection broke ({name}).", outcome=_outcome(carried))
    if carried.url:
        return ProtocolError(f"no usable answer came ({name}).")
    if isinstance(cause, sdk.ClientError | sdk.CredentialRetrievalError | sdk.TokenRetrievalError):
        return CredentialsExpiredError(f"credentials could not be fetched ({name}).")
    return ConfigurationError(f"the AWS SDK could not send the request ({name}).")
