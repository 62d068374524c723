"""Page cursors: bound to one query, signed before they leave the process.

A token is ``v1.<key id>.<payload>.<mac>``: base64url without padding, HMAC-SHA256 over all that stands before.
The first secret signs, all of them verify, so that secrets can be rotated.
"""

from __future__ import annotations

import hashlib
import hmac
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Sequence
from typing import Any, ClassVar

import msgspec

from dynamorm_async._struct import Discreet
from dynamorm_async.errors import InvalidCursorError
from dynamorm_async.types import Cursor, Item

__all__ = ["CursorSigner", "open_cursor"]

_TOKEN_LIMIT = 1_048_576
"""Characters. A cursor of usual keys is far below 1 KB; one of a hundred partitions has as many, of up to 6 KB each."""


class _Payload(msgspec.Struct):
    key: dict[str, dict[str, Any]]
    binding: bytes
    expires: float | None = None


_encode = msgspec.json.Encoder().encode
_decode = msgspec.json.Decoder(_Payload).decode


class CursorSigner(Discreet, frozen=True):
    """Signs positions and verifies tokens.

    Args:
        secrets: At least 16 bytes each; the first signs.
        lifetime: Seconds for which a token is good; None for ever.
    """

    hidden_fields: ClassVar[tuple[str, ...]] = ("secrets",)

    secrets: tuple[bytes, ...]
    lifetime: float | None = None

    def sign(self, position: Item, binding: bytes, now: float) -> str:
        """The token of a position."""
        expires = None if self.lifetime is None else now + self.lifetime
        payload = _encode(_Payload(position, binding, expires))
        secret = self.secrets[0]
        text = f"v1.{_key_id(secret)}.{_b64(payload)}"
        return f"{text}.{_b64(_mac(secret, text))}"

    def verify(self, token: str, binding: bytes, now: float) -> Item:
        """The position of a token.

        Raises:
            InvalidCursorError: Damaged, expired, or made by another query or with another secret.
        """
        text, _, mac = token.rpartition(".")
        parts = text.split(".")
        if len(token) > _TOKEN_LIMIT or not token.isascii() or len(parts) != 3 or parts[0] != "v1":
            raise _invalid("it is no cursor of this library")
        secret = next((secret for secret in self.secrets if _key_id(secret) == parts[1]), None)
        # An unknown key id still costs a MAC, so that timing does not tell known ids.
        # As text, because several texts decode to the same bytes.
        if not hmac.compare_digest(_b64(_mac(secret or b"unknown", text)), mac) or secret is None:
            raise _invalid("its signature does not match")
        payload = _decode(_unb64(parts[2]))
        if payload.expires is not None and payload.expires < now:
            raise _invalid("it has expired")
        if not hmac.compare_digest(payload.binding, binding):
            raise _invalid("it belongs to another query, index, order or tenant")
        return dict(payload.key)


def open_cursor(
    cursor: Cursor | str, binding: bytes, keys: Sequence[str] | None, signer: CursorSigner | None, now: float
) -> Item:
    """The position a cursor stands for, after every check.

    Args:
        cursor: As the caller gave it.
        binding: What it must be bound to.
        keys: The attributes it must have; None if the caller checks them.
        signer: Verifies a text.
        now: The time, in seconds since the epoch.

    Raises:
        InvalidCursorError: It cannot be used with this query.
    """
    if isinstance(cursor, Cursor):
        if not hmac.compare_digest(cursor.binding, binding):
            raise _invalid("it belongs to another query, index, order or tenant")
        position = cursor.position
    elif isinstance(cursor, str):
        if signer is None:
            raise _invalid("this session has no key to verify it with", "Open the session with cursor_keys=[secret].")
        position = signer.verify(cursor, binding, now)
    else:
        raise _invalid(f"a cursor is a text or a Cursor, not {type(cursor).__name__}")
    if keys is not None and sorted(position) != sorted(keys):
        raise _invalid("its key attributes are not those of the index")
    return position


def _invalid(problem: str, hint: str | None = None) -> InvalidCursorError:
    return InvalidCursorError(f"the cursor cannot be used: {problem}.", hint=hint)


def _mac(secret: bytes, text: str) -> bytes:
    return hmac.digest(secret, text.encode(), "sha256")


def _key_id(secret: bytes) -> str:
    return hashlib.sha256(b"cursor key id\0" + secret).hexdigest()[:8]


def _b64(data: bytes) -> str:
    return urlsafe_b64encode(data).rstrip(b"=").decode()


def _unb64(text: str) -> bytes:
    try:
        return urlsafe_b64decode(text + "=" * (-len(text) % 4))
    except (ValueError, UnicodeEncodeError) as error:
        raise _invalid("it is damaged") from error
