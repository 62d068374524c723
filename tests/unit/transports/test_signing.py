"""Signing: AWS's published cases, and byte for byte what botocore's own signer makes of random requests."""

from __future__ import annotations

import datetime as dt
import json
from hashlib import sha256
from pathlib import Path
from typing import Any
from unittest import mock

import pytest
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials as BotoCredentials
from hypothesis import given, settings
from hypothesis import strategies as st

from dynamorm_async.errors import InvalidRequestError
from dynamorm_async.transports import signing
from dynamorm_async.transports.credentials import Credentials
from dynamorm_async.transports.signing import RequestWriter

VECTORS = Path(__file__).parents[4] / "shared" / "vectors" / "sigv4" / "aws-c-auth"
CASES = sorted(VECTORS.iterdir()) if VECTORS.is_dir() else []
NOON = dt.datetime(2015, 8, 30, 12, 36, tzinfo=dt.UTC).timestamp()
KEYS = Credentials("AKIDEXAMPLE", "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY")


def parsed(text: str) -> tuple[str, str, str, list[tuple[str, str]], bytes]:
    """A request of the published suite: method, path, query, headers, body."""
    head, _, body = text.partition("\n\n")
    first, *lines = head.rstrip("\n").split("\n")
    method, target = first.removesuffix(" HTTP/1.1").split(" ", 1)
    path, _, query = target.partition("?")
    headers: list[tuple[str, str]] = []
    for line in lines:
        if line.startswith(" "):
            headers[-1] = (headers[-1][0], f"{headers[-1][1]} {line.strip()}")
        else:
            name, _, value = line.partition(":")
            headers.append((name, value))
    return method, path, query, headers, body.encode()


@pytest.mark.skipif(not CASES, reason="../shared/vectors/sigv4 is not here")
def test_published_suite_is_whole() -> None:
    """All 38 cases of AWS's suite are read, so none can fall out unseen."""
    assert len(CASES) == 38


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_published_case_gives_the_published_signature(case: Path) -> None:
    """Canonical request, string to sign and signature equal AWS's, for every case of its suite."""
    context = json.loads((case / "context.json").read_text())
    method, path, query, headers, body = parsed((case / "request.txt").read_text())
    timestamp = context["timestamp"].replace("-", "").replace(":", "")
    token = context["credentials"].get("token")
    headers.append(("X-Amz-Date", timestamp))
    if token and not context.get("omit_session_token"):
        headers.append(("X-Amz-Security-Token", token))
    if context["sign_body"]:
        headers.append(("x-amz-content-sha256", sha256(body).hexdigest()))
    scope = f"{timestamp[:8]}/{context['region']}/{context['service']}/aws4_request"

    canonical, _ = signing.canonical_request(
        method,
        signing.canonical_path(path, normalize=context["normalize"]),
        signing.canonical_query(query),
        headers,
        sha256(body).hexdigest(),
    )
    text = signing.string_to_sign(timestamp, scope, canonical)
    key = signing.signing_key(
        context["credentials"]["secret_access_key"], timestamp[:8], context["region"], context["service"]
    )

    assert (case / "header-canonical-request.txt").read_text() == canonical
    assert (case / "header-string-to-sign.txt").read_text() == text
    assert (case / "header-signature.txt").read_text() == signing.signature(key, text)


def writer(**changes: str) -> RequestWriter:
    """A writer for us-east-1."""
    options = {
        "host": "dynamodb.us-east-1.amazonaws.com",
        "path": "/",
        "region": "us-east-1",
        "service": "dynamodb",
        "target": "DynamoDB_20120810",
        "user_agent": "test",
    }
    return RequestWriter(**(options | changes))


def headers_of(request: bytes) -> dict[str, str]:
    """The header lines of a written request, by lower-case name."""
    head, _, _ = request.partition(b"\r\n\r\n")
    return dict(line.decode().split(": ", 1) for line in head.split(b"\r\n")[1:])


def by_botocore(host: str, target: str, body: bytes, *, keys: Credentials, now: float, region: str) -> Any:
    """The headers that botocore's signer puts on the same request."""
    request = AWSRequest(
        "POST",
        f"https://{host}/",
        headers={"Content-Type": "application/x-amz-json-1.0", "X-Amz-Target": target},
        data=body,
    )
    moment = dt.datetime.fromtimestamp(int(now), tz=dt.UTC).replace(tzinfo=None)
    signer = SigV4Auth(BotoCredentials(keys.access_key, keys.secret_key, keys.token), "dynamodb", region)
    with mock.patch("botocore.auth.get_current_datetime", return_value=moment, create=True):
        signer.add_auth(request)
    return request.headers


words = st.text("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789", min_size=1, max_size=30)
secrets = st.text("ABCxyz0123456789+/=", min_size=1, max_size=100)
keys_strategy = st.builds(Credentials, words, secrets, st.none() | secrets)


@settings(max_examples=150, deadline=None)
@given(
    requests=st.lists(st.tuples(words, st.binary(max_size=300), st.integers(0, 3)), min_size=1, max_size=6),
    pairs=st.lists(keys_strategy, min_size=1, max_size=2),
    start=st.integers(1_400_000_000, 2_500_000_000),
    region=st.sampled_from(["us-east-1", "eu-west-1", "cn-north-1"]),
)
def test_signature_equals_botocores(
    requests: list[tuple[str, bytes, int]], pairs: list[Credentials], start: int, region: str
) -> None:
    """One writer, over changing seconds, days, operations and credentials, always signs as botocore does."""
    ours = writer(region=region)
    now: float = start
    for number, (operation, body, hours) in enumerate(requests):
        now += hours * 3600 * 11 + 0.4
        keys = pairs[number % len(pairs)]

        written = headers_of(ours.write(operation, body, keys, now))
        expected = by_botocore(ours.host, f"DynamoDB_20120810.{operation}", body, keys=keys, now=now, region=region)

        assert expected["Authorization"] == written["authorization"]
        assert expected["X-Amz-Date"] == written["x-amz-date"]
        assert keys.token == written.get("x-amz-security-token")


def test_request_is_whole() -> None:
    """Head and body come as one string of bytes with the right length, and extra lines stay unsigned."""
    request = writer().write("GetItem", b'{"a":1}', KEYS, NOON, b"amz-sdk-request: attempt=1; max=3\r\n")

    assert request.startswith(b"POST / HTTP/1.1\r\nhost: dynamodb.us-east-1.amazonaws.com\r\n")
    assert request.endswith(b'\r\n\r\n{"a":1}')
    assert headers_of(request)["content-length"] == "7"
    assert headers_of(request)["amz-sdk-request"] == "attempt=1; max=3"
    assert "amz-sdk-request" not in headers_of(request)["authorization"]


def test_path_of_an_endpoint_is_signed() -> None:
    """An endpoint behind a path (a proxy, an emulator) is signed with that path."""
    assert writer(path="/a").write("GetItem", b"{}", KEYS, NOON) != writer().write("GetItem", b"{}", KEYS, NOON)
    assert b"POST /a HTTP/1.1" in writer(path="/a").write("GetItem", b"{}", KEYS, NOON)


@pytest.mark.parametrize("operation", ["", "Get Item", "GetItem\r\nx-evil: 1", "Gét", "a/b"])
def test_operation_name_cannot_smuggle_a_header(operation: str) -> None:
    """A name that is not one plain word is refused before anything is rendered."""
    with pytest.raises(InvalidRequestError):
        writer().write(operation, b"{}", KEYS, NOON)
