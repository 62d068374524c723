"""Lets a session look at the requests that it sends."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence

from dynamorm_async._ops.partitions import PartitionCounts
from dynamorm_async._ops.render import table_name
from dynamorm_async._runner import Runner
from dynamorm_async._spec.fields import ModelSpec
from dynamorm_async._spec.registry import registry
from dynamorm_async._telling import remark
from dynamorm_async.transports.watching import WatchingTransport

__all__ = ["PartitionCounts", "watched_by"]


def watched_by(runner: Runner, counts: PartitionCounts) -> None:
    """Look at what a runner sends from now on, and advise where it could be spread better or cost less."""

    def tell(code: str, text: str, model: str) -> None:
        remark(code, text, model, runner.notify)

    runner.transport = WatchingTransport(runner.transport, counts, _Tables(runner), runner.clock, tell)


class _Tables:
    """The models of a table, looked up anew when models were added."""

    def __init__(self, runner: Runner) -> None:
        self._runner = runner
        self._known: tuple[ModelSpec, ...] = ()
        self._by_table: defaultdict[str, list[ModelSpec]] = defaultdict(list)

    def __call__(self, table: str) -> Sequence[ModelSpec]:
        specs, settings = tuple(registry), self._runner.settings
        if specs != self._known:
            self._known = specs
            self._by_table.clear()
            for spec in specs:
                if spec.table.name or settings.default_table:
                    self._by_table[table_name(spec, settings)].append(spec)
        return self._by_table.get(table, ())
