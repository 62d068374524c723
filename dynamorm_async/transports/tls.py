"""The TLS settings of this process: the system's trust store, verification always on."""

from __future__ import annotations

import os
import ssl

from dynamorm_async._anyio import to_thread

__all__ = ["client_context"]

_CONTEXTS: dict[str | None, ssl.SSLContext] = {}


def _make_context(bundle: str | None) -> ssl.SSLContext:
    context = ssl.create_default_context(cafile=bundle)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    return context


async def client_context() -> ssl.SSLContext:
    """One context per process and CA bundle, made in a worker thread: reading the trust store takes up to 50 ms.

    ``AWS_CA_BUNDLE`` names another trust store, as it does for AWS's own SDKs.
    """
    bundle = os.environ.get("AWS_CA_BUNDLE") or None
    context = _CONTEXTS.get(bundle)
    if context is None:
        context = await to_thread.run_sync(_make_context, bundle)
        context = _CONTEXTS.setdefault(bundle, context)
    return context
