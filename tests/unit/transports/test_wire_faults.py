"""What the network and a broken endpoint can do to one request: a typed error with the right outcome, never an item."""

from __future__ import annotations

import asyncio
import resource
import socket
import time

import pytest
from botocore.loaders import Loader

from dynamorm_async._ops.effects import Attempt, Call, Safety
from dynamorm_async.errors import (
    ChecksumMismatchError,
    ConnectionLostError,
    DeadlineExceededError,
    EndpointUnreachableError,
    Outcome,
    ProtocolError,
    ResponseTooLargeError,
    UnexpectedRedirectError,
)
from dynamorm_async.transports.replies import BODILESS

pytestmark = pytest.mark.asyncio


async def next_call_works(transport, get) -> None:
    """After any fault the transport is as good as new."""
    assert (await transport.send(get, Attempt())).status == 200


async def test_fault_21_connection_refused(connect, get, attempt) -> None:
    """A refused connection means nothing was sent, and the message names host and port."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        port = taken.getsockname()[1]
        transport = connect(f"http://127.0.0.1:{port}")

        with pytest.raises(EndpointUnreachableError, match=f"127.0.0.1:{port}") as caught:
            await transport.send(get, attempt)

    assert caught.value.outcome is Outcome.NOT_APPLIED
    assert (caught.value.op, caught.value.table) == ("GetItem", "users")


async def test_fault_21_name_not_found(connect, get, attempt, monkeypatch) -> None:
    """An empty DNS answer is the same as a refused connection."""

    async def nothing(*_args, **_options):
        raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")

    transport = connect("https://dynamodb.invalid")
    monkeypatch.setattr(asyncio.get_running_loop().__class__, "create_connection", nothing, raising=False)

    with pytest.raises(EndpointUnreachableError, match="Name or service not known") as caught:
        await transport.send(get, attempt)
    assert caught.value.outcome is Outcome.NOT_APPLIED


async def test_fault_21_dns_failure_leaves_open_connections_in_use(connect, server, scripts, get, attempt) -> None:
    """With one connection open and no new ones to be had, concurrent requests share the one."""
    transport = connect(server, max_connections=5)
    await transport.send(get, attempt)
    server._server.close()  # nobody listens any more; the open connection goes on

    replies = await asyncio.gather(*(transport.send(get, Attempt()) for _ in range(8)))

    assert [200] * 8 == [reply.status for reply in replies]
    assert server.connections == 1


async def test_fault_22_reset_after_the_request_was_read(connect, server, scripts, get, attempt) -> None:
    """Nobody knows what became of the request; it was sent exactly once."""
    server.scripts.append(scripts.raw(b"", reset=True))
    transport = connect(server)

    with pytest.raises(ConnectionLostError) as caught:
        await transport.send(get, attempt)

    assert caught.value.outcome is Outcome.UNKNOWN
    assert len(server.requests) == 1
    await next_call_works(transport, get)


async def test_fault_22_reset_on_a_reused_connection(connect, server, scripts, get, attempt) -> None:
    """A kept connection that breaks after writing has an unknown outcome, too: it is not repeated here."""
    transport = connect(server)
    await transport.send(get, attempt)
    server.scripts.append(scripts.raw(b"", reset=True))

    with pytest.raises(ConnectionLostError) as caught:
        await transport.send(get, attempt)

    assert caught.value.outcome is Outcome.UNKNOWN
    assert len(server.requests) == 2


CHUNKED = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"


@pytest.mark.parametrize(
    "cut",
    [
        b"",
        b"HTTP/1.1 2",
        b"HTTP/1.1 200 OK\r\nContent-Le",
        b'HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n{"Item"',
        CHUNKED + b"8\r\n" + b'{"a":1}',
        CHUNKED + b'7\r\n{"a":1}\r\n',
    ],
    ids=["no headers", "status line", "headers", "7 of 1000 bytes", "chunk", "no last chunk"],
)
async def test_fault_26_answer_is_cut(*, connect, server, scripts, get, attempt, cut) -> None:
    """An answer that ends early, wherever, is a lost connection and never an answer."""
    server.scripts.append(scripts.raw(cut, close=True))
    transport = connect(server)

    with pytest.raises(ConnectionLostError) as caught:
        await transport.send(get, attempt)

    assert caught.value.outcome is Outcome.UNKNOWN
    await next_call_works(transport, get)


@pytest.mark.parametrize(
    "body",
    [b"<html>hi</html>", b"", b'{"Item":{"id"', b"[]", b"null", b"{", b"\x1f\x8b\x08", b'"text"', b" \n"],
    ids=["html", "empty", "cut", "list", "null", "brace", "gzip", "string", "blank"],
)
async def test_fault_27_success_without_an_object(*, connect, server, scripts, get, attempt, body) -> None:
    """HTTP 200 whose body is no JSON object is a protocol error; it never reads as "not found"."""
    server.scripts.append(scripts.answer(body))
    transport = connect(server)

    with pytest.raises(ProtocolError) as caught:
        await transport.send(get, attempt)

    assert caught.value.outcome is Outcome.UNKNOWN
    await next_call_works(transport, get)
    assert server.connections == 2


@pytest.mark.parametrize("checksum", ["0", ""])
async def test_success_without_a_body_where_the_operation_has_no_answer(
    *, connect, server, scripts, get, attempt, checksum
) -> None:
    """So DynamoDB answers TagResource; its checksum counts, and any other body is as wrong as elsewhere."""
    tag = Call("TagResource", b"{}", Safety.ONCE)
    for body, declared in ((b"", checksum), (b"", "1"), (b"<html></html>", "")):
        server.scripts.append(scripts.answer(body, headers={"x-amz-crc32": declared}))
    transport = connect(server)

    assert (await transport.send(tag, attempt)).body == b""
    with pytest.raises(ChecksumMismatchError):
        await transport.send(tag, attempt)
    with pytest.raises(ProtocolError):
        await transport.send(tag, attempt)
    assert server.connections == 2
    await next_call_works(transport, get)


async def test_operations_without_an_answer_are_those_of_the_service_model() -> None:
    """Every other success has a body."""
    loader = Loader()
    models = [loader.load_service_model(service, "service-2") for service in ("dynamodb", "dynamodbstreams")]
    operations = {name: one for model in models for name, one in model["operations"].items()}

    assert {name for name, one in operations.items() if "output" not in one} == BODILESS


async def test_blanks_around_an_object_are_no_fault(connect, server, scripts, get, attempt) -> None:
    """JSON may begin and end with blanks; some engines end it with a line break."""
    server.scripts.append(scripts.answer(b' {"Item":{}}\n'))

    assert (await connect(server).send(get, attempt)).body == b' {"Item":{}}\n'


async def test_fault_28_checksum_mismatch(connect, server, scripts, get, attempt) -> None:
    """Damaged data is not handed out, and its connection is not used again."""
    server.scripts.append(scripts.answer(headers={"x-amz-crc32": "1"}))
    transport = connect(server)

    with pytest.raises(ChecksumMismatchError) as caught:
        await transport.send(get, attempt)

    assert caught.value.outcome is Outcome.UNKNOWN
    await next_call_works(transport, get)
    assert server.connections == 2


@pytest.mark.parametrize("value", ["abc", "-1", "1.5", "0x1", "9" * 5000], ids=lambda value: value[:5])
async def test_fault_28_checksum_is_no_number(*, connect, server, scripts, get, attempt, value) -> None:
    """A checksum header that cannot be read is a protocol error, not a bare ValueError."""
    server.scripts.append(scripts.answer(headers={"X-Amz-Crc32": value, "x-amz-crc32": ""}))

    with pytest.raises(ProtocolError):
        await connect(server).send(get, attempt)


async def test_answer_without_a_checksum_is_taken(connect, server, scripts, get, attempt) -> None:
    """Emulators send none."""
    server.scripts.append(scripts.answer(headers={"x-amz-crc32": ""}))

    assert (await connect(server).send(get, attempt)).body == scripts.ITEM


@pytest.mark.parametrize("status", ["301 Moved Permanently", "302 Found", "307 Temporary Redirect", "308 Permanent"])
async def test_fault_29_redirect(*, connect, server, scripts, get, attempt, status) -> None:
    """A redirect is an error; the other origin hears nothing and no cookie comes back."""
    other = scripts.Server()
    await other.start()
    headers = {"Location": other.url, "Set-Cookie": "a=b"}
    server.scripts.append(scripts.answer(b"", status, headers))
    transport = connect(server)

    with pytest.raises(UnexpectedRedirectError) as caught:
        await transport.send(get, attempt)
    await transport.send(get, attempt)
    await other.stop()

    assert caught.value.outcome is Outcome.NOT_APPLIED
    assert (other.connections, len(server.requests)) == (0, 2)
    assert b"cookie" not in server.requests[-1].lower()


async def test_fault_30_drip(connect, server, get) -> None:
    """An answer that drips past the deadline ends at the deadline, and its connection is closed."""

    async def drip(wire) -> None:
        for byte in b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n":
            await wire.send(bytes([byte]))
            await asyncio.sleep(0.03)

    server.scripts.append(drip)
    transport = connect(server)

    with pytest.raises(DeadlineExceededError) as caught:
        await transport.send(get, Attempt(deadline=time.monotonic() + 0.2))

    assert caught.value.outcome is Outcome.UNKNOWN
    await server.until(lambda: server.ended == 1)
    await next_call_works(transport, get)


async def test_fault_30_deadline_before_sending(connect, server, get) -> None:
    """A deadline that has passed already sends nothing."""
    transport = connect(server)

    with pytest.raises(DeadlineExceededError) as caught:
        await transport.send(get, Attempt(deadline=time.monotonic() - 1))

    assert caught.value.outcome is Outcome.NOT_APPLIED
    assert server.connections == 0


async def test_silence_ends_at_the_read_timeout(connect, server, scripts, get, attempt) -> None:
    """Without a deadline a silent server costs one read timeout; what it did is unknown."""
    silent = asyncio.Event()
    server.scripts.append(scripts.wait_for(silent))
    transport = connect(server, read_timeout=0.05)

    with pytest.raises(ConnectionLostError, match=r"0\.05 s") as caught:
        await transport.send(get, attempt)
    silent.set()

    assert caught.value.outcome is Outcome.UNKNOWN


async def test_long_answer_that_moves_outlives_the_read_timeout(connect, server, get, attempt) -> None:
    """The read timeout is for silence and dripping: an answer that keeps coming may take longer."""
    body = b'{"a":"' + b"x" * 600_000 + b'"}'

    async def slowly(wire) -> None:
        await wire.send(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % len(body))
        for start in range(0, len(body), 100_000):
            await wire.send(body[start : start + 100_000])
            await asyncio.sleep(0.04)

    server.scripts.append(slowly)

    reply = await connect(server, read_timeout=0.1).send(get, attempt)

    assert body == reply.body


async def test_fault_31_huge_answer(connect, server, get, attempt) -> None:
    """600 MB are refused after 17; memory stays flat and the connection is closed."""
    sent = 0

    async def flood(wire) -> None:
        nonlocal sent
        await wire.send(b"HTTP/1.1 200 OK\r\nContent-Length: 600000000\r\n\r\n")
        block = b"x" * 1_000_000
        while sent < 600 and not wire.writer.transport.is_closing():
            await wire.send(block)
            sent += 1

    server.scripts.append(flood)
    transport = connect(server)
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss

    with pytest.raises(ResponseTooLargeError) as caught:
        await transport.send(get, attempt)
    await server.until(lambda: server.ended == 1)

    assert caught.value.outcome is Outcome.UNKNOWN
    assert sent < 100
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 40 * 1024


async def test_fault_31_huge_chunked_answer(connect, server, get, attempt) -> None:
    """The bound holds without a declared length, too."""

    async def flood(wire) -> None:
        await wire.send(CHUNKED)
        block = b"%x\r\n%b\r\n" % (1_000_000, b"x" * 1_000_000)
        for _ in range(40):
            if wire.writer.transport.is_closing():
                break
            await wire.send(block)

    server.scripts.append(flood)

    with pytest.raises(ResponseTooLargeError):
        await connect(server).send(get, attempt)


async def test_header_bomb(connect, server, get, attempt) -> None:
    """Endless headers are refused."""

    async def bomb(wire) -> None:
        await wire.send(b"HTTP/1.1 200 OK\r\n")
        for number in range(100_000):
            if wire.writer.transport.is_closing():
                break
            await wire.send(b"x-%d: %b\r\n" % (number, b"y" * 100))

    server.scripts.append(bomb)

    with pytest.raises(ResponseTooLargeError, match="headers"):
        await connect(server).send(get, attempt)


async def test_fault_32_deep_reply_is_only_bytes_here(connect, server, scripts, get, attempt) -> None:
    """The transport does not parse bodies, so a 100 000-level answer cannot hurt it; the codec judges it."""
    body = b'{"a":' + b"[" * 100_000 + b"]" * 100_000 + b"}"
    server.scripts.append(scripts.answer(body))

    assert body == (await connect(server).send(get, attempt)).body


@pytest.mark.parametrize(
    "garbage",
    [
        b"\x16\x03\x01\x02\x00",
        b"SSH-2.0-OpenSSH_9\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Length: x\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
        b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\nConnection: upgrade\r\n\r\n",
    ],
    ids=["tls", "ssh", "two lengths", "bad length", "bad chunk", "upgrade"],
)
async def test_answer_that_is_no_http(*, connect, server, scripts, get, attempt, garbage) -> None:
    """Damaged HTTP is a protocol error, and no received byte is reachable from the exception."""
    server.scripts.append(scripts.raw(garbage))
    transport = connect(server)

    with pytest.raises(ProtocolError) as caught:
        await transport.send(get, attempt)

    assert caught.value.outcome is Outcome.UNKNOWN
    assert caught.value.__cause__ is None or caught.value.__cause__.__traceback__ is None
    await next_call_works(transport, get)


async def test_error_status_is_an_answer(connect, server, scripts, get, attempt) -> None:
    """What an error status means is for the runner to say; the transport hands it over and keeps the connection."""
    body = b'{"__type":"com.amazonaws.dynamodb.v20120810#ResourceNotFoundException"}'
    server.scripts += [scripts.answer(body, "400 Bad Request"), scripts.answer(b"<html>", "503 Busy")]
    transport = connect(server)

    first, second = await transport.send(get, attempt), await transport.send(get, attempt)

    assert (400, body) == (first.status, first.body)
    assert (503, b"<html>") == (second.status, second.body)
    assert ("REQUEST", 1) == (first.request_id, server.connections)


async def test_surplus_bytes_never_answer_the_next_request(connect, server, scripts, get, attempt) -> None:
    """A second answer that nobody asked for is thrown away together with the connection."""
    forged = scripts.rendered(b'{"Item":{"id":{"S":"forged"}}}')
    server.scripts.append(scripts.raw(scripts.rendered() + forged))
    transport = connect(server, max_connections=1)

    replies = await asyncio.gather(*(transport.send(get, Attempt()) for _ in range(3)))

    assert [scripts.ITEM] * 3 == [reply.body for reply in replies]
    assert server.connections == 2


async def test_late_bytes_on_an_idle_connection_close_it(connect, server, scripts, get, attempt) -> None:
    """Bytes that come when no request is under way belong to no request."""
    transport = connect(server)

    async def twice(wire) -> None:
        await wire.send(scripts.rendered())
        await asyncio.sleep(0.02)
        await wire.send(scripts.rendered(b'{"late":1}'))

    server.scripts.append(twice)
    await transport.send(get, attempt)
    await server.until(lambda: server.ended == 1)

    assert scripts.ITEM == (await transport.send(get, attempt)).body
    assert server.connections == 2


async def test_endpoint_that_closes_each_connection(connect, server, scripts, get, attempt) -> None:
    """HTTP/1.0 without keep-alive, an answer without a length, and ``Connection: close`` all work."""
    server.scripts += [
        scripts.raw(b"HTTP/1.0 200 OK\r\nContent-Length: 2\r\n\r\n{}", close=True),
        scripts.raw(b"HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n{}", close=True),
        scripts.answer(headers={"Connection": "close"}),
        scripts.raw(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\r\n{\r\n1\r\n}\r\n0\r\n\r\n"),
        scripts.raw(b"HTTP/1.1 100 Continue\r\n\r\n" + scripts.rendered()),
    ]
    transport = connect(server)

    bodies = [(await transport.send(get, attempt)).body for _ in range(6)]

    assert [b"{}", b"{}", scripts.ITEM, b"{}", scripts.ITEM, scripts.ITEM] == bodies
    assert server.connections == 4


async def test_large_request_and_answer_arrive_whole(connect, server, scripts, attempt) -> None:
    """16 MB either way."""
    body = b'{"a":"' + b"x" * (16 * 1024 * 1024 - 100) + b'"}'
    server.scripts.append(scripts.answer(body))
    transport = connect(server)
    server_limit = Call("BatchWriteItem", body)

    assert body == (await transport.send(server_limit, attempt)).body
    assert server.requests[0].endswith(body)
