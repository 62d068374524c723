"""Rounds of interleaved slices, and what of them counts."""

from __future__ import annotations

import statistics
import sys
import time
from collections.abc import Sequence
from typing import Any

import attrs

from benchmarks.driver import Failure, Peer, Stub, cold_start
from benchmarks.environments import python_for
from benchmarks.replies import replies
from benchmarks.works import Work

__all__ = ["QUIET", "Cell", "Plan", "measure", "settle"]

QUIET = 0.12
"""A slice in which others used more of the client's core than this, or twice as much of the stub's, does not count."""
STREAM = 1_000_000

Sample = dict[str, float]


@attrs.frozen
class Plan:
    """How long and how often."""

    rounds: int = 15
    seconds: float = 0.15
    patience: float = 2.0
    """How many times the rounds may be tried before noisy slices are taken as well."""
    stream: int = STREAM


@attrs.define
class Cell:
    """What one work costs one client. Microseconds an operation; bytes of memory."""

    cpu: float
    low: float
    high: float
    wall: float
    peak: float
    kept: int
    taken: int
    noise: float
    """The greatest share of the core that others had in a slice that counts."""
    grown: float | None = None


def measure(work: Work, peers: Sequence[Peer], stub: Stub, plan: Plan) -> dict[str, dict[str, Any]]:
    """Measure one work for all the clients that can do it, a slice of each by turns.

    Returns:
        By client, a `Cell` as a dictionary, or ``{"error": ...}``.
    """
    able = [peer for peer in peers if ("get" if work.kind == "cold" else work.method) in peer.works]
    failed = _prove(work, able, stub)
    samples: dict[str, list[Sample]] = {peer.name: [] for peer in able if peer.name not in failed}
    wanted = max(1, round(plan.rounds * work.share))
    for number in range(max(wanted, round(wanted * plan.patience))):
        if all(_quiet(each) >= wanted for each in samples.values()):
            break
        turn = number % max(1, len(able))
        for peer in [*able[turn:], *able[:turn]]:  # nobody always follows the same neighbour
            if peer.name in samples:
                try:
                    samples[peer.name].append(_sample(work, peer, stub, plan))
                except Failure as error:
                    failed[peer.name] = {"error": str(error)}
                    del samples[peer.name]
    return {name: attrs.asdict(settle(each, wanted)) for name, each in samples.items()} | failed


def _prove(work: Work, peers: Sequence[Peer], stub: Stub) -> dict[str, dict[str, Any]]:
    failed: dict[str, dict[str, Any]] = {}
    for peer in peers:
        if work.kind not in {"slice", "burst"}:
            continue
        stub.choose(work.variant, peer.dialect)
        try:
            order = {"do": "check", "work": work.method, "arguments": dict(work.arguments)}
            peer.order(order | {"kilobytes": _size(work)})
        except Failure as error:
            print(f"    {peer.name} fails {work.name}: {error}", file=sys.stderr)
            failed[peer.name] = {"error": str(error)}
    return failed


def _sample(work: Work, peer: Peer, stub: Stub, plan: Plan) -> Sample:
    """One slice. Noise on the stub's core counts half: it changes how answers bunch, not what they cost."""
    stub.choose(work.variant, peer.dialect)
    start, others = time.perf_counter(), stub.others()
    sample = _slice(work, peer, plan)
    share = (stub.others() - others) / (time.perf_counter() - start)
    sample["others"] = max(sample["others"], share / 2)
    return sample


def _slice(work: Work, peer: Peer, plan: Plan) -> Sample:
    order: dict[str, Any] = {"do": work.kind, "work": work.method, "seconds": plan.seconds}
    match work.kind:
        case "cold":
            how = [work.method, peer.name, peer.endpoint]
            return cold_start([str(python_for(peer.name)), "-m", "benchmarks.cold", *how], peer.core)
        case "stream":
            peer.close()  # memory is measured from a fresh start
            return peer.order({"do": "stream", "count": plan.stream}, 900)
        case "local":
            body = {"body": _page(peer.dialect)} if work.method == "decode" else {}
            return peer.order(order | {"items": work.items} | body)
    return peer.order(order | {"in_flight": work.in_flight, "arguments": dict(work.arguments)}, 300)


def _size(work: Work) -> int:
    kind, _, number = work.variant.partition("-")
    return int(number) if kind == "size" else 1


def _page(dialect: str) -> str:
    return replies("standard", dialect)["Query"][0].partition(b"\r\n\r\n")[2].decode()


def _quiet(samples: Sequence[Sample]) -> int:
    return sum(each["others"] <= QUIET for each in samples)


def settle(samples: Sequence[Sample], wanted: int) -> Cell:
    """The median of the quiet slices; of the quietest half if there are too few quiet ones."""
    ordered = sorted(samples, key=lambda each: each["others"])
    enough = min(len(ordered), max(3, wanted // 2))
    kept = ordered[: max(_quiet(ordered), enough)]
    costs = [each["cpu"] / each["operations"] * 1e6 for each in kept]
    quarters = statistics.quantiles(costs, n=4) if len(costs) > 1 else [costs[0]] * 3
    grown = [each["grown"] for each in kept if "grown" in each]
    return Cell(
        cpu=statistics.median(costs),
        low=quarters[0],
        high=quarters[2],
        wall=statistics.median(each["wall"] / each["operations"] * 1e6 for each in kept),
        peak=max(each["peak"] for each in kept),
        kept=len(kept),
        taken=len(ordered),
        noise=max(each["others"] for each in kept),
        grown=max(grown) if grown else None,
    )
