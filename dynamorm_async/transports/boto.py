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
import json
import time
from collections.abc import Callable, Mapping
from contextlib import AsyncExitStack
from typing import Any

from dynamorm_async._anyio import anyio
from dynamorm_async._ops.effects import Attempt, Call, Reply
from dynamorm_async.errors import (
    ConfigurationError,
    ConnectionLostError,
    CredentialsExpiredError,
    DeadlineExceededError,
    DynamormError,
    EndpointUnreachableError,
    ProtocolError,
    TransportError,
    WrongEventLoopError,
)
from dynamorm_async.transports.carriage import (
    CARRIED,
    AnsweredError,
    Carried,
    body_of,
    checked,
    error_body,
    hook,
    unhook,
    with_bytes,
)
from dynamorm_async.transports.lifecycle import LoopBound, watch_loop
from dynamorm_async.transports.replies import Headers
from dynamorm_async.transports.sdk import Sdk

__all__ = ["BotoTransport"]

_CARRIERS = {"dynamodb": "ListTables", "dynamodbstreams": "ListStreams"}
"""Operations without required parameters, on which one that the SDK does not know can ride."""
_NOTHING: Mapping[str, Any] = {}


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
        self._is_watched = False
        if client is not None:
            self._add(client)

    # ------------------------------------------------------------ the contract

    async def send(self, call: Call, attempt: Attempt) -> Reply:
        """Send once. See `dynamorm_async.abc.Transport.send`."""
        loop = asyncio.get_running_loop()
        if loop is not self._loop:
            self._settle(loop)
        carried = Carried(call)
        try:
            async with asyncio.timeout(self._remaining(attempt)):
                await asyncio.sleep(0)  # a deadline that has passed already ends it here
                return await self._carry(carried)
        except TimeoutError as error:
            raise DeadlineExceededError(
                "the deadline passed.", op=call.operation, table=call.table, outcome=carried.outcome
            ) from error
        except TransportError as error:
            error.op = error.op or call.operation
            error.table = error.table or call.table
            raise

    async def recover(self, code: str, reply: Reply) -> bool:  # noqa: ARG002  the contract's
        """False: the SDK renews its credentials by itself, and signs by its own clock."""
        return False

    async def aclose(self) -> None:
        """Close the clients made here. Idempotent."""
        if self._is_closed:
            return
        self._is_closed = True
        loop, self._loop = self._loop, None
        if self._given is not None:
            unhook(self._given)
        if loop is asyncio.get_running_loop():
            await self._close_clients()
            await self._watch.aclose()

    # ------------------------------------------------------------ one call

    def _remaining(self, attempt: Attempt) -> float | None:
        return None if attempt.deadline is None else attempt.deadline - self._monotonic()

    async def _carry(self, carried: Carried) -> Reply:
        """Through the SDK and back."""
        call = carried.call
        client = self._clients.get(call.service) or await self._open(call.service)
        token = CARRIED.set(carried)
        failure: Exception | None = None
        parsed = _NOTHING
        try:
            parsed = await self._invoke(client, call)
        except Exception as error:  # the SDK and its hooks raise what they like  # noqa: BLE001
            failure = error
        finally:
            CARRIED.reset(token)
        if carried.body is not None:
            return checked(carried)
        if failure is not None:
            return _reply_of_error(carried, failure)
        return Reply(200, body_of(parsed), Headers({}))  # a hook of the client answered; there was no request

    async def _invoke(self, client: Any, call: Call) -> Mapping[str, Any]:
        from botocore.exceptions import ParamValidationError  # noqa: PLC0415  the SDK is in use here

        methods = self._methods[call.service]
        method = methods.get(call.operation)
        if method is not None:
            try:
                parameters = json.loads(call.body, object_hook=with_bytes)
                found: Mapping[str, Any] = await getattr(client, method)(**parameters)
            except ParamValidationError:  # a parameter newer than this SDK; the service will judge it
                pass
            else:
                return found
        carrying: Mapping[str, Any] = await getattr(client, methods[_CARRIERS[call.service]])()
        return carrying

    # ------------------------------------------------------------ clients

    def _add(self, client: Any) -> None:
        hook(client)
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
                # Opening can be cut short by a deadline, and begins anew with the next call; the watch does not.
                if not self._is_watched:
                    self._is_watched = True
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
        self._watch, self._is_watched = watch_loop(self._close_clients), False
        if self._given is None:
            self._clients.clear()
        return inherited


def _reply_of_error(carried: Carried, error: Exception) -> Reply:
    """An error that a hook of the client answered with, as the reply that it stands for.

    Raises:
        TransportError: There was no answer.
    """
    from botocore.exceptions import ClientError  # noqa: PLC0415  the SDK is in use here

    if isinstance(error, DynamormError):
        raise error
    if isinstance(error, ClientError) and not carried.url:
        answered: Any = error
        if answered.operation_name == carried.call.operation:
            response: Mapping[str, Any] = answered.response
            status: int = response.get("ResponseMetadata", {}).get("HTTPStatusCode", 400)
            return Reply(status, error_body(response), Headers({}))
    cause = error.__cause__ if isinstance(error, AnsweredError) and error.__cause__ is not None else error
    # The SDK's frames hold the request with its values and keys; an exception must not lead to them.
    cause.__context__ = cause.__cause__ = None
    raise _translated(carried, cause) from cause.with_traceback(None)


def _never_connected(cause: Any) -> bool:
    """Whether the SDK's connection error is one: it says the same of a connection that was reset after writing."""
    from botocore.exceptions import EndpointConnectionError  # noqa: PLC0415  the SDK is in use here

    if not isinstance(cause, EndpointConnectionError):
        return True
    details: Any = cause
    name = type(details.kwargs.get("error")).__name__
    return name.startswith(("ClientConnector", "Connect")) or name == "gaierror"


def _translated(carried: Carried, cause: BaseException) -> DynamormError:
    """What an exception of the SDK means here."""
    from botocore import exceptions as sdk  # noqa: PLC0415  the SDK is in use here

    name = type(cause).__name__
    if isinstance(cause, sdk.NoCredentialsError | sdk.PartialCredentialsError):
        return ConfigurationError("no AWS credentials were found.", hint="Set them, or pass profile= or credentials=.")
    if isinstance(cause, sdk.ConnectionError) and _never_connected(cause):
        return EndpointUnreachableError(f"the endpoint is unreachable ({name}).")
    if isinstance(cause, sdk.HTTPClientError | sdk.ConnectionError):
        return ConnectionLostError(f"the connection broke ({name}).", outcome=carried.outcome)
    if carried.url:
        return ProtocolError(f"no usable answer came ({name}).")
    if isinstance(cause, sdk.ClientError | sdk.CredentialRetrievalError | sdk.TokenRetrievalError):
        return CredentialsExpiredError(f"credentials could not be fetched ({name}).")
    return ConfigurationError(f"the AWS SDK could not send the request ({name}).")
