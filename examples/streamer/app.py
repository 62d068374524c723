"""What happens when a client connects, sends a message and leaves. Events and answers are API Gateway's."""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable, Mapping
from typing import Any, TypeAlias

import msgspec

from dynamorm_async import DynamormError, ItemExistsError, ulid
from dynamorm_async.integrations.problems import problem_of
from examples.streamer.auth import Verifier
from examples.streamer.factory import StoreFactory
from examples.streamer.metrics import Metrics
from examples.streamer.models import AsyncRequest, Connection

__all__ = ["Answer", "Event", "Message", "Streamer"]

Event: TypeAlias = Mapping[str, Any]
Answer: TypeAlias = dict[str, Any]
_log = logging.getLogger("streamer")
_encode = msgspec.json.Encoder(decimal_format="number").encode


class Message(msgspec.Struct):
    """What a client sends.

    Attributes:
        action: ``ping``, ``status`` (of ``request_id``), or the work to be done.
        request_id: The client's own, so that sending the message again does the work once; made if not given.
        payload: What the work needs.
    """

    action: str
    request_id: str = ""
    payload: dict[str, Any] = {}


class RefusedError(Exception):
    """The client is told no.

    Args:
        status: The HTTP status.
        code: For the client's program.
    """

    def __init__(self, status: int, code: str) -> None:
        super().__init__(code)
        self.status = status
        self.code = code


class Streamer:
    """The application."""

    def __init__(self, stores: StoreFactory, verifier: Verifier, metrics: Metrics) -> None:
        self._stores = stores
        self._verifier = verifier
        self._metrics = metrics

    async def connect(self, event: Event) -> Answer:
        """A client opens a connection: its token is checked, and the connection kept."""
        return await self._answered(self._connect, event)

    async def disconnect(self, event: Event) -> Answer:
        """It has gone: the connection and its subscriptions are forgotten."""
        return await self._answered(self._disconnect, event)

    async def route(self, event: Event) -> Answer:
        """It sends a message: a ping, a question, or work for the queue."""
        return await self._answered(self._route, event)

    async def _connect(self, event: Event) -> Answer:
        context = event["requestContext"]
        try:
            claims = self._verifier.verify(_token(event))
        except PermissionError as error:
            raise RefusedError(401, "UNAUTHORIZED") from error
        allowed = self._stores.config.allowed_tenants
        if allowed and claims.tenant_id not in allowed:
            raise RefusedError(403, "TENANT_NOT_ALLOWED")
        connection = Connection(
            connection_id=context["connectionId"],
            user_id=claims.user_id,
            tenant_id=claims.tenant_id,
            endpoint=f"https://{context['domainName']}/{context['stage']}",
            metadata={"source_ip": context.get("identity", {}).get("sourceIp", "unknown")},
        )
        await self._stores.connections.save(connection)
        return _answer(200, {"connection_id": connection.connection_id})

    async def _disconnect(self, event: Event) -> Answer:
        connection_id = event["requestContext"]["connectionId"]
        await self._stores.subscriptions.delete_by_connection(connection_id)
        await self._stores.connections.delete(connection_id)
        return _answer(200, {})

    async def _route(self, event: Event) -> Answer:
        connection = await self._sender(event["requestContext"]["connectionId"])
        try:
            message = msgspec.json.decode(event.get("body") or "", type=Message)
        except msgspec.DecodeError as error:
            raise RefusedError(400, "NOT_A_MESSAGE") from error
        if message.action == "ping":
            return _answer(200, {"action": "pong"})
        if message.action == "status":
            request = await self._request_of(connection, message.request_id)
            return _answer(200, _state(request))
        return await self._enqueue(connection, message)

    async def _sender(self, connection_id: str) -> Connection:
        try:
            connection = await self._stores.connections.get(connection_id)
            await self._stores.connections.update_last_ping(connection_id)
        except LookupError as error:
            raise RefusedError(410, "GONE") from error
        return connection

    async def _enqueue(self, connection: Connection, message: Message) -> Answer:
        request = AsyncRequest(
            request_id=message.request_id or ulid(),
            connection_id=connection.connection_id,
            action=message.action,
            user_id=connection.user_id,
            tenant_id=connection.tenant_id,
            payload=message.payload,
        )
        try:
            await self._stores.requests.enqueue(request)
        except ItemExistsError:
            # The client has sent it again, or another one uses this id.
            request = await self._request_of(connection, request.request_id)
        await self._stores.subscriptions.subscribe(connection.connection_id, request.request_id)
        return _answer(202, _state(request))

    async def _request_of(self, connection: Connection, request_id: str) -> AsyncRequest:
        try:
            request = await self._stores.requests.get(request_id)
        except LookupError as error:
            raise RefusedError(404, "NO_SUCH_REQUEST") from error
        if (request.tenant_id, request.user_id) != (connection.tenant_id, connection.user_id):
            raise RefusedError(404, "NO_SUCH_REQUEST")
        return request

    async def _answered(self, handle: Callable[[Event], Awaitable[Answer]], event: Event) -> Answer:
        """What the handler answers, errors included; everything is counted."""
        try:
            answer = await handle(event)
        except RefusedError as refusal:
            answer = _answer(refusal.status, {"code": refusal.code})
        except DynamormError as error:
            _log.warning("%s failed", event["requestContext"].get("routeKey"), exc_info=True)
            problem = problem_of(error)
            answer = _answer(problem.status, problem.body)
        self._metrics.count("Invocations", Function=handle.__name__.strip("_"), Status=str(answer["statusCode"]))
        return answer


def _token(event: Event) -> str:
    """From the header, or from the query: a browser cannot set headers on a WebSocket."""
    headers: dict[str, str] = event.get("headers") or {}
    query: dict[str, str] = event.get("queryStringParameters") or {}
    named = {name.lower(): value for name, value in headers.items()}
    return (named.get("authorization") or query.get("token") or "").removeprefix("Bearer ")


def _state(request: AsyncRequest) -> dict[str, Any]:
    names = ("request_id", "status", "progress", "progress_message", "result", "error")
    return {name: getattr(request, name) for name in names}


def _answer(status: int, body: Mapping[str, Any]) -> Answer:
    return {"statusCode": status, "body": _encode(body).decode()}
