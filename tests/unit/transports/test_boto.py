"""The fallback: the same bytes through aiobotocore's client, once, whatever the client is configured to do."""

from __future__ import annotations

import asyncio
import json
import resource
import time

import pytest
import pytest_asyncio
from aiobotocore.config import AioConfig
from aiobotocore.session import AioSession

from dynamorm_async._ops.effects import Attempt, Call
from dynamorm_async.abc import Transport
from dynamorm_async.errors import (
    ChecksumMismatchError,
    ConfigurationError,
    ConnectionLostError,
    DeadlineExceededError,
    EndpointUnreachableError,
    Outcome,
    ProtocolError,
    ResponseTooLargeError,
    SessionClosedError,
    UnexpectedRedirectError,
)
from dynamorm_async.transports import BotoTransport, Credentials, Settings, open_transport

pytestmark = pytest.mark.asyncio

PUT = Call(
    "PutItem",
    b'{"TableName":"users","Item":{"id":{"S":"1"},"b":{"B":"AAE="},"bs":{"BS":["AAE="]},'
    b'"m":{"M":{"B":{"S":"text"},"BS":{"L":[]}}},"n":{"N":"1.0"}}}',
    table="users",
)


@pytest.fixture(autouse=True)
def clean_environment(monkeypatch):
    """No configuration of this machine gets in."""
    monkeypatch.setenv("AWS_CONFIG_FILE", "/nowhere")
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", "/nowhere")


@pytest_asyncio.fixture
async def boto(server):
    """A boto transport of our own making to the scripted server."""
    settings = Settings(endpoint_url=server.url, credentials=Credentials("AKID", "s"), transport="boto")
    made = await open_transport(settings)
    yield made
    await made.aclose()


@pytest_asyncio.fixture
async def client(server):
    """A client of the caller's, with the SDK's own ten attempts."""
    options = {"aws_access_key_id": "AKID", "aws_secret_access_key": "s", "region_name": "us-east-1"}
    config = AioConfig(retries={"mode": "legacy"}, read_timeout=5)
    async with AioSession().create_client("dynamodb", endpoint_url=server.url, config=config, **options) as made:
        yield made


async def test_it_is_a_transport(boto) -> None:
    """It fits the protocol."""
    assert isinstance(boto, Transport)


async def test_bytes_go_and_come_unchanged(boto, server, scripts, attempt) -> None:
    """Body and answer pass the SDK untouched, under the true operation, signed by it."""
    body = b'{ "Attributes":{"n":{"N":"1.50"},"new":{"ZZ":"?"}} }'
    server.scripts.append(scripts.answer(body))

    reply = await boto.send(PUT, attempt)
    (request,) = server.requests

    assert (200, body, "REQUEST") == (reply.status, reply.body, reply.request_id)
    assert request.endswith(b"\r\n\r\n" + PUT.body)
    assert b"DynamoDB_20120810.PutItem" in request
    assert b"Credential=AKID/" in request


async def test_operation_that_the_sdk_does_not_know(boto, server, attempt) -> None:
    """It rides on one without parameters, under its own target."""
    await boto.send(Call("SummonDragon", b'{"Fire":true}'), attempt)

    assert b"DynamoDB_20120810.SummonDragon" in server.requests[0]
    assert server.requests[0].endswith(b'\r\n\r\n{"Fire":true}')


async def test_parameter_that_the_sdk_does_not_know(boto, server, attempt) -> None:
    """A parameter newer than the SDK is judged by the service, not by the SDK."""
    call = Call("GetItem", b'{"TableName":"users","Key":{"id":{"S":"1"}},"Newest":1}')

    assert (await boto.send(call, attempt)).status == 200
    assert server.requests[0].endswith(call.body)
    assert b"DynamoDB_20120810.GetItem" in server.requests[0]


async def test_streams_have_a_client_of_their_own(boto, server, attempt) -> None:
    """The service is chosen per call."""
    call = Call("DescribeStream", b'{"StreamArn":"arn:aws:dynamodb:us-east-1:1:table/users/stream/0000000000"}')
    await boto.send(Call(call.operation, call.body, service="dynamodbstreams"), attempt)

    assert b"DynamoDBStreams_20120810.DescribeStream" in server.requests[0]


async def test_error_status_is_an_answer(boto, server, scripts, attempt) -> None:
    """The error's own bytes come back; the SDK's exception does not."""
    body = b'{"__type":"com.amazonaws.dynamodb.v20120810#ConditionalCheckFailedException","Item":{"n":{"N":"1.0"}}}'
    server.scripts.append(scripts.answer(body, "400 Bad Request"))

    reply = await boto.send(PUT, attempt)

    assert (400, body) == (reply.status, reply.body)


@pytest.mark.parametrize("status", ["500 Oops", "503 Busy", "400 Bad Request"])
async def test_injected_client_sends_once(client, server, scripts, attempt, status) -> None:
    """A client that is configured for ten attempts makes one: when to repeat is decided above."""
    transport = BotoTransport(client=client)
    body = b'{"__type":"ProvisionedThroughputExceededException"}'
    server.scripts += [scripts.answer(body, status)] * 3

    reply = await transport.send(PUT, attempt)
    await transport.aclose()

    assert (int(status[:3]), body) == (reply.status, reply.body)
    assert len(server.requests) == 1


async def test_injected_client_stays_the_callers(client, server, scripts, attempt) -> None:
    """Beside ours and after us the client works as configured, retries included."""
    transport = BotoTransport(client=client)
    await transport.send(PUT, attempt)
    server.scripts.append(scripts.answer(b"{}", "500 Oops"))
    found = await client.get_item(TableName="users", Key={"id": {"S": "1"}})
    await transport.aclose()
    again = await client.get_item(TableName="users", Key={"id": {"S": "1"}})

    assert {"id": {"S": "1"}} == found["Item"] == again["Item"]
    assert len(server.requests) == 4
    with pytest.raises(SessionClosedError):
        await transport.send(PUT, attempt)


async def test_injected_client_of_one_service(client, attempt) -> None:
    """A dynamodb client cannot read streams."""
    transport = BotoTransport(client=client)

    with pytest.raises(ConfigurationError, match="session="):
        await transport.send(Call("ListStreams", b"{}", service="dynamodbstreams"), attempt)
    await transport.aclose()


async def test_hook_of_the_client_may_answer(client, server, attempt) -> None:
    """A stub that answers before anything is sent is believed, and sees the true parameters."""
    seen = []

    async def stub(model, params, **_):
        seen.append((model.name, json.loads(params["body"])["TableName"]))
        response = type("Response", (), {"status_code": 200, "headers": {}})()
        return response, {"Attributes": {"b": {"B": b"\x00\x01"}}, "ResponseMetadata": {"HTTPStatusCode": 200}}

    client.meta.events.register_first("before-call.dynamodb.PutItem", stub)
    transport = BotoTransport(client=client)

    reply = await transport.send(PUT, attempt)
    await transport.aclose()

    assert json.loads(reply.body) == {"Attributes": {"b": {"B": "AAE="}}}
    assert [("PutItem", "users")] == seen
    assert server.requests == []


async def test_hook_of_the_client_may_answer_an_error(client, attempt) -> None:
    """The same for an error: it comes back as the reply that the service would have sent."""

    async def stub(**_):
        response = type("Response", (), {"status_code": 400, "headers": {}})()
        error = {"Code": "ConditionalCheckFailedException", "Message": "no"}
        return response, {"Error": error, "Item": {"n": {"N": "1"}}, "ResponseMetadata": {"HTTPStatusCode": 400}}

    client.meta.events.register_first("before-call.dynamodb.PutItem", stub)
    transport = BotoTransport(client=client)

    reply = await transport.send(PUT, attempt)
    await transport.aclose()

    assert reply.status == 400
    assert json.loads(reply.body) == {
        "__type": "ConditionalCheckFailedException",
        "message": "no",
        "Item": {"n": {"N": "1"}},
    }


@pytest.mark.parametrize("owned", [True, False], ids=["own client", "injected client"])
@pytest.mark.parametrize(
    ("name", "expected", "outcome"),
    [
        ("reset", ConnectionLostError, Outcome.UNKNOWN),
        ("closed", ConnectionLostError, Outcome.UNKNOWN),
        ("cut", ConnectionLostError, Outcome.UNKNOWN),
        ("html", ProtocolError, Outcome.UNKNOWN),
        ("list", ProtocolError, Outcome.UNKNOWN),
        ("null", ProtocolError, Outcome.UNKNOWN),
        ("crc", ChecksumMismatchError, Outcome.UNKNOWN),
    ],
)
async def test_wire_faults(*, boto, client, server, scripts, attempt, owned, name, expected, outcome) -> None:
    """Faults 22 to 29 end as with the direct transport, after exactly one request."""
    faults = {
        "reset": scripts.raw(b"", reset=True),
        "closed": scripts.raw(b"", close=True),
        "cut": scripts.raw(b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n{}", close=True),
        "html": scripts.answer(b"<html>"),
        "list": scripts.answer(b"[]"),
        "null": scripts.answer(b"null"),
        "crc": scripts.answer(headers={"x-amz-crc32": "1"}),
    }
    server.scripts.append(faults[name])
    transport = boto if owned else BotoTransport(client=client)

    with pytest.raises(expected) as caught:
        await transport.send(PUT, attempt)
    if not owned:
        await transport.aclose()

    assert expected is type(caught.value)
    assert outcome is caught.value.outcome
    assert ("PutItem", "users") == (caught.value.op, caught.value.table)
    assert len(server.requests) == 1


@pytest.mark.parametrize(
    "head", [b"Content-Length: 600000000", b"Transfer-Encoding: chunked"], ids=["sized", "chunked"]
)
async def test_fault_31_huge_answer(boto, server, attempt, head) -> None:
    """600 MB are refused after 17, as by the direct transport; memory stays flat and the connection is closed."""
    sent = 0

    async def flood(wire) -> None:
        nonlocal sent
        block = b"x" * 1_000_000
        chunk = block if b"Length" in head else b"f4240\r\n" + block + b"\r\n"
        await wire.send(b"HTTP/1.1 200 OK\r\n" + head + b"\r\n\r\n")
        while sent < 600 and not wire.writer.transport.is_closing():
            await wire.send(chunk)
            sent += 1

    await boto.send(PUT, attempt)  # the SDK is imported
    server.scripts.append(flood)
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss

    with pytest.raises(ResponseTooLargeError):
        await boto.send(PUT, attempt)

    assert sent < 100
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 80_000
    assert (await boto.send(PUT, attempt)).status == 200
    assert server.connections == 2


async def test_unreachable(attempt) -> None:
    """A refused connection: not applied."""
    transport = await open_transport(Settings(endpoint_url="http://127.0.0.1:1", transport="boto"))

    with pytest.raises(EndpointUnreachableError) as caught:
        await transport.send(PUT, attempt)
    await transport.aclose()

    assert caught.value.outcome is Outcome.NOT_APPLIED


async def test_deadline(boto, server, scripts) -> None:
    """A deadline covers the call through the SDK; once sent, the outcome is unknown."""
    await boto.send(PUT, Attempt())
    server.scripts.append(scripts.wait_for(asyncio.Event()))
    with pytest.raises(DeadlineExceededError) as caught:
        await boto.send(PUT, Attempt(deadline=time.monotonic() + 0.1))
    with pytest.raises(DeadlineExceededError) as late:
        await boto.send(PUT, Attempt(deadline=time.monotonic() - 1))

    assert (Outcome.UNKNOWN, Outcome.NOT_APPLIED) == (caught.value.outcome, late.value.outcome)


async def test_no_credentials(monkeypatch, server, attempt) -> None:
    """The SDK finds no credentials: a configuration error before anything is sent."""
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_PROFILE"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    settings = Settings(region="us-east-1", endpoint_url="https://example.invalid", transport="boto")
    transport = await open_transport(settings)

    with pytest.raises(ConfigurationError, match="no AWS credentials"):
        await transport.send(PUT, attempt)
    await transport.aclose()


async def test_side_by_side(boto, server, attempt) -> None:
    """Concurrent calls keep their own bodies."""
    calls = [Call("PutItem", PUT.body.replace(b'"1"', b'"%d"' % number)) for number in range(30)]

    await asyncio.gather(*(boto.send(call, Attempt()) for call in calls))

    bodies = {request.partition(b"\r\n\r\n")[2] for request in server.requests}
    assert {call.body for call in calls} == bodies


async def test_close_is_idempotent(boto, server, attempt) -> None:
    """Closed twice, used after: as any transport."""
    await boto.send(PUT, attempt)
    await boto.aclose()
    await boto.aclose()

    with pytest.raises(SessionClosedError):
        await boto.send(PUT, attempt)


@pytest.mark.parametrize("owned", [True, False], ids=["own client", "injected client"])
async def test_fault_29_redirect_to_another_origin(*, boto, client, server, scripts, attempt, owned) -> None:
    """Our own client asks nobody else. A client of the caller's does, and its answer is then refused."""
    other = scripts.Server()
    await other.start()
    server.scripts.append(scripts.answer(b"", "307 Temporary Redirect", {"Location": other.url, "Set-Cookie": "a=b"}))
    transport = boto if owned else BotoTransport(client=client)

    with pytest.raises(UnexpectedRedirectError) as caught:
        await transport.send(PUT, attempt)
    assert (await transport.send(PUT, attempt)).status == 200
    if not owned:
        await transport.aclose()
    await other.stop()

    assert (0 if owned else 1) == len(other.requests)
    assert caught.value.outcome is (Outcome.NOT_APPLIED if owned else Outcome.UNKNOWN)
    assert b"cookie" not in server.requests[-1].lower()


async def test_private_name_of_the_sdk_is_still_there() -> None:
    """The one private method that is overridden exists in this version, and another version is refused by name."""
    from unittest import mock

    from aiobotocore.httpsession import AIOHTTPSession

    from dynamorm_async.transports.sdk import plain_http_session

    assert issubclass(plain_http_session(), AIOHTTPSession)
    with mock.patch.object(AIOHTTPSession, "_get_session"):
        del AIOHTTPSession._get_session
        with pytest.raises(ConfigurationError, match="redirects"):
            plain_http_session()
