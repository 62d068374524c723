"""How fast the stub itself is, so that anyone can see that it was not what was measured."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

from benchmarks import machine
from benchmarks.driver import Peer, Stub

__all__ = ["ceiling"]

_SCRIPT = Path(__file__).parent / "post.lua"
_CONNECTIONS = 32


def ceiling(stub: Stub, core: int | None, seconds: int = 3) -> dict[str, dict[str, float | str]]:
    """Requests a second that the stub answers over 32 connections, and its own CPU for each.

    By wrk from the core of the clients; by the adapter ``limit`` if wrk is not installed.

    Returns:
        By operation, ``per_second``, ``cpu`` (microseconds of the stub's core) and ``tool``.
    """
    return {operation: _one(stub, core, operation, seconds) for operation in ("GetItem", "Query")}


def _one(stub: Stub, core: int | None, operation: str, seconds: int) -> dict[str, float | str]:
    drive, tool = (_wrk, "wrk") if shutil.which("wrk") else (_limit, "the limit client")
    before, cpu = stub.choose("standard", "iso"), stub.cpu()
    rate = drive(stub, core, operation, seconds)
    used, requests = stub.cpu() - cpu, stub.choose("standard", "iso") - before
    return {"per_second": rate, "cpu": used / requests * 1e6, "tool": tool}


def _wrk(stub: Stub, core: int | None, operation: str, seconds: int) -> float:
    command = ["wrk", "-t1", f"-c{_CONNECTIONS}", f"-d{seconds}s", "-s", str(_SCRIPT), stub.endpoint]
    environment = {**os.environ, "OPERATION": operation}
    with machine.pinned(core):
        done = subprocess.run(command, capture_output=True, text=True, check=True, env=environment)
    match = re.search(r"Requests/sec:\s+([\d.]+)", done.stdout)
    assert match is not None, done.stdout
    return float(match[1])


def _limit(stub: Stub, core: int | None, operation: str, seconds: int) -> float:
    peer = Peer("limit", stub.endpoint, core, "asyncio", sys.stderr)
    method = {"GetItem": "get", "Query": "query"}[operation]
    order = {"do": "slice", "work": method, "arguments": {}, "in_flight": _CONNECTIONS, "seconds": seconds}
    answer = peer.order(order)
    peer.close()
    return float(answer["operations"] / answer["wall"])
