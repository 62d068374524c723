"""What every client is given alike."""

from __future__ import annotations

__all__ = ["CONNECTIONS", "IDLE", "REGION", "THREADS"]

REGION = "eu-west-1"
CONNECTIONS = 256
"""The size of the connection pool, so that 256 requests in flight wait for no connection."""
IDLE = 120
"""Seconds an idle connection may be kept, so that none is lost between a client's turns."""
THREADS = 40
"""Threads for a client that blocks: what anyio, and so FastAPI, gives."""
