"""AWS Signature Version 4, in two forms: plain functions that follow AWS's text step by step, and a `RequestWriter`.

The writer renders the one request form that DynamoDB needs, a POST with a fixed set of headers. It asks the plain
functions for everything that stays the same for a second (a day's key, the canonical request up to the payload's
hash) and keeps the *hash states* after those constant parts. What is left per request is three short hashes, so a
signature takes about 2 microseconds where `botocore` needs 120. Nothing here reads a clock.

The rules: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html
"""

from __future__ import annotations

import hmac
from collections.abc import Iterable
from hashlib import sha256
from time import gmtime, strftime
from typing import TYPE_CHECKING, Protocol, Self

import msgspec

from dynamorm_async._lazy import lazily
from dynamorm_async.errors import InvalidRequestError

if TYPE_CHECKING:
    import urllib.parse as urls

    from dynamorm_async.transports.credentials import Credentials
else:
    urls = lazily("urllib.parse")

__all__ = [
    "RequestWriter",
    "canonical_path",
    "canonical_query",
    "canonical_request",
    "signature",
    "signing_key",
    "string_to_sign",
]

ALGORITHM = "AWS4-HMAC-SHA256"
_BLOCK = 64  # bytes of one SHA-256 block, which HMAC pads its key to


# ---------------------------------------------------------------- the algorithm, step by step


def canonical_path(path: str, *, normalize: bool = True) -> str:
    """The path as it is signed: dots resolved and slashes merged (if ``normalize``), then percent-encoded."""
    if normalize:
        kept: list[str] = []
        for part in path.split("/"):
            if part == "..":
                del kept[-1:]
            elif part not in ("", "."):
                kept.append(part)
        trailing = "/" if kept and path.endswith(("/", "/.", "/..")) else ""
        path = f"/{'/'.join(kept)}{trailing}"
    return "/" if path in ("", "/") else urls.quote(path, safe="/-_.~")


def canonical_query(query: str) -> str:
    """The query string as it is signed: percent-encoded where it is not yet, sorted by name, then by value."""
    pairs = (urls.quote(part, safe="%=-_.~").partition("=") for part in query.split("&") if part)
    return "&".join(f"{name}={value}" for name, value in sorted((name, value) for name, _, value in pairs))


def _folded(headers: Iterable[tuple[str, str]]) -> dict[str, str]:
    """Lower-case names, sorted; runs of blanks become one; values of one name are joined by a comma, in order."""
    values: dict[str, list[str]] = {}
    for name, value in headers:
        values.setdefault(name.lower(), []).append(" ".join(value.split()))
    return {name: ",".join(values[name]) for name in sorted(values)}


def canonical_request(
    method: str, path: str, query: str, headers: Iterable[tuple[str, str]], payload_hash: str
) -> tuple[str, str]:
    """The text that stands for a request, and the names of its signed headers.

    Args:
        method: ``POST``.
        path: From `canonical_path`.
        query: From `canonical_query`.
        headers: Every header to sign, as name and value.
        payload_hash: SHA-256 of the body, in hexadecimal.
    """
    folded = _folded(headers)
    lines = "".join(f"{name}:{value}\n" for name, value in folded.items())
    names = ";".join(folded)
    return f"{method}\n{path}\n{query}\n{lines}\n{names}\n{payload_hash}", names


def string_to_sign(timestamp: str, scope: str, canonical: str) -> str:
    """What the key signs: ``timestamp`` is ``YYYYMMDDThhmmssZ``, ``scope`` is day/region/service/aws4_request."""
    return f"{ALGORITHM}\n{timestamp}\n{scope}\n{sha256(canonical.encode()).hexdigest()}"


def signing_key(secret_key: str, day: str, region: str, service: str) -> bytes:
    """The key of one day (``YYYYMMDD``), region and service."""
    key = f"AWS4{secret_key}".encode()
    for part in (day, region, service, "aws4_request"):
        key = hmac.digest(key, part.encode(), "sha256")
    return key


def signature(key: bytes, text: str) -> str:
    """The signature of a string to sign, in hexadecimal."""
    return hmac.digest(key, text.encode(), "sha256").hex()


# ---------------------------------------------------------------- the fast form of the same


class _HashState(Protocol):
    """A hash that has taken in some bytes; copying it saves taking them in again."""

    def copy(self) -> Self: ...
    def update(self, data: bytes, /) -> None: ...
    def digest(self) -> bytes: ...
    def hexdigest(self) -> str: ...


class _Prepared(msgspec.Struct, frozen=True):
    """One operation in one second: its head up to ``Signature=``, and the hash state before the payload's hash."""

    head: bytes
    canonical: _HashState


def _padded(key: bytes, byte: int) -> bytes:
    return bytes(octet ^ byte for octet in key.ljust(_BLOCK, b"\0"))


class RequestWriter:
    """Writes signed HTTP/1.1 requests for one endpoint.

    Attributes:
        host: As in the ``Host`` header, with a port unless it is the scheme's own.
        path: Of the endpoint, usually ``/``.
        region: Region in the signature's scope.
        service: Service name in the signature's scope; ``dynamodb`` for streams, too.
        target: Prefix of ``X-Amz-Target``.
    """

    def __init__(self, *, host: str, path: str, region: str, service: str, target: str, user_agent: str) -> None:
        self.host: str = host
        self.path: str = path
        self.region: str = region
        self.service: str = service
        self.target: str = target
        self._fixed = (
            f"POST {path} HTTP/1.1\r\nhost: {host}\r\nuser-agent: {user_agent}\r\n"
            "accept-encoding: identity\r\ncontent-type: application/x-amz-json-1.0\r\n"
        )
        self._second = -1
        self._credentials: Credentials | None = None
        self._day: str = ""
        self._timestamp: str = ""
        self._key = b""
        self._inner: _HashState = sha256()
        self._outer: _HashState = sha256()
        self._prepared: dict[str, _Prepared] = {}

    def write(self, operation: str, body: bytes, credentials: Credentials, now: float, extra: bytes = b"") -> bytes:
        """One whole request, head and body, ready for a socket.

        Args:
            operation: By its wire name, e.g. ``GetItem``.
            body: The JSON body.
            credentials: Whose signature.
            now: Seconds since the epoch, by the *server's* clock.
            extra: More header lines, unsigned, each ended by CRLF.

        Raises:
            InvalidRequestError: The operation's name is not one word of letters and digits.
        """
        second = int(now)
        if second != self._second or credentials is not self._credentials:
            self._stamp(second, credentials)
        prepared = self._prepared.get(operation) or self._prepare(operation, credentials)
        canonical = prepared.canonical.copy()
        canonical.update(sha256(body).hexdigest().encode())
        inner = self._inner.copy()
        inner.update(canonical.hexdigest().encode())
        outer = self._outer.copy()
        outer.update(inner.digest())
        signed = outer.hexdigest().encode()
        return b"%b%b\r\n%bcontent-length: %d\r\n\r\n%b" % (prepared.head, signed, extra, len(body), body)

    def _stamp(self, second: int, credentials: Credentials) -> None:
        """Start a new second, or take other credentials."""
        timestamp = strftime("%Y%m%dT%H%M%SZ", gmtime(second))
        day = timestamp[:8]
        if day != self._day or credentials is not self._credentials:
            self._key = signing_key(credentials.secret_key, day, self.region, self.service)
        self._second, self._day, self._timestamp, self._credentials = second, day, timestamp, credentials
        constant = f"{ALGORITHM}\n{timestamp}\n{self._scope}\n".encode()
        self._inner = sha256(_padded(self._key, 0x36) + constant)
        self._outer = sha256(_padded(self._key, 0x5C))
        self._prepared.clear()

    @property
    def _scope(self) -> str:
        return f"{self._day}/{self.region}/{self.service}/aws4_request"

    def _prepare(self, operation: str, credentials: Credentials) -> _Prepared:
        # The name goes into a header line, and `session.call` takes it from the caller.
        if not (operation.isascii() and operation.isalnum()):
            raise InvalidRequestError(f"{operation!r} is not the name of an operation.")
        varying = [("x-amz-date", self._timestamp), ("x-amz-target", f"{self.target}.{operation}")]
        if credentials.token:
            varying.append(("x-amz-security-token", credentials.token))
        fixed = [("content-type", "application/x-amz-json-1.0"), ("host", self.host)]
        prefix, names = canonical_request("POST", canonical_path(self.path), "", fixed + varying, "")
        lines = "".join(f"{name}: {value}\r\n" for name, value in varying)
        authorization = (
            f"authorization: {ALGORITHM} Credential={credentials.access_key}/{self._scope}, "
            f"SignedHeaders={names}, Signature="
        )
        prepared = _Prepared((self._fixed + lines + authorization).encode(), sha256(prefix.encode()))
        self._prepared[operation] = prepared
        return prepared
