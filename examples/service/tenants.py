"""Whose request it is: a bearer token names the tenant. A real service would verify a signed one here."""

from __future__ import annotations

import hmac
from collections.abc import Mapping

from examples.service.refusals import unauthorized

__all__ = ["tenant_of_token"]


def tenant_of_token(header: str | None, tokens: Mapping[str, str]) -> str:
    """The tenant of an ``Authorization`` header.

    Args:
        header: As it was sent: ``Bearer <token>``.
        tokens: Token to tenant.

    Raises:
        RefusedError: 401; there is no such token.
    """
    scheme, _, given = (header or "").partition(" ")
    if scheme.lower() == "bearer":
        for token, tenant in tokens.items():
            if hmac.compare_digest(token.encode(), given.strip().encode("utf-8", "replace")):
                return tenant
    raise unauthorized()
