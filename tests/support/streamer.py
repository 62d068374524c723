"""What the tests of the Streamer example share: stores on an engine, tokens, and API Gateway's events."""

from __future__ import annotations

import json
import uuid
from collections.abc import AsyncGenerator, Mapping
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import Any

import jwt
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

from dynamorm_async.testing.engines import Engine
from examples.streamer.config import Config
from examples.streamer.factory import StoreFactory
from examples.streamer.models import AsyncRequest, Connection, Status

__all__ = ["a_connection", "a_request", "environment", "event", "opened", "public_key", "spoil", "token"]


def environment(engine: Engine) -> dict[str, str]:
    """The variables of a Streamer on this engine, with tables that no other test has."""
    mark = uuid.uuid4().hex[:8]
    return {
        "AWS_REGION": "us-east-1",
        "AWS_ACCESS_KEY_ID": "test",
        "AWS_SECRET_ACCESS_KEY": "test",
        "DYNAMODB_ENDPOINT": engine.endpoint,
        "CONNECTIONS_TABLE": f"{mark}-connections",
        "REQUESTS_TABLE": f"{mark}-requests",
        "SUBSCRIPTIONS_TABLE": f"{mark}-subscriptions",
        "JWT_PUBLIC_KEY": public_key(),
        "JWT_ISSUER": "https://login.test",
        "ALLOWED_TENANTS": "acme, other",
    }


@asynccontextmanager
async def opened(engine: Engine, **variables: str) -> AsyncGenerator[StoreFactory]:
    """Stores with their tables made."""
    async with StoreFactory(Config.from_env(environment(engine) | variables)) as stores:
        await stores.ensure_tables()
        yield stores


def a_connection(connection_id: str = "c1", **fields: Any) -> Connection:
    """A connection of Ada's."""
    given = {"user_id": "ada", "tenant_id": "acme", "endpoint": "https://ws.test/prod"} | fields
    return Connection(connection_id=connection_id, **given)


def a_request(request_id: str = "r1", **fields: Any) -> AsyncRequest:
    """A request over that connection."""
    return AsyncRequest(request_id=request_id, **({"connection_id": "c1", "action": "export"} | fields))


async def spoil(stores: StoreFactory, request_id: str, status: Status = Status.PENDING) -> None:
    """Write text where a number belongs, as another program might: the item cannot be read any more."""
    key = AsyncRequest.key(request_id=request_id, status=status).attributes
    update = {"UpdateExpression": "SET progress = :half", "ExpressionAttributeValues": {":half": {"S": "half"}}}
    await stores.session.call("UpdateItem", {"TableName": stores.config.requests_table, "Key": key} | update)


@cache
def _key() -> rsa.RSAPrivateKey:
    return rsa.generate_private_key(public_exponent=65537, key_size=2048)


@cache
def public_key() -> str:
    """The public half of the key that signs `token`."""
    form = serialization.PublicFormat.SubjectPublicKeyInfo
    return _key().public_key().public_bytes(serialization.Encoding.PEM, form).decode()


def token(**claims: Any) -> str:
    """A good token, but for what is given; None leaves a claim out."""
    good = {
        "sub": "ada",
        "tenant_id": "acme",
        "iss": "https://login.test",
        "exp": datetime.now(UTC) + timedelta(minutes=5),
    }
    found = {name: value for name, value in (good | claims).items() if value is not None}
    return jwt.encode(found, _key(), algorithm="RS256")


def event(
    route: str, connection_id: str = "c1", *, body: object = None, headers: Mapping[str, str] | None = None, **more: Any
) -> dict[str, Any]:
    """An event as API Gateway sends it for a WebSocket."""
    kind = {"$connect": "CONNECT", "$disconnect": "DISCONNECT"}.get(route, "MESSAGE")
    context = {
        "routeKey": route,
        "eventType": kind,
        "connectionId": connection_id,
        "messageDirection": "IN",
        "domainName": "ws.test",
        "stage": "prod",
        "apiId": "abc123",
        "requestId": uuid.uuid4().hex,
        "requestTimeEpoch": 1_795_262_400_000,
        "identity": {"sourceIp": "192.0.2.7", "userAgent": "test"},
    }
    found: dict[str, Any] = {"requestContext": context, "isBase64Encoded": False} | more
    if headers is not None:
        found["headers"] = dict(headers)
    if body is not None:
        found["body"] = body if isinstance(body, str) else json.dumps(body)
    return found
