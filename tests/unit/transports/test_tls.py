"""TLS: verified always, over a trust store that can be named."""

from __future__ import annotations

import asyncio
import datetime as dt
import ssl

import pytest
import pytest_asyncio
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from dynamorm_async._ops.effects import Attempt, Call
from dynamorm_async.errors import ConfigurationError, EndpointUnreachableError, Outcome
from dynamorm_async.transports import tls

pytestmark = pytest.mark.asyncio


@pytest.fixture(scope="module")
def certificate(tmp_path_factory):
    """A certificate for localhost, signed by itself, and its key, in one file."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "localhost")])
    now = dt.datetime.now(dt.UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now - dt.timedelta(days=1))
        .not_valid_after(now + dt.timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName("localhost")]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    path = tmp_path_factory.mktemp("tls") / "localhost.pem"
    secret = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    path.write_bytes(secret + made.public_bytes(serialization.Encoding.PEM))
    return path


@pytest_asyncio.fixture
async def secure(certificate, scripts):
    """A scripted server behind TLS."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    made = scripts.Server()
    await made.start(ssl=context)
    yield made
    await made.stop()


async def test_requests_over_tls(connect, secure, certificate, get) -> None:
    """With the issuer in the bundle requests pass, side by side and over kept connections."""
    transport = connect(f"https://localhost:{secure.port}", max_connections=3, options={"ca_bundle": str(certificate)})

    for _ in range(2):
        replies = await asyncio.gather(*(transport.send(get, Attempt()) for _ in range(9)))
        assert [200] * 9 == [reply.status for reply in replies]

    assert secure.connections == 3


async def test_large_request_and_answer_over_tls(connect, secure, certificate, scripts) -> None:
    """Four megabytes each way, through TLS records of 16 KB."""
    transport = connect(f"https://localhost:{secure.port}", options={"ca_bundle": str(certificate)})
    body = b'{"a":"' + bytes(range(97, 123)) * 160_000 + b'"}'
    secure.scripts.append(scripts.answer(body))

    reply = await transport.send(Call("BatchWriteItem", body), Attempt())

    assert body == reply.body
    assert secure.requests[0].endswith(body)


async def test_fault_21_certificate_of_an_unknown_issuer(connect, secure, get, attempt) -> None:
    """An unknown issuer is unreachable, not applied, and the message says why."""
    with pytest.raises(EndpointUnreachableError, match="self-signed") as caught:
        await connect(f"https://localhost:{secure.port}").send(get, attempt)

    assert caught.value.outcome is Outcome.NOT_APPLIED
    assert secure.requests == []


@pytest.mark.parametrize("text", [None, "no certificate"])
async def test_trust_store_that_is_none(*, connect, secure, tmp_path, get, attempt, text) -> None:
    """It is named, and not taken for an endpoint that cannot be reached."""
    path = tmp_path / "bundle.pem"
    if text is not None:
        path.write_text(text)
    transport = connect(f"https://localhost:{secure.port}", options={"ca_bundle": str(path)})

    with pytest.raises(ConfigurationError, match=r"bundle\.pem cannot be read .*AWS_CA_BUNDLE"):
        await transport.send(get, attempt)


async def test_fault_21_certificate_of_another_host(connect, secure, certificate, get, attempt) -> None:
    """A good certificate for another name is refused, too."""
    transport = connect(f"https://127.0.0.1:{secure.port}", options={"ca_bundle": str(certificate)})

    with pytest.raises(EndpointUnreachableError, match="certificate is not valid"):
        await transport.send(get, attempt)


async def test_plain_server_behind_https(connect, get, attempt) -> None:
    """A server that speaks no TLS is unreachable by https."""

    async def plain(reader, writer) -> None:
        await reader.read(1)
        writer.write(b"HTTP/1.1 400 Bad Request\r\n\r\n")
        writer.close()

    listener = await asyncio.start_server(plain, "127.0.0.1")
    port = listener.sockets[0].getsockname()[1]

    with pytest.raises(EndpointUnreachableError, match="TLS failed"):
        await connect(f"https://localhost:{port}").send(get, attempt)
    listener.close()


async def test_trust_store_is_read_once_off_the_loop(monkeypatch, certificate) -> None:
    """The context is made in another thread, once per process and bundle."""
    import threading

    threads = []
    made = tls._make_context
    monkeypatch.setattr(tls, "_CONTEXTS", {})
    monkeypatch.setattr(tls, "_make_context", lambda path: (threads.append(threading.current_thread()), made(path))[1])

    first, second = await tls.client_context(str(certificate)), await tls.client_context(str(certificate))

    assert first is second
    assert await tls.client_context(None) is not first
    assert first.verify_mode is ssl.CERT_REQUIRED
    assert first.minimum_version is ssl.TLSVersion.TLSv1_2
    assert len(threads) == 2
    assert threading.main_thread() not in threads
