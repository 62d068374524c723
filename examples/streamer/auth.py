"""Who may connect: tokens are checked by PyJWT, behind an interface of one method."""

from __future__ import annotations

from typing import Protocol

import attrs
import jwt

__all__ = ["Claims", "JwtVerifier", "Verifier"]


@attrs.frozen
class Claims:
    """What a good token says."""

    user_id: str
    tenant_id: str


class Verifier(Protocol):
    """Tells good tokens from bad ones."""

    def verify(self, token: str) -> Claims:
        """What the token says.

        Raises:
            PermissionError: It is not good.
        """
        ...


class JwtVerifier:
    """Accepts unexpired RS256 tokens of one issuer, with ``sub`` and ``tenant_id``.

    Args:
        public_key: In PEM.
        issuer: Whose ``iss`` the tokens carry; any if empty.
    """

    def __init__(self, public_key: str, issuer: str = "") -> None:
        if not public_key:
            raise ValueError("JWT_PUBLIC_KEY is not set")
        self._key = public_key
        self._issuer = issuer or None

    def verify(self, token: str) -> Claims:
        """What the token says."""
        required = ["exp", "sub", "tenant_id"]
        try:
            # The algorithm is ours to name: a token must not choose how it is checked.
            found = jwt.decode(
                token, self._key, algorithms=["RS256"], issuer=self._issuer, options={"require": required}
            )
        except jwt.InvalidTokenError as error:
            raise PermissionError("the token is not good") from error
        return Claims(user_id=found["sub"], tenant_id=found["tenant_id"])
