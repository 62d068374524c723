"""The fault server beside several event loops: in a thread of its own, on uvloop, over TLS; and its examples."""

from __future__ import annotations

import asyncio
import inspect
import re
import ssl
import textwrap
from collections.abc import Callable, Coroutine
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path
from typing import Any

import pytest
import uvloop
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from dynamorm_async import _retry
from dynamorm_async.testing import faults
from dynamorm_async.testing.faults import Cut, Fault, FaultServer, Hang, Pass, Reset, Throttle
from tests.support.raw import connected, serving

Loop = Callable[[], asyncio.AbstractEventLoop]


def run(main: Callable[[], Coroutine[Any, Any, Any]], loop: Loop | None = None) -> Any:
    """Run a coroutine function in an event loop of its own."""
    with asyncio.Runner(loop_factory=loop) as runner:
        return runner.run(main())


def test_a_server_in_a_thread_outlives_event_loops() -> None:
    """Two loops, one after the other, meet the same server."""
    with FaultServer([Throttle(nth=2)]) as server:

        async def status() -> int:
            async with connected(server) as client:
                return (await client.call()).status

        statuses = [run(status), run(status)]

    assert (statuses, server.connections, server.open_connections) == ([200, 400], 2, 0)


def test_connections_of_a_server_in_a_thread_can_be_reset() -> None:
    """``hang_up`` crosses over to the server's loop."""
    with FaultServer() as server:

        async def lose() -> None:
            async with connected(server) as client:
                await client.call()
                server.hang_up()
                with pytest.raises(ConnectionResetError):
                    await client.rest()

        run(lose)


@pytest.mark.parametrize("fault", [Reset.after_request(), Reset.before_request(), Reset.on_connect()])
def test_a_reset_is_a_reset_on_uvloop_too(fault: Reset) -> None:
    """The loop lends only a look-alike of the socket there."""

    async def lose() -> None:
        async with serving(fault) as (_, client):
            with pytest.raises(ConnectionResetError):
                await client.call()

    run(lose, uvloop.new_event_loop)


def test_leaving_ends_everything_on_uvloop_too() -> None:
    """A hanging connection is closed, and its task is gone."""

    async def leave() -> set[asyncio.Task[Any]]:
        async with serving(Pass(), Hang()) as (server, client):
            await client.call()
            client.write("GetItem")
            await server.wait_for(2)
        return asyncio.all_tasks() - {asyncio.current_task()}

    assert run(leave, uvloop.new_event_loop) == set()


# ---------------------------------------------------------------- TLS


@pytest.fixture
def self_signed(tmp_path: Path) -> ssl.SSLContext:
    """A server's context with a certificate that nobody vouches for."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "127.0.0.1")])
    now = datetime.now(tz=UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ip_address("127.0.0.1"))]), critical=False)
        .sign(key, hashes.SHA256())
    )
    pem = (serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    file = tmp_path / "server.pem"
    file.write_bytes(certificate.public_bytes(serialization.Encoding.PEM) + key.private_bytes(*pem))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(file)
    return context


@pytest.mark.asyncio
async def test_a_certificate_can_be_one_that_nobody_vouches_for(self_signed: ssl.SSLContext) -> None:
    """A careful client refuses it before a request is sent."""
    async with FaultServer(tls=self_signed) as server:
        assert server.endpoint.startswith("https://")
        with pytest.raises(ssl.SSLCertVerificationError):
            async with connected(server, ssl.create_default_context()):
                pass

    assert server.requests == []


@pytest.mark.asyncio
@pytest.mark.parametrize("fault", [Reset.after_request(), Cut.before_head()])
async def test_faults_strike_under_tls_as_well(self_signed: ssl.SSLContext, fault: Fault) -> None:
    """The connection breaks under the cipher."""
    trusting = ssl.create_default_context()
    trusting.check_hostname, trusting.verify_mode = False, ssl.CERT_NONE
    async with FaultServer([Pass(), fault], tls=self_signed) as server, connected(server, trusting) as client:
        assert (await client.call()).status == 200
        with pytest.raises((ConnectionError, asyncio.IncompleteReadError)):
            await client.call()

    assert server.count() == 2


# ---------------------------------------------------------------- examples


def examples() -> list[tuple[str, str]]:
    """The code blocks in the documentation of the faults and of the retry policy."""
    public = [getattr(module, name) for module in (faults, _retry) for name in module.__all__]
    found: list[tuple[str, str]] = []
    for holder in [faults, *filter(inspect.isclass, public)]:
        blocks = re.findall(r"^( *)```python\n(.*?)```", inspect.getdoc(holder) or "", re.DOTALL | re.MULTILINE)
        found += [(holder.__name__, textwrap.dedent(code)) for _, code in blocks]
    return found


@pytest.mark.parametrize(("name", "code"), examples(), ids=lambda value: value if value.isidentifier() else "")
def test_an_example_in_the_documentation_runs(name: str, code: str) -> None:
    """As it stands there."""
    exec(compile(code, f"<example of {name}>", "exec", dont_inherit=True), {"__name__": name})


def test_there_are_examples() -> None:
    """Each of the things a reader starts with has one."""
    assert {name for name, _ in examples()} >= {faults.__name__, "FaultServer", "FaultProxy", "StandardRetry"}
