"""The machine's clocks and dice."""

from __future__ import annotations

import os
import time

from dynamorm_async._anyio import anyio

__all__ = ["SystemClock", "system_dice"]


class SystemClock:
    """The machine's clocks. Every request asks several times, so they are those of the machine itself."""

    now = staticmethod(time.time)
    monotonic = staticmethod(time.monotonic)

    async def sleep(self, seconds: float) -> None:
        """Wait."""
        await anyio.sleep(seconds)


def system_dice() -> float:
    """A number in [0, 1) from the system's own source, as ``random.SystemRandom`` gives it."""
    return (int.from_bytes(os.urandom(7), "big") >> 3) * 2.0**-53
