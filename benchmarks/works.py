"""What is measured: every work by name, grouped as the tables are."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Literal

import attrs

from benchmarks import item

__all__ = ["GROUPS", "WORKS", "Kind", "Work", "choose"]

Kind = Literal["slice", "burst", "local", "stream", "cold"]


@attrs.frozen
class Work:
    """One column of a table."""

    name: str
    """As in ``--works``."""
    title: str
    group: str
    method: str
    """The adapter's method."""
    kind: Kind = "slice"
    in_flight: int = 1
    arguments: Mapping[str, Any] = attrs.field(factory=dict)
    variant: str = "standard"
    """What the stub answers with; see `benchmarks.replies.replies`."""
    items: int = 1
    """How many operations one call counts for."""
    share: float = 1.0
    """Which part of the usual number of slices is enough; long works need fewer."""


def _table() -> Iterator[Work]:
    for many in (1, 32, 256):
        yield Work(f"get-{many}", f"get, {many}", "table", "get", in_flight=many)
    yield Work("put-32", "put, 32", "table", "put", in_flight=32)
    yield Work("query-100", "query 100", "table", "query")
    yield Work("query-1mb", "query 1 MB", "table", "query", variant="megabyte", share=0.6)
    yield Work("batch-get-100", "batch-get 100", "table", "batch_get")
    yield Work("batch-write-25", "batch-write 25", "table", "batch_write")
    yield Work("transact-4", "transact 4", "table", "transact")


def _codec() -> Iterator[Work]:
    yield Work("decode", "decode an item", "codec", "decode", "local", items=item.INDEXED)
    yield Work("encode", "encode an item", "codec", "encode", "local")


def _cold() -> Iterator[Work]:
    yield Work("import", "import", "cold", "import", "cold", share=0.6)
    yield Work("first-get", "import and first get", "cold", "get", "cold", share=0.6)


def _growth() -> Iterator[Work]:
    for size in (1, 10, 100):
        title = f"{size} KB"
        yield Work(f"get-{size}kb", f"get, {title}", "size", "get", in_flight=8, variant=f"size-{size}", share=0.4)
    for size in (1, 10, 100):
        arguments = {"kilobytes": size}
        yield Work(f"put-{size}kb", f"put, {size} KB", "size", "put", in_flight=8, arguments=arguments, share=0.4)
    for width in item.WIDTHS:
        yield Work(
            f"get-wide-{width}",
            f"{width} attributes",
            "attributes",
            "get_wide",
            in_flight=8,
            arguments={"width": width},
            variant=f"wide-{width}",
            share=0.4,
        )
    for many, share in ((10, 0.6), (100, 0.6), (1000, 0.3), (10000, 0.15)):
        yield Work(f"burst-{many}", f"{many} at once", "concurrency", "get", "burst", many, share=share)


def _memory() -> Iterator[Work]:
    yield Work("stream", "a stream of 1 million items", "memory", "stream", "stream", variant="stream", share=0.05)


WORKS: Mapping[str, Work] = {
    work.name: work for works in (_table(), _codec(), _cold(), _growth(), _memory()) for work in works
}
"""Every work by name, in the order of the tables."""

GROUPS = tuple(dict.fromkeys(work.group for work in WORKS.values()))
"""The tables."""


def choose(names: list[str]) -> list[Work]:
    """The works of those names, where a group's name stands for all in it; all of them for no name."""
    unknown = [name for name in names if name not in WORKS and name not in GROUPS]
    if unknown:
        raise SystemExit(f"no such work: {', '.join(unknown)}; there are {', '.join((*GROUPS, *WORKS))}")
    return [work for work in WORKS.values() if not names or work.name in names or work.group in names]
