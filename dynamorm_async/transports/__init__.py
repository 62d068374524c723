"""Moving bytes to DynamoDB and back: the only room that knows AWS, HTTP and sockets."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dynamorm_async._lazy import doors
from dynamorm_async.transports.credentials import Credentials, CredentialsSource
from dynamorm_async.transports.direct import DirectTransport
from dynamorm_async.transports.opening import open_transport
from dynamorm_async.transports.settings import Settings

if TYPE_CHECKING:
    from dynamorm_async.transports.boto import BotoTransport
else:
    __getattr__ = doors(__name__, {"BotoTransport": "boto"})

__all__ = ["BotoTransport", "Credentials", "CredentialsSource", "DirectTransport", "Settings", "open_transport"]
