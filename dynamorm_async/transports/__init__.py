"""Moving bytes to DynamoDB and back: the only room that knows AWS, HTTP and sockets."""

from __future__ import annotations

from dynamorm_async.transports.boto import BotoTransport
from dynamorm_async.transports.credentials import Credentials, CredentialsSource
from dynamorm_async.transports.direct import DirectTransport
from dynamorm_async.transports.opening import open_transport
from dynamorm_async.transports.settings import Settings

__all__ = ["BotoTransport", "Credentials", "CredentialsSource", "DirectTransport", "Settings", "open_transport"]
