"""``python -m examples.streamer``: a short day of Streamer on a DynamoDB of its own on this machine."""

from __future__ import annotations

import sys

import anyio

from dynamorm_async import DynamormError
from dynamorm_async.testing import engine
from examples.streamer.config import Config
from examples.streamer.factory import StoreFactory
from examples.streamer.scenario import play

__all__ = ["main"]


async def main(kind: str = "moto") -> None:
    """Start an engine, make the tables, play, and leave nothing behind.

    Args:
        kind: The engine: ``moto``, ``dynoxide``, ``ministack``, or the URL of one that runs.
    """
    async with engine(kind) as running, StoreFactory(Config(endpoint=running.endpoint)) as stores:
        await stores.ensure_tables()
        print(f"three tables on {running.endpoint}")
        await play(stores)


if __name__ == "__main__":
    try:
        anyio.run(main, sys.argv[1] if len(sys.argv) > 1 else "moto")
    except DynamormError as error:  # no such engine, or nothing at its URL
        sys.exit(str(error))
