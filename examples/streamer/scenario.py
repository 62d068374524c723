"""A short day of Streamer, played with API Gateway's events; it fails where something is not as it should be."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import anyio
import jwt
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from examples.streamer.app import Answer, Event, Streamer
from examples.streamer.auth import JwtVerifier
from examples.streamer.factory import StoreFactory
from examples.streamer.metrics import Metrics

__all__ = ["ISSUER", "Issuer", "event", "play"]

ISSUER = "https://login.example"


def event(route: str, connection_id: str, **more: Any) -> Event:
    """An event as API Gateway sends it."""
    context = {"routeKey": route, "connectionId": connection_id, "domainName": "ws.example", "stage": "dev"}
    return {"requestContext": context} | more


class Issuer:
    """Signs tokens, with a key that nobody else has."""

    def __init__(self) -> None:
        self._key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
        self.public_key = self._key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode()

    def token(self, user: str, tenant: str) -> str:
        """A token of a user, good for an hour."""
        expires = datetime.now(UTC) + timedelta(hours=1)
        claims = {"sub": user, "tenant_id": tenant, "iss": ISSUER, "exp": expires}
        return jwt.encode(claims, self._key, algorithm="RS256")


class Player:
    """Plays the clients and the worker, and says what happens.

    Args:
        stores: Open, with their tables made.
        say: Takes each line.
    """

    def __init__(self, stores: StoreFactory, say: Callable[[str], object]) -> None:
        self._stores = stores
        self._say = say
        self._issuer = Issuer()
        verifier = JwtVerifier(self._issuer.public_key, ISSUER)
        self._streamer = Streamer(stores, verifier, Metrics("Streamer", lambda _: None))

    def _headers(self, user: str, tenant: str) -> dict[str, str]:
        return {"Authorization": f"Bearer {self._issuer.token(user, tenant)}"}

    def _expect(self, what: str, answer: Answer, status: int) -> dict[str, Any]:
        body: dict[str, Any] = json.loads(answer["body"])
        self._say(f"{what}: {answer['statusCode']} {body}")
        if answer["statusCode"] != status:
            raise AssertionError(f"{what}: expected {status}")
        return body

    async def connect(self) -> None:
        """Two come in, one does not."""
        ada = event("$connect", "c1", headers=self._headers("ada", "acme"))
        self._expect("Ada connects", await self._streamer.connect(ada), 200)
        bob = event("$connect", "c2", headers=self._headers("bob", "acme"))
        self._expect("Bob connects", await self._streamer.connect(bob), 200)
        eve = event("$connect", "c3", headers={"Authorization": "Bearer forged"})
        self._expect("Eve shows a forged token", await self._streamer.connect(eve), 401)
        found = await self._stores.connections.list_by_tenant("acme")
        self._say(f"connections of acme: {sorted(connection.user_id for connection in found)}")

    async def ask(self) -> None:
        """Work is asked for, once."""
        body = json.dumps({"action": "export", "request_id": "r1", "payload": {"rows": 4}})
        for what in ("Ada asks for an export", "Her client sends it again"):
            self._expect(what, await self._streamer.route(event("$default", "c1", body=body)), 202)
        look = json.dumps({"action": "status", "request_id": "r1"})
        self._expect("Bob asks about it", await self._streamer.route(event("$default", "c2", body=look)), 404)

    async def work(self) -> None:
        """A worker takes it, reports and completes."""
        with anyio.fail_after(10):
            # On AWS an index follows its table by moments.
            while not (taken := await self._stores.requests.dequeue(10)):  # noqa: ASYNC110  nobody calls when it has
                await anyio.sleep(0.1)
        (request,) = taken
        self._say(f"a worker takes {request.request_id}, which is {request.status}")
        await self._stores.requests.update_progress(request.request_id, 0.5, "half way")
        await self._stores.requests.complete_request(request.request_id, {"url": "https://files.example/r1.csv"})
        listeners = await self._stores.subscriptions.get_by_request(request.request_id)
        self._say(f"to be told: {[listener.connection_id for listener in listeners]}")
        look = event("$default", "c1", body=json.dumps({"action": "status", "request_id": "r1"}))
        state = self._expect("Ada asks how it stands", await self._streamer.route(look), 200)
        if (state["status"], state["progress"]) != ("COMPLETED", 1.0):
            raise AssertionError("the request is not complete")

    async def leave(self) -> None:
        """Both go; nothing of them is left."""
        for name, connection_id in (("Ada", "c1"), ("Bob", "c2")):
            self._expect(
                f"{name} disconnects", await self._streamer.disconnect(event("$disconnect", connection_id)), 200
            )
        left = event("$default", "c1", body='{"action": "ping"}')
        self._expect("a late message of Ada's", await self._streamer.route(left), 410)
        if await self._stores.subscriptions.get_by_connection("c1"):
            raise AssertionError("a subscription is left")


async def play(stores: StoreFactory, say: Callable[[str], object] = print) -> None:
    """Play the day.

    Args:
        stores: Open, with their tables made.
        say: Takes each line.

    Raises:
        AssertionError: Something is not as it should be.
    """
    player = Player(stores, say)
    await player.connect()
    await player.ask()
    await player.work()
    await player.leave()
