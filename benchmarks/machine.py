"""What the machine says about time, memory and other people's work. Linux; imports the standard library alone."""

from __future__ import annotations

import os
import platform
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Self

__all__ = ["Stopwatch", "cores", "describe", "peak_memory", "pinned", "reset_peak"]

_TICK = 1 / os.sysconf("SC_CLK_TCK")


class Stopwatch:
    """CPU and wall seconds of this process over a block, and how much of the core others used meanwhile."""

    def __init__(self, core: int | None) -> None:
        self._core = core
        self.cpu = self.wall = self.others = 0.0

    def __enter__(self) -> Self:
        self._busy = busy_seconds(self._core)
        self._wall, self._cpu = time.perf_counter(), time.process_time()
        return self

    def __exit__(self, *_: object) -> None:
        self.cpu, self.wall = time.process_time() - self._cpu, time.perf_counter() - self._wall
        busy = busy_seconds(self._core) - self._busy
        self.others = others_share(busy, self.cpu, self.wall)


def others_share(busy: float, own: float, wall: float) -> float:
    """The part of a core that other processes took, 0..1. The kernel counts in ticks of 10 ms, so it is coarse."""
    return max(0.0, (busy - own) / wall) if wall else 0.0


def busy_seconds(core: int | None) -> float:
    """Seconds for which that core was not idle since the machine started, the hypervisor's share included."""
    if core is None:
        return 0.0
    with Path("/proc/stat").open() as file:
        for line in file:
            if line.startswith(f"cpu{core} "):
                user, nice, system, _idle, _wait, irq, softirq, steal = map(int, line.split()[1:9])
                return (user + nice + system + irq + softirq + steal) * _TICK
    raise ValueError(f"no core {core}")


def peak_memory() -> int:
    """The most memory this process has had resident, in bytes."""
    return _status("VmHWM")


def reset_peak() -> int:
    """Forget the peak; returns what is resident now, in bytes."""
    Path("/proc/self/clear_refs").write_text("5")
    return _status("VmRSS")


def _status(name: str) -> int:
    with Path("/proc/self/status").open() as file:
        for line in file:
            if line.startswith(f"{name}:"):
                return int(line.split()[1]) * 1024
    raise ValueError(name)


def cores() -> tuple[int | None, int | None]:
    """The core for the client and the core for the stub; None when there is no second one."""
    available = sorted(os.sched_getaffinity(0))
    return (available[0], available[1]) if len(available) > 1 else (None, None)


@contextmanager
def pinned(core: int | None) -> Iterator[None]:
    """Stay on that core, and so start processes on it."""
    before = os.sched_getaffinity(0)
    os.sched_setaffinity(0, before if core is None else {core})
    try:
        yield
    finally:
        os.sched_setaffinity(0, before)


def describe() -> dict[str, str]:
    """The machine in a few words."""
    model = "unknown processor"
    with Path("/proc/cpuinfo").open() as file:
        for line in file:
            if line.startswith("model name"):
                model = line.split(":", 1)[1].strip()
                break
    return {
        "processor": model,
        "cores": str(os.cpu_count()),
        "system": f"{platform.system()} {platform.release().split('-')[0]} {platform.machine()}",
        "python": f"{platform.python_implementation()} {platform.python_version()}",
    }
