"""The direct transport above its pool: what it puts on the wire, for whom, and by which clock."""

from __future__ import annotations

import asyncio
import gc
import itertools
import math
import time
import traceback
import zlib
from collections import Counter

import pytest

from dynamorm_async._ops.effects import Attempt, Call, Reply
from dynamorm_async.abc import Transport
from dynamorm_async.errors import ConfigurationError, DynamormError, InvalidRequestError
from dynamorm_async.transports import Credentials, DirectTransport
from dynamorm_async.transports.credentials import FixedCredentials
from dynamorm_async.transports.endpoints import EndpointOptions

pytestmark = pytest.mark.asyncio


def head_of(request: bytes) -> dict[str, str]:
    """Header lines of a request, by lower-case name."""
    lines = request.partition(b"\r\n\r\n")[0].decode().split("\r\n")
    return dict(line.split(": ", 1) for line in lines[1:])


class Changing:
    """A source whose credentials the test changes."""

    def __init__(self, credentials: Credentials) -> None:
        self.credentials = credentials
        self.fresh: Credentials | None = None
        self.refreshes = 0

    async def current(self) -> Credentials:
        return self.credentials

    async def refresh(self) -> bool:
        self.refreshes += 1
        if self.fresh is None:
            return False
        self.credentials, self.fresh = self.fresh, None
        return True


async def test_it_is_a_transport(connect, server) -> None:
    """It fits the protocol."""
    assert isinstance(connect(server), Transport)


async def test_request_on_the_wire(connect, server, get, attempt) -> None:
    """The body travels as it is, under signed headers; there is no cookie and no compression."""
    await connect(server).send(get, attempt)
    (request,) = server.requests
    headers = head_of(request)

    assert request.startswith(b"POST / HTTP/1.1\r\n")
    assert request.endswith(b"\r\n\r\n" + get.body)
    assert headers["host"] == f"127.0.0.1:{server.port}"
    assert headers["x-amz-target"] == "DynamoDB_20120810.GetItem"
    assert headers["content-type"] == "application/x-amz-json-1.0"
    assert headers["accept-encoding"] == "identity"
    assert headers["authorization"].startswith("AWS4-HMAC-SHA256 Credential=AKID/")
    assert "SignedHeaders=content-type;host;x-amz-date;x-amz-target," in headers["authorization"]
    assert not {"amz-sdk-request", "amz-sdk-invocation-id", "x-amz-security-token", "cookie"} & set(headers)


async def test_reply(connect, server, scripts, get, attempt) -> None:
    """Status, body, and headers under lower-case names."""
    server.scripts.append(scripts.answer(b"{}", headers={"X-Amz-Something": "yes"}))

    reply = await connect(server).send(get, attempt)

    assert (200, b"{}", "REQUEST") == (reply.status, reply.body, reply.request_id)
    assert reply.headers["x-amz-something"] == "yes"
    assert reply.headers["x-amz-crc32"] == str(zlib.crc32(b"{}"))
    assert len(reply.headers) == 5
    assert "yes" not in repr(reply.headers)
    assert "nothing" not in reply.headers


async def test_streams_have_a_target_of_their_own(connect, server, attempt) -> None:
    """The service chooses the target's prefix; the signature stays dynamodb's."""
    await connect(server).send(Call("ListStreams", b"{}", service="dynamodbstreams"), attempt)

    headers = head_of(server.requests[0])
    assert headers["x-amz-target"] == "DynamoDBStreams_20120810.ListStreams"
    assert "/dynamodb/aws4_request" in headers["authorization"]


async def test_sdk_headers_when_the_attempt_has_an_id(connect, server, get) -> None:
    """AWS can tell a retry from a new call; the headers are unsigned."""
    await connect(server).send(get, Attempt(number=2, limit=4, invocation_id="abc"))

    headers = head_of(server.requests[0])
    assert ("abc", "attempt=2; max=4") == (headers["amz-sdk-invocation-id"], headers["amz-sdk-request"])
    assert "amz-sdk" not in headers["authorization"]


async def test_bad_operation_name_sends_nothing(connect, server, attempt) -> None:
    """`session.call` takes the name from the caller."""
    with pytest.raises(InvalidRequestError):
        await connect(server).send(Call("GetItem\r\nx: y", b"{}"), attempt)
    assert server.requests == []


async def test_credentials_are_asked_for_each_request(connect, server, get, attempt) -> None:
    """New credentials sign the very next request."""
    source = Changing(Credentials("FIRST", "s"))
    transport = connect(server, source=source)
    await transport.send(get, attempt)
    source.credentials = Credentials("SECOND", "s", "token")
    await transport.send(get, attempt)

    first, second = map(head_of, server.requests)
    assert "Credential=FIRST/" in first["authorization"]
    assert "Credential=SECOND/" in second["authorization"]
    assert second["x-amz-security-token"] == "token"


async def test_fault_43_skew_is_corrected_from_the_date_header(connect, server, get, attempt) -> None:
    """The server's clock is ten minutes ahead: the offset is taken over, and the next signature uses it."""
    now = 1_800_000_000.0
    transport = connect(server, options={"now": lambda: now})
    late = Reply(400, b"{}", {"date": "Fri, 15 Jan 2027 08:10:00 GMT"})

    assert await transport.recover("InvalidSignatureException", late) is True
    await transport.send(get, attempt)

    assert head_of(server.requests[0])["x-amz-date"] == "20270115T081000Z"


async def test_fault_43_skew_is_corrected_for_all_that_were_under_way(connect, server, get, attempt) -> None:
    """Several requests are refused for one wrong clock; that the first of them set it right helps the others, too."""
    transport = connect(server, options={"now": lambda: 1_800_000_000.0})
    late = Reply(400, b"{}", {"date": "Fri, 15 Jan 2027 08:10:00 GMT"})

    assert [await transport.recover("RequestExpired", late) for _ in range(3)] == [True] * 3


@pytest.mark.parametrize("date", [None, "", "nonsense", "Fri, 15 Jan 2027 08:03:00 GMT"])
async def test_no_skew_no_recovery(connect, server, date) -> None:
    """A clock that is right, or a date that cannot be read, is no reason to try again."""
    transport = connect(server, options={"now": lambda: 1_800_000_000.0})

    assert await transport.recover("RequestExpired", Reply(400, b"{}", {"date": date} if date else {})) is False


async def test_fault_43_expired_token_is_refreshed(connect, server, get, attempt) -> None:
    """Refused credentials are refreshed; when there are no other, a repeat is pointless."""
    source = Changing(Credentials("OLD", "s"))
    source.fresh = Credentials("NEW", "s")
    clock = itertools.count(1_800_000_000.0, 60.0)
    transport = connect(server, source=source, options={"now": lambda: next(clock)})

    assert await transport.recover("ExpiredTokenException", Reply(400, b"{}")) is True
    await transport.send(get, attempt)
    assert await transport.recover("ExpiredTokenException", Reply(400, b"{}")) is False
    assert await transport.recover("ResourceNotFoundException", Reply(400, b"{}")) is False

    assert "Credential=NEW/" in head_of(server.requests[0])["authorization"]
    assert source.refreshes == 2


async def test_fault_43_new_credentials_serve_all_that_were_under_way(connect, server) -> None:
    """Several requests are refused for one old token; that the first of them brought a new one helps the others, too.

    The source says no to them: it has no newer credentials than those that it gave just now.
    """
    source = Changing(Credentials("OLD", "s"))
    source.fresh = Credentials("NEW", "s")
    transport = connect(server, source=source)

    assert [await transport.recover("ExpiredTokenException", Reply(400, b"{}")) for _ in range(3)] == [True] * 3


def hosts(transport: DirectTransport) -> set[str]:
    """The hosts that a transport has pools for."""
    return {pool._endpoint.host for pool in transport._pools.values()}


async def test_account_chooses_the_host(attempt) -> None:
    """The account of the credentials, or of the table's ARN, has a host of its own; search has another."""
    source = Changing(Credentials("A", "s", account_id="111111111111"))
    transport = DirectTransport(region="us-east-1", options=EndpointOptions(), source=source)
    arn = "arn:aws:dynamodb:us-east-1:222222222222:table/users"

    def url(call: Call) -> str:
        return transport._route(call, source.credentials).writer.host

    assert url(Call("GetItem", b"{}")) == "111111111111.ddb.us-east-1.amazonaws.com"
    assert url(Call("GetItem", b"{}", table=arn)) == "222222222222.ddb.us-east-1.amazonaws.com"
    assert url(Call("SearchVectors", b"{}")) == "111111111111.search-ddb.us-east-1.amazonaws.com"
    assert url(Call("GetRecords", b"{}", service="dynamodbstreams")) == (
        "111111111111.streams-ddb.us-east-1.amazonaws.com"
    )
    assert transport._route(Call("GetItem", b"{}"), source.credentials) is transport._route(
        Call("PutItem", b"{}"), source.credentials
    )
    source.credentials = Credentials("B", "s")
    assert url(Call("GetItem", b"{}")) == "dynamodb.us-east-1.amazonaws.com"
    await transport.aclose()


async def test_required_account_that_is_not_known() -> None:
    """Mode ``required`` without an account fails at the first request, before anything is sent."""
    transport = DirectTransport(
        region="us-east-1",
        options=EndpointOptions(account_id_mode="required"),
        source=FixedCredentials(Credentials("A", "s")),
    )

    with pytest.raises(ConfigurationError, match="no AccountID"):
        await transport.send(Call("GetItem", b"{}"), Attempt())
    await transport.aclose()


async def test_unknown_service_is_refused(connect, server, attempt) -> None:
    """Only DynamoDB and its streams have endpoints here."""
    with pytest.raises(ConfigurationError, match="'s3'"):
        await connect(server).send(Call("GetObject", b"{}", service="s3"), attempt)


async def test_fault_55_no_value_in_a_traceback_with_locals(connect, server, scripts, caplog) -> None:
    """Item, credentials and answer appear in no message, repr, log line or captured local of a failure."""
    caplog.set_level(0)
    server.scripts += [
        scripts.raw(b"HTTP/1.1 200 OK\r\nContent-Length: x-canary\r\n\r\ncanary"),
        scripts.answer(b'["canary"]', headers={"Set-Cookie": "canary"}),
        scripts.raw(b"HTTP/1.1 200 OK\r\nx: canary\r\nContent-Length: 9\r\n\r\ncanary", close=True),
    ]
    transport = connect(server, source=FixedCredentials(Credentials("canary", "canary", "canary", "canary")))

    for _ in range(3):
        with pytest.raises(DynamormError) as caught:
            await transport.send(Call("PutItem", b'{"Item":{"a":{"S":"canary"}}}'), Attempt())
        error = caught.value
        below = error.__traceback__.tb_next  # this test's own frame holds the canary
        told = traceback.TracebackException(type(error), error, below, capture_locals=True)
        assert "send" in "".join(told.format())
        assert "canary" not in "".join(told.format())

    assert "canary" not in caplog.text


async def test_ten_thousand_at_once(connect, server, get) -> None:
    """10 000 requests gathered at once need 50 connections and leave nothing behind."""
    transport = connect(server)

    replies = await asyncio.gather(*(transport.send(get, Attempt()) for _ in range(10_000)))

    assert {200} == {reply.status for reply in replies}
    assert server.connections == 50


async def test_requests_make_no_garbage_cycles(connect, server, get, attempt) -> None:
    """What a request leaves behind is freed at once, without the collector."""
    transport = connect(server)
    await transport.send(get, attempt)
    gc.collect()
    gc.disable()
    try:
        before = _alive()
        for _ in range(20):
            await transport.send(get, Attempt(deadline=time.monotonic() + 60))
        after = _alive()
    finally:
        gc.enable()

    # What other tests left to the collector was there before.
    assert after["Exchange"] - before["Exchange"] <= 1
    assert after["Reply"] - before["Reply"] <= 1


def _alive() -> Counter[str]:
    return Counter(type(found).__name__ for found in gc.get_objects())


async def test_infinite_deadline(connect, server, get) -> None:
    """An infinite deadline is the same as none."""
    assert (await connect(server).send(get, Attempt(deadline=math.inf))).status == 200
