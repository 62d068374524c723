"""The TLS settings of this process: the system's trust store, verification always on."""

from __future__ import annotations

import ssl

from dynamorm_async._anyio import to_thread
from dynamorm_async.errors import ConfigurationError

__all__ = ["client_context"]

_CONTEXTS: dict[str | None, ssl.SSLContext] = {}


def _make_context(bundle: str | None) -> ssl.SSLContext:
    try:
        context = ssl.create_default_context(cafile=bundle)
    except OSError as error:  # SSLError, which says that a file holds no certificates, is one
        raise ConfigurationError(
            f"the trust store {bundle or 'of this system'} cannot be read ({type(error).__name__}).",
            hint="AWS_CA_BUNDLE, ca_bundle in the AWS profile, or REQUESTS_CA_BUNDLE names a file in PEM form.",
        ) from error
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    return context


async def client_context(bundle: str | None) -> ssl.SSLContext:
    """One context per process and CA bundle, made in a worker thread: reading the trust store takes up to 50 ms.

    Args:
        bundle: A file of certificates in place of the system's trust store.

    Raises:
        ConfigurationError: It is no trust store.
    """
    context = _CONTEXTS.get(bundle)
    if context is None:
        context = await to_thread.run_sync(_make_context, bundle)
        context = _CONTEXTS.setdefault(bundle, context)
    return context
