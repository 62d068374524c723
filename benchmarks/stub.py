"""The DynamoDB wire on loopback: canned answers chosen by ``X-Amz-Target``, nothing parsed.

Runs as a process of its own, on a core of its own. It prints its port on the first line; after that each line of
its standard input names the variant and dialect to answer with, and is acknowledged by ``ok``.
"""

from __future__ import annotations

import argparse
import asyncio
import functools
import json
import os
import sys
from collections.abc import Mapping
from typing import Any

import uvloop

from benchmarks.replies import replies

__all__ = ["main"]

_answers = functools.lru_cache(maxsize=16)(replies)


class Wire(asyncio.Protocol):
    """One connection. Requests may be pipelined; answers leave in order, joined into one write."""

    answers: Mapping[bytes, tuple[bytes, ...]] = {}
    requests = 0

    def __init__(self) -> None:
        self._rest = b""
        self._need = 0

    def connection_made(self, transport: Any) -> None:  # uvloop's own transport, of no public type
        """Keep the way back."""
        self._write = transport.write

    def data_received(self, data: bytes) -> None:
        """Answer every whole request that has come so far."""
        if self._rest:
            data = self._rest + data
        out = []
        while len(data) >= self._need:
            taken = self._take(data)
            if not taken:
                break
            out.append(taken)
            data, self._need = data[self._need :], 0
        self._rest = data
        if out:
            self._write(out[0] if len(out) == 1 else b"".join(out))

    def _take(self, data: bytes) -> bytes:
        """The answer to the request at the front; empty if it has not come wholly, setting how much is needed."""
        end = data.find(b"\r\n\r\n")
        if end < 0:
            self._need = len(data) + 1
            return b""
        head = data[:end].lower() + b"\r\n"
        self._need = end + 4 + int(_header(head, b"\r\ncontent-length:") or 0)
        if len(data) < self._need:
            return b""
        Wire.requests += 1
        target = _header(head, b"\r\nx-amz-target:")
        turns = self.answers.get(target, _UNKNOWN)
        return turns[Wire.requests % len(turns)]


def _header(head: bytes, name: bytes) -> bytes:
    start = head.find(name)
    if start < 0:
        return b""
    start += len(name)
    return head[start : head.find(b"\r\n", start)].strip()


_UNKNOWN = (b"HTTP/1.1 400 Bad Request\r\nContent-Type: application/x-amz-json-1.0\r\nContent-Length: 2\r\n\r\n{}",)


def _choose(variant: str, dialect: str) -> None:
    whole = _answers(variant, dialect)
    Wire.answers = {f"dynamodb_20120810.{name}".lower().encode(): reply for name, reply in whole.items()}


async def _serve(port: int) -> None:
    loop = asyncio.get_running_loop()
    server = await loop.create_server(Wire, "127.0.0.1", port, backlog=4096)
    print(server.sockets[0].getsockname()[1], flush=True)
    done = loop.create_future()

    def told() -> None:
        line = sys.stdin.readline()
        if not line:
            done.set_result(None)
            loop.remove_reader(sys.stdin)
            return
        order = json.loads(line)
        _choose(order["variant"], order["dialect"])
        print(json.dumps({"ok": True, "requests": Wire.requests}), flush=True)

    loop.add_reader(sys.stdin, told)
    await done
    server.close()


def main() -> None:
    """Serve until standard input ends."""
    parser = argparse.ArgumentParser(description=main.__doc__)
    parser.add_argument("--port", type=int, default=0)
    parser.add_argument("--core", type=int, help="pin to this core")
    options = parser.parse_args()
    if options.core is not None:
        os.sched_setaffinity(0, {options.core})
    _choose("standard", "iso")
    uvloop.run(_serve(options.port))


if __name__ == "__main__":
    main()
