"""The processes of a run: the stub on its core, one client after another on the other, and the pipes to them."""

from __future__ import annotations

import json
import os
import select
import subprocess
import sys
import time
from pathlib import Path
from types import TracebackType
from typing import IO, Any, Self

import attrs

from benchmarks import machine
from benchmarks.environments import ROOT, process_environment, python_for

__all__ = ["Failure", "Peer", "Stub", "cold_start"]


class Failure(Exception):  # noqa: N818  # a result, shown in the tables as `fails`
    """A client could not do a work."""


class _Pipe:
    """A process that answers each line of JSON with a line of JSON."""

    def __init__(self, command: list[str], errors: IO[str] | int | None, environment: dict[str, str] | None) -> None:
        self.process = subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=errors, cwd=ROOT, env=environment
        )
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        self._in, self._out = self.process.stdin, self.process.stdout

    def line(self, seconds: float) -> bytes:
        """The next line, or a `Failure` after that time."""
        ready, _, _ = select.select([self._out], [], [], seconds)
        line = self._out.readline() if ready else b""
        if not line:
            raise Failure("no answer in time" if not ready else "the process ended")
        return line

    def ask(self, order: dict[str, Any], seconds: float) -> dict[str, Any]:
        """Send an order and wait for its answer."""
        self._in.write(json.dumps(order).encode() + b"\n")
        self._in.flush()
        answer: dict[str, Any] = json.loads(self.line(seconds))
        return answer

    def end(self) -> None:
        """Close the pipes; end the process if it does not end by itself."""
        self._in.close()
        try:
            self.process.wait(5)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        self._out.close()


class Stub:
    """The server. It answers every client alike, with what `choose` said last."""

    def __init__(self, core: int | None) -> None:
        self._core = core
        pinned = [] if core is None else ["--core", str(core)]
        self._pipe = _Pipe([sys.executable, "-m", "benchmarks.stub", *pinned], None, None)
        self.endpoint = f"http://127.0.0.1:{int(self._pipe.line(30))}"

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, value: BaseException | None, tb: TracebackType | None) -> None:
        self._pipe.end()

    def choose(self, variant: str, dialect: str) -> int:
        """Answer from now on with that variant; returns how many requests were answered so far."""
        requests: int = self._pipe.ask({"variant": variant, "dialect": dialect}, 60)["requests"]
        return requests

    def cpu(self) -> float:
        """CPU seconds that the stub has used."""
        fields = Path(f"/proc/{self._pipe.process.pid}/stat").read_text().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    def others(self) -> float:
        """Seconds of the stub's core that went neither to the stub nor to this process, which sits there too."""
        return machine.busy_seconds(self._core) - self.cpu() - time.process_time() if self._core is not None else 0.0


@attrs.define
class Peer:
    """One client and its process, which is started again if it fell."""

    name: str
    endpoint: str
    core: int | None
    loop: str
    log: IO[str]
    label: str = ""
    models: bool = False
    dialect: str = "iso"
    works: frozenset[str] = frozenset()
    versions: dict[str, str] = attrs.field(factory=dict)
    _pipe: _Pipe | None = None

    def start(self) -> None:
        """Start the process and connect the client."""
        pinned = [] if self.core is None else ["--core", str(self.core)]
        command = [str(python_for(self.name)), "-m", "benchmarks.worker", self.name, "--loop", self.loop, *pinned]
        self._pipe = _Pipe(command, self.log, process_environment())
        answer = self.order({"do": "setup", "endpoint": self.endpoint}, 120)
        self.label, self.models, self.dialect = answer["label"], answer["models"], answer["dialect"]
        self.works, self.versions = frozenset(answer["works"]), answer["versions"]

    def order(self, order: dict[str, Any], seconds: float = 120) -> dict[str, Any]:
        """Have the client do something.

        Raises:
            Failure: It raised, fell or took longer than that.
        """
        if self._pipe is None:
            self.start()
        assert self._pipe is not None
        try:
            answer = self._pipe.ask(order, seconds)
        except (Failure, OSError) as error:
            self.kill()
            raise Failure(str(error)) from error
        if "error" in answer:
            raise Failure(answer["error"])
        return answer

    def kill(self) -> None:
        """End the process at once."""
        if self._pipe is not None:
            self._pipe.process.kill()
            self._pipe.end()
            self._pipe = None

    def close(self) -> None:
        """Let the client release what it holds, and end the process."""
        if self._pipe is not None:
            self.order({"do": "close"}, 20)
            self._pipe.end()
            self._pipe = None


def cold_start(command: list[str], core: int | None) -> dict[str, float]:
    """Run a process to its end and say what all of it cost: CPU and wall seconds, memory, others' share of the core."""
    before, start = machine.busy_seconds(core), time.perf_counter()
    with machine.pinned(core):
        process = subprocess.Popen(command, cwd=ROOT, env=process_environment(), stderr=subprocess.PIPE)
    assert process.stderr is not None
    errors = process.stderr.read()
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    process.stderr.close()
    if process.returncode:
        raise Failure(errors.decode().strip().rpartition("\n")[2])
    wall, cpu = time.perf_counter() - start, usage.ru_utime + usage.ru_stime
    others = machine.others_share(machine.busy_seconds(core) - before, cpu, wall)
    return {"operations": 1, "cpu": cpu, "wall": wall, "others": others, "peak": usage.ru_maxrss * 1024}
