"""What an answer must look like before anyone reads it. The same checks stand behind each transport."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import msgspec

from dynamorm_async.errors import (
    ChecksumMismatchError,
    Outcome,
    ProtocolError,
    TransportError,
    UnexpectedRedirectError,
)
from dynamorm_async.transports.checksums import crc32

__all__ = ["BODILESS", "MAX_BODY", "MAX_HEAD", "Headers", "flaw_of"]

MAX_BODY = 17 * 1024 * 1024
"""Bytes. DynamoDB's largest answers are 16 MB (BatchGetItem)."""
MAX_HEAD = 64 * 1024
"""Bytes of status line and headers; DynamoDB sends about 300."""
BODILESS = frozenset({"TagResource", "UntagResource"})
"""Operations whose success has no body. Source: the service model, where they have no output."""
_CRC_DIGITS = 10
_BLANKS = b" \t\r\n"


class Headers(Mapping[str, str]):
    """Headers of an answer under lower-case names, decoded when first read: most answers' headers never are."""

    __slots__ = ("_decoded", "_raw")

    def __init__(self, raw: dict[bytes, bytes]) -> None:
        self._raw = raw
        self._decoded: dict[str, str] | None = None

    def _read(self) -> dict[str, str]:
        if self._decoded is None:
            self._decoded = {
                name.decode("latin-1").lower(): value.decode("latin-1") for name, value in self._raw.items()
            }
        return self._decoded

    def __getitem__(self, name: str) -> str:
        return self._read()[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._read())

    def __len__(self) -> int:
        return len(self._read())

    def __repr__(self) -> str:
        return f"<Headers: {', '.join(self)}>"


def raw_header(raw: Mapping[bytes, bytes], name: bytes) -> bytes | None:
    """One header by its lower-case name, whatever case it came in. DynamoDB's own spelling is found at once."""
    value = raw.get(name)
    if value is None:
        return next((found for key, found in raw.items() if len(key) == len(name) and key.lower() == name), None)
    return value


def flaw_of(status: int, raw: Mapping[bytes, bytes], body: bytes, operation: str) -> TransportError | None:
    """Why this answer to an operation must not be used, or None.

    An error status is no flaw: what it means is for the layer above to say.
    """
    if 300 <= status < 400:
        return UnexpectedRedirectError(
            f"the endpoint answered with a redirect (HTTP {status}), which is never followed.",
            hint="Check the endpoint; DynamoDB sends no redirects.",
        )
    declared = raw.get(b"x-amz-crc32") or raw_header(raw, b"x-amz-crc32")
    if declared is not None:
        if not declared.isdigit() or len(declared) > _CRC_DIGITS:
            return ProtocolError("the answer's x-amz-crc32 is no number.")
        if crc32(body) != int(declared):
            return ChecksumMismatchError("the answer does not match its checksum; its data was not used.")
    # Without a checksum, as emulators answer, only reading it to its end shows that nothing was cut off.
    if (
        status < 300
        and not (_is_object(body) and (declared is not None or _is_json(body)))
        and (body or operation not in BODILESS)
    ):
        return ProtocolError(f"HTTP {status} came with a body that is not a JSON object.", outcome=Outcome.UNKNOWN)
    return None


def _is_json(body: bytes) -> bool:
    """Whether it is JSON to its end; skipping over it builds nothing."""
    try:
        msgspec.json.decode(body, type=msgspec.Raw)
    except (msgspec.DecodeError, RecursionError):
        return False
    return True


def _is_object(body: bytes) -> bool:
    """Whether the first and last characters are braces; the codec reads what is between."""
    if body[:1] == b"{" and body[-1:] == b"}":
        return True
    body = body.strip(_BLANKS)
    return body[:1] == b"{" and body[-1:] == b"}" and len(body) > 1
