"""What an index holds, and what a listing reads."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from dynamorm_async._expr.conditions import Condition
from dynamorm_async._expr.path import Path
from dynamorm_async._expr.slot import Slot
from dynamorm_async._expr.walk import attributes_of
from dynamorm_async._ops.requests import ListRequest
from dynamorm_async._spec.fields import FieldSpec, IndexKind, IndexSpec, ModelSpec, Projection

__all__ = ["coverage_problem", "fetches_to_test", "held", "key_fields", "lacking", "read_paths"]


def key_fields(spec: ModelSpec, index: IndexSpec) -> tuple[FieldSpec, ...]:
    """The fields whose values make a position in an index: the table's key and the index's."""
    fields = (*spec.primary.partition, *spec.primary.sort, *index.partition, *index.sort)
    return tuple(dict.fromkeys(fields))


def held(spec: ModelSpec, index: IndexSpec) -> frozenset[str]:
    """The attributes that an index with a projection holds."""
    return frozenset(field.attribute for field in (*key_fields(spec, index), *index.include))


def coverage_problem(request: ListRequest, index: IndexSpec, tests: Iterable[Condition]) -> str | None:
    """Why an index does not hold what is read and tested; None if it does, or if the table is to complete it."""
    missing = () if request.complete else lacking(request, index, tests)
    if not missing:
        return None
    what = f"index {index.handle!r} does not hold {', '.join(missing)}"
    return f"{what}; select() what it holds, complete() it from the table, or project ALL"


def lacking(request: ListRequest, index: IndexSpec, tests: Iterable[Condition]) -> tuple[str, ...]:
    """What is read or tested and an index does not hold.

    The service fetches from the table what is *selected* and a local index lacks. What a filter looks at it does
    not fetch; there a filter would silently take every item for one without the attribute.
    """
    if index.kind is None or index.projection is Projection.ALL:
        return ()
    tested = {name for test in tests for name in attributes_of(test)}
    if request.spec.discriminator is not None:
        tested.add(request.spec.discriminator[0])
    if index.kind is IndexKind.LOCAL:
        # All attributes are asked for then, so the filter sees the whole item.
        wanted = set[str]() if request.select is None else tested
    else:
        wanted = tested | selected(request)
    return tuple(sorted(wanted - held(request.spec, index)))


def fetches_to_test(spec: ModelSpec, index: IndexSpec, test: Condition | None) -> bool:
    """Whether a filter looks at what a local index lacks: right only while the service fetches whole items for it."""
    if index.kind is None or index.projection is Projection.ALL or test is None:
        return False
    return not attributes_of(test) <= held(spec, index)


def selected(request: ListRequest) -> set[str]:
    """The top-level attributes that a listing returns."""
    if request.select is None:
        return {field.attribute for field in request.spec.fields}
    return {path.attribute for path in (*request.select, *_sorted_by(request))}


def _sorted_by(request: ListRequest) -> tuple[Path, ...]:
    """What is looked at to sort here."""
    order = request.order
    return () if order is None or order.in_memory is None or order.path is None else (order.path,)


def read_paths(request: ListRequest, index: IndexSpec, tests: Iterable[Condition], *, tag: bool) -> tuple[Path, ...]:
    """What a projection must name: the selection, what is tested here, and the keys that a cursor needs.

    A projection drops the positions of list elements, so a list is read whole and reached into here. And it may not
    name a path twice, or one inside another.
    """
    wanted = [*_whole_lists((*(request.select or ()), *_sorted_by(request)))]
    wanted += [field.path for field in key_fields(request.spec, index)]
    wanted += [_top(request.spec, name) for test in tests for name in sorted(attributes_of(test))]
    if tag and request.spec.discriminator is not None:
        wanted.append(_top(request.spec, request.spec.discriminator[0]))
    named = {path.segments for path in wanted}
    unique = {path.segments: path for path in wanted}
    return tuple(path for segments, path in unique.items() if not _inside_another(segments, named))


def _inside_another(segments: tuple[str | int, ...], named: set[tuple[str | int, ...]]) -> bool:
    return any(segments[:length] in named for length in range(1, len(segments)))


def _whole_lists(paths: Iterable[Path]) -> Iterator[Path]:
    for path in paths:
        end = next((at for at, segment in enumerate(path.segments) if isinstance(segment, int)), None)
        yield path if end is None else Path(path.segments[:end], path.slot)


def _top(spec: ModelSpec, name: str) -> Path:
    field = spec.by_attribute.get(name)
    return field.path if field else Path((name,), Slot(str, name))
