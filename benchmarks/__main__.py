"""``python -m benchmarks``: measure every client side by side on this machine.

One client at a time works, for a slice of 0.15 s, against a stub of the DynamoDB wire on another core; so all of them
are measured in the same minutes. What counts is CPU, user and system, an operation, and its ratio within one run.
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from benchmarks import machine
from benchmarks.ceiling import ceiling
from benchmarks.driver import Failure, Peer, Stub
from benchmarks.environments import ROOT, client_names, project, python_for
from benchmarks.measure import STREAM, Plan, measure
from benchmarks.report import OURS, markdown, publish
from benchmarks.works import GROUPS, WORKS, Work, choose

__all__ = ["main"]

_HERE = Path(__file__).parent
_LAST = _HERE / ".cache" / "last.json"

Results = dict[str, Any]


def _options(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    add = parser.add_argument
    add("--clients", default="", metavar="A,B", help="only these adapters of benchmarks/clients")
    add("--works", default="", metavar="A,B", help=f"only these works or tables; tables: {', '.join(GROUPS)}")
    add("--rounds", type=int, default=15, help="slices of each work for each client (default: %(default)s)")
    add("--seconds", type=float, default=0.15, help="length of a slice (default: %(default)s)")
    add("--patience", type=float, default=2.0, help="how many times the rounds to try on a noisy machine")
    add("--stream", type=int, default=STREAM, help="items of the long stream (default: %(default)s)")
    add("--loop", choices=["asyncio", "uvloop"], default="asyncio", help="event loop of the clients")
    add("--quick", action="store_true", help="the first two tables, 3 rounds: rough in about two minutes")
    add("--list", action="store_true", help="name the clients and works, and end")
    add("--prepare", action="store_true", help="make the clients' environments, and end")
    add("--profile", metavar="WORK", help="measure nothing, show where this library's CPU goes in that work")
    add("--render", type=Path, metavar="FILE", help="measure nothing, show the results in that file")
    add("--publish", action="store_true", help="write benchmarks/README.md, benchmarks/results/ and docs/assets/")
    return parser.parse_args(arguments)


def main(arguments: Sequence[str] | None = None) -> None:
    """Measure and print, as the options say."""
    options = _options(arguments)
    names = _clients([name for name in options.clients.split(",") if name])
    if options.list:
        print("clients:", *client_names(), "\nworks:", *WORKS, "\ntables:", *GROUPS, sep="  ")
        return
    if options.prepare:
        for name in names:
            python_for(name)
        return
    if options.profile:
        _profile(options)
        return
    results = json.loads(options.render.read_text()) if options.render else _run(names, options)
    print(markdown(results))
    if options.publish:
        _publish(results)


def _clients(wanted: Sequence[str]) -> list[str]:
    there = client_names()
    if unknown := set(wanted).difference(there):
        raise SystemExit(f"no such client: {', '.join(sorted(unknown))}; there are {', '.join(there)}")
    return [name for name in there if not wanted or name in wanted]


def _run(names: Sequence[str], options: argparse.Namespace) -> Results:
    works = choose([name for name in options.works.split(",") if name])
    if options.quick:
        works = [work for work in works if work.group in GROUPS[:2]]
    rounds = 3 if options.quick else options.rounds
    plan = Plan(rounds, options.seconds, options.patience, options.stream)
    client_core, stub_core = machine.cores()
    if client_core is None:
        _say("only one core: the stub's work will disturb the clients'")
    for name in names:
        python_for(name)
    with machine.pinned(stub_core), Stub(stub_core) as stub, (_HERE / ".cache" / "clients.log").open("w") as log:
        peers = [Peer(name, stub.endpoint, client_core, options.loop, log) for name in names]
        results = _measure_all(_started(peers), works, stub, plan, client_core)
    results |= {"loop": options.loop, "plan": {"rounds": plan.rounds, "seconds": plan.seconds}}
    _LAST.write_text(json.dumps(results, indent=1))
    return results


def _profile(options: argparse.Namespace) -> None:
    (work,) = choose([options.profile])
    if work.kind not in {"slice", "burst"}:
        raise SystemExit(f"{work.name} cannot be profiled; what runs against the stub can")
    client_core, stub_core = machine.cores()
    order = {"work": work.method, "arguments": dict(work.arguments), "in_flight": work.in_flight}
    with machine.pinned(stub_core), Stub(stub_core) as stub:
        for name in _clients([name for name in options.clients.split(",") if name] or [OURS]):
            peer = Peer(name, stub.endpoint, client_core, options.loop, sys.stderr)
            peer.start()
            stub.choose(work.variant, peer.dialect)
            rows = peer.order({"do": "profile", "seconds": 1.0, "rows": 40, **order})["rows"]
            peer.close()
            print(f"{peer.label}, {work.name}: own us, calls, us with callees, all an operation")
            for own, calls, whole, where in rows:
                print(f"{own:8.1f} {calls:8.1f} {whole:8.1f}  {where}")


def _started(peers: Sequence[Peer]) -> list[Peer]:
    ready = []
    for peer in peers:
        try:
            peer.start()
        except Failure as error:
            _say(f"{peer.name} does not start: {error} (see benchmarks/.cache/clients.log)")
        else:
            ready.append(peer)
    return ready


def _measure_all(peers: Sequence[Peer], works: Sequence[Work], stub: Stub, plan: Plan, core: int | None) -> Results:
    results: Results = {
        "date": datetime.now(UTC).date().isoformat(),
        "machine": machine.describe(),
        "clients": {peer.name: _about(peer) for peer in peers},
        "ceiling": ceiling(stub, core),
        "works": {},
    }
    start = time.monotonic()
    for number, work in enumerate(works, 1):
        _say(f"{time.monotonic() - start:5.0f} s  {number}/{len(works)}  {work.name}")
        results["works"][work.name] = measure(work, peers, stub, plan)
    for peer in peers:
        peer.close()
    return results


def _about(peer: Peer) -> dict[str, Any]:
    own = {"dynamorm-async": project()["version"]} if peer.name == OURS else {}
    return {"label": peer.label, "models": peer.models, "versions": peer.versions | own}


def _publish(results: Results) -> None:
    from benchmarks.plots import draw  # the drawing library is big, and only this needs it

    path = _HERE / "results" / f"{results['date']}.json"
    path.parent.mkdir(exist_ok=True)
    path.write_text(json.dumps(results, indent=1) + "\n")
    publish(results, _HERE / "README.md")
    for written in (path, _HERE / "README.md", *draw(results, ROOT / "docs" / "assets")):
        _say(f"wrote {written.relative_to(ROOT)}")


def _say(text: str) -> None:
    print(text, file=sys.stderr, flush=True)


if __name__ == "__main__":
    main()
