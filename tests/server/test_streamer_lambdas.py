"""Streamer's three Lambda functions, driven with API Gateway's WebSocket events."""

from __future__ import annotations

import asyncio
import importlib
import json
import sys
from datetime import UTC, datetime, timedelta

import pytest

from dynamorm_async.integrations.lambda_ import lambda_handler
from tests.support.streamer import environment, event, token


class Context:
    """What Lambda hands to a handler."""

    def get_remaining_time_in_millis(self):
        """What is left of the invocation."""
        return 10_000


CONTEXT = Context()


@pytest.fixture(params=["true", "false"], ids=["orm", "raw"])
def lambdas(engine, monkeypatch, request):
    """The module, as a cold start loads it, with its tables made; everything is closed at the end."""
    for name, value in (environment(engine) | {"USE_DYNAMORM": request.param}).items():
        monkeypatch.setenv(name, value)
    sys.modules.pop("examples.streamer.lambdas", None)
    module = importlib.import_module("examples.streamer.lambdas")
    run(module, module.stores.ensure_tables)
    yield module
    run(module, module.stores.session.aclose)
    run(module, lambda: module.stores.__aexit__(None, None, None))


def run(module, function):
    """Call on the loop that the handlers use."""
    return lambda_handler(module.stores.session)(lambda event, context: function())(None, None)


def connect(lambdas, connection_id="c1", **claims):
    """Connect with a token that says so."""
    return lambdas.connect(
        event("$connect", connection_id, headers={"Authorization": f"Bearer {token(**claims)}"}), CONTEXT
    )


def send(lambdas, message, connection_id="c1"):
    """Send a message: its answer's status and body."""
    answer = lambdas.router(event("$default", connection_id, body=message), CONTEXT)
    return answer["statusCode"], json.loads(answer["body"])


def test_a_good_token_connects(lambdas):  # R141
    """The connection is kept, with what the token and the event say."""
    answer = connect(lambdas, tenant_id="other", sub="bob")

    kept = run(lambdas, lambda: lambdas.stores.connections.get("c1"))
    assert {"statusCode": 200, "body": '{"connection_id":"c1"}'} == answer
    assert ("bob", "other", "https://ws.test/prod") == (kept.user_id, kept.tenant_id, kept.endpoint)
    assert {"source_ip": "192.0.2.7"} == kept.metadata


def test_a_browser_shows_its_token_in_the_query(lambdas):  # R141
    """It cannot set headers."""
    answer = lambdas.connect(event("$connect", queryStringParameters={"token": token()}), CONTEXT)

    assert 200 == answer["statusCode"]


@pytest.mark.parametrize(
    "claims",
    [
        {"exp": datetime.now(UTC) - timedelta(minutes=1)},
        {"exp": None},
        {"sub": None},
        {"tenant_id": None},
        {"iss": "https://evil.test"},
        {"iss": None},
    ],
    ids=["expired", "forever", "nobody", "no tenant", "foreign issuer", "no issuer"],
)
def test_a_bad_token_is_turned_away(lambdas, claims):  # R141
    """401, and nothing is kept."""
    assert 401 == connect(lambdas, **claims)["statusCode"]
    with pytest.raises(LookupError):
        run(lambdas, lambda: lambdas.stores.connections.get("c1"))


@pytest.mark.parametrize("shown", ["", "Bearer ", "Bearer x.y.z", "none"])
def test_what_is_no_token_is_turned_away(lambdas, shown):  # R141
    """Also one that is forged, or says that it needs no signature."""
    if shown == "none":
        _header, claims, _ = token().split(".")
        shown = f"eyJhbGciOiJub25lIiwidHlwIjoiSldUIn0.{claims}."

    assert 401 == lambdas.connect(event("$connect", headers={"authorization": shown}), CONTEXT)["statusCode"]
    assert 401 == lambdas.connect(event("$connect"), CONTEXT)["statusCode"]


def test_only_allowed_tenants_connect(lambdas):  # R14
    """``ALLOWED_TENANTS`` names them."""
    answer = connect(lambdas, tenant_id="strangers")

    assert {"statusCode": 403, "body": '{"code":"TENANT_NOT_ALLOWED"}'} == answer


def test_a_ping_is_answered_and_noted(lambdas):  # R141
    """It keeps the connection alive."""
    connect(lambdas)
    before = run(lambdas, lambda: lambdas.stores.connections.get("c1"))

    assert (200, {"action": "pong"}) == send(lambdas, {"action": "ping"})

    assert before.last_ping < run(lambdas, lambda: lambdas.stores.connections.get("c1")).last_ping


def test_work_is_queued_once(lambdas):  # R141
    """The same message again is the same work; the sender hears of it."""
    connect(lambdas)
    message = {"action": "export", "request_id": "r1", "payload": {"rows": 3}}

    first, second = send(lambdas, message), send(lambdas, message)
    queued = run(lambdas, lambda: lambdas.stores.requests.dequeue(10))

    assert (202, "r1", "PENDING") == (first[0], first[1]["request_id"], first[1]["status"])
    assert first == second
    assert [("r1", "export", {"rows": 3}, "acme")] == [
        (one.request_id, one.action, one.payload, one.tenant_id) for one in queued
    ]
    listeners = run(lambdas, lambda: lambdas.stores.subscriptions.get_by_request("r1"))
    assert ["c1"] == [one.connection_id for one in listeners]


def test_work_without_an_id_gets_one(lambdas):  # R141
    """Each message its own."""
    connect(lambdas)

    made = [send(lambdas, {"action": "export"})[1]["request_id"] for _ in range(2)]

    assert 2 == len(set(made))


def test_the_status_is_told_to_its_owner(lambdas):  # R141
    """Result and all, as JSON; for another user there is no such request, and its id cannot be used."""
    connect(lambdas, "c1")
    connect(lambdas, "c2", sub="bob")
    send(lambdas, {"action": "export", "request_id": "r1"})
    run(lambdas, lambda: lambdas.stores.requests.complete_request("r1", {"share": 0.5, "rows": 4}))

    status, state = send(lambdas, {"action": "status", "request_id": "r1"})

    assert (200, "COMPLETED", {"share": 0.5, "rows": 4}) == (status, state["status"], state["result"])
    for message in ({"action": "status", "request_id": "r1"}, {"action": "export", "request_id": "r1"}):
        assert (404, {"code": "NO_SUCH_REQUEST"}) == send(lambdas, message, "c2")
    assert [] == run(lambdas, lambda: lambdas.stores.subscriptions.get_by_connection("c2"))


@pytest.mark.parametrize("body", ["", "no JSON", "[]", "{}", '{"action": 1}', '{"action": "x", "payload": []}'])
def test_what_is_no_message_is_refused(lambdas, body):  # R141
    """400, and nothing is queued."""
    connect(lambdas)

    assert (400, {"code": "NOT_A_MESSAGE"}) == send(lambdas, body)
    assert [] == run(lambdas, lambdas.stores.requests.dequeue)


def test_a_value_that_cannot_be_stored_is_refused(lambdas):  # R141
    """An id with the key's separator: 400, and not a word about the table."""
    connect(lambdas)

    status, body = send(lambdas, {"action": "export", "request_id": "r#1"})

    assert (400, "VALIDATION") == (status, body["code"])


def test_who_is_not_connected_is_gone(lambdas):  # R141
    """Before connecting and after disconnecting, which forgets the subscriptions too; twice is as once."""
    assert (410, {"code": "GONE"}) == send(lambdas, {"action": "ping"})
    connect(lambdas)
    send(lambdas, {"action": "export", "request_id": "r1"})

    for _ in range(2):
        assert {"statusCode": 200, "body": "{}"} == lambdas.disconnect(event("$disconnect"), CONTEXT)

    assert (410, {"code": "GONE"}) == send(lambdas, {"action": "ping"})
    assert [] == run(lambdas, lambda: lambdas.stores.subscriptions.get_by_request("r1"))


def test_warm_invocations_share_one_loop_and_its_connections(lambdas):  # R141
    """All three functions: the session opens once, and so does the client."""

    async def where():
        return asyncio.get_running_loop(), lambdas.stores.session.runner, lambdas.stores._client

    connect(lambdas)
    first = run(lambdas, where)
    send(lambdas, {"action": "ping"})
    lambdas.disconnect(event("$disconnect"), CONTEXT)

    assert all(one is other for one, other in zip(first, run(lambdas, where), strict=True))


def test_every_invocation_is_counted(lambdas, capsys):  # R14
    """As a line that CloudWatch makes a metric of."""
    connect(lambdas)
    send(lambdas, "no JSON")

    lines = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert [("connect", "200", 1), ("route", "400", 1)] == [
        (line["Function"], line["Status"], line["Invocations"]) for line in lines
    ]
    assert "Streamer" == lines[0]["_aws"]["CloudWatchMetrics"][0]["Namespace"]
