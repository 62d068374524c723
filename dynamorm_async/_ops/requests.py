"""What the faces ask for, as frozen values. No name here is a wire name."""

from __future__ import annotations

from typing import Any, ClassVar

import msgspec

from dynamorm_async._expr.conditions import Condition
from dynamorm_async._expr.path import Path
from dynamorm_async._spec.fields import IndexSpec, ModelSpec
from dynamorm_async._struct import Discreet
from dynamorm_async.types import Item

__all__ = ["DEFAULT_PAGE_LIMIT", "SEGMENTS_LIMIT", "ListRequest", "Order", "PageKey", "Segment"]

DEFAULT_PAGE_LIMIT = 20
"""Items on a page that was asked for without a size."""
SEGMENTS_LIMIT = 1_000_000
"""Parts of a parallel scan. Source: API reference, Scan, TotalSegments."""


class Order(msgspec.Struct, frozen=True):
    """By which field, and in which direction."""

    path: Path | None = None
    """None: by the sort key of whichever index serves the query."""
    descending: bool = False
    in_memory: int | None = None
    """Where no index has this order: how many items may be read to be sorted here; None for none at all."""


class Segment(msgspec.Struct, frozen=True):
    """One part of a parallel scan."""

    number: int
    total: int


class PageKey(Discreet, frozen=True):
    """Where a listing goes on: the key after which the service starts to read."""

    hidden_fields: ClassVar[tuple[str, ...]] = ("key",)

    key: Item


class ListRequest(msgspec.Struct, frozen=True):
    """A query, or a scan if ``scan`` says so."""

    spec: ModelSpec
    condition: Condition | None = None
    scan: bool = False
    index: IndexSpec | None = None
    order: Order | None = None
    limit: int | None = None
    """How many matching items at most."""
    page_size: int | None = None
    """How many items the service reads for one request, at most."""
    consistent: bool = False
    select: tuple[Path, ...] | None = None
    into: type[Any] | None = None
    """The class that what is selected becomes; the model itself for partial instances, None for tuples."""
    complete: bool = False
    """Whether to read from the table what an index lacks."""
    current: bool = False
    """Whether to do that with strong consistency."""
    segment: Segment | None = None
    segments: int = 1
    """How many workers a streamed scan has."""
