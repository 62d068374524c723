"""The planner: which index serves a query, what becomes its key condition, and what is left to filter.

The order of the conditions never matters. Among the indexes that can serve, the one whose key uses most of the
conditions wins; at equal fit the table goes before local and local before global indexes.
"""

from __future__ import annotations

import enum
from collections.abc import Iterator
from typing import NoReturn

import attrs

from dynamorm_async._expr.conditions import Comparator, Compare, Condition, Never, Value, all_of, conjuncts
from dynamorm_async._expr.path import Path
from dynamorm_async._expr.slot import Slot
from dynamorm_async._ops.keyfit import KeyFit, conditions_by_attribute, fit
from dynamorm_async._ops.requests import ListRequest
from dynamorm_async._spec.fields import IndexKind, IndexSpec, Projection
from dynamorm_async.errors import (
    InvalidConsistencyError,
    InvalidOrderError,
    InvalidRequestError,
    ScanNotAllowedError,
)

__all__ = ["Candidate", "Operation", "Plan", "make_plan"]


class Operation(enum.Enum):
    """How a listing is carried out."""

    GET = "GetItem"
    QUERY = "Query"
    SCAN = "Scan"
    NOTHING = "nothing"
    """An empty ``in``: no item can match, so nothing is sent."""


@attrs.frozen(slots=True)
class Candidate:
    """An index the planner looked at, and why it serves or not."""

    index: IndexSpec
    accepted: bool
    reason: str


@attrs.frozen(slots=True)
class Plan:
    """What will be sent, and why."""

    request: ListRequest
    operation: Operation
    index: IndexSpec
    fit: KeyFit | None = None
    filter: Condition | None = None
    forward: bool = True
    candidates: tuple[Candidate, ...] = ()
    advice: tuple[tuple[str, str], ...] = ()
    """Pairs of code and text: what would make it better."""

    @property
    def reason(self) -> str:
        """Why this index."""
        return next((c.reason for c in self.candidates if c.index is self.index), "")


def make_plan(request: ListRequest) -> Plan:
    """Choose how to carry out a query or scan. Pure: the same request gives the same plan.

    Raises:
        ScanNotAllowedError: No key serves the query.
        InvalidOrderError: No index that serves it is in this order.
        InvalidConsistencyError: A consistent read of a global index was asked for.
        InvalidRequestError: The index asked for cannot serve it.
    """
    parts = tuple(conjuncts(request.condition))
    if any(isinstance(part, Never) for part in parts):
        return Plan(request, Operation.NOTHING, request.spec.primary)
    if request.scan:
        return _scan(request)
    if request.index is not None:
        return _forced(request, request.index, parts)
    return _chosen(request, parts)


def _scan(request: ListRequest) -> Plan:
    index = request.index or request.spec.primary
    _check_consistency(request, index)
    if request.order is not None:
        raise InvalidOrderError(
            "a scan has no order.",
            op=f"{request.spec.name}.scan",
            hint="Query an index by its partition key to have an order.",
        )
    if problem := _coverage(request, index):
        raise InvalidRequestError(problem, op=f"{request.spec.name}.scan", index=index.name)
    return Plan(request, Operation.SCAN, index, filter=_with_tag(request, request.condition))


def _forced(request: ListRequest, index: IndexSpec, parts: tuple[Condition, ...]) -> Plan:
    _check_consistency(request, index)
    found = fit(request.spec, index, parts)
    if isinstance(found, str):
        raise InvalidRequestError(
            f"index {index.handle!r} cannot serve the query: {found}.",
            op=f"{request.spec.name}.query",
            index=index.name,
            hint="Give each partition key attribute of the index with ==.",
        )
    problem = _order_problem(request, index, found) or _coverage(request, index)
    if problem:
        error = InvalidOrderError if _order_problem(request, index, found) else InvalidRequestError
        raise error(problem, op=f"{request.spec.name}.query", index=index.name)
    return _query(request, index, found, (Candidate(index, accepted=True, reason="asked for by index()"),))


def _chosen(request: ListRequest, parts: tuple[Condition, ...]) -> Plan:
    candidates: list[Candidate] = []
    best: tuple[tuple[int, int], IndexSpec, KeyFit] | None = None
    for rank, index in enumerate(_ranked(request)):
        found = fit(request.spec, index, parts)
        problem = found if isinstance(found, str) else _refusal(request, index, found)
        if isinstance(found, str) or problem:
            candidates.append(Candidate(index, accepted=False, reason=problem or ""))
            continue
        candidates.append(Candidate(index, accepted=True, reason=found.describe()))
        score = (found.score, -rank)
        if best is None or score > best[0]:
            best = (score, index, found)
    if best is None:
        _refuse(request, parts, candidates)
    return _query(request, best[1], best[2], tuple(candidates))


def _ranked(request: ListRequest) -> Iterator[IndexSpec]:
    spec = request.spec
    yield spec.primary
    yield from (index for index in spec.indexes if index.kind is IndexKind.LOCAL)
    yield from (index for index in spec.indexes if index.kind is IndexKind.GLOBAL)


def _query(request: ListRequest, index: IndexSpec, found: KeyFit, candidates: tuple[Candidate, ...]) -> Plan:
    rest = all_of(*found.rest) if found.rest else None
    forward = not (request.order and request.order.descending)
    plan = Plan(request, Operation.QUERY, index, found, _with_tag(request, rest), forward, candidates)
    # A tag needs no filter here: a GetItem's single item is checked when it is decoded.
    if index.kind is None and found.complete and rest is None and not found.residual:
        return attrs.evolve(plan, operation=Operation.GET, filter=None)
    return plan


def _with_tag(request: ListRequest, condition: Condition | None) -> Condition | None:
    if request.spec.discriminator is None:
        return condition
    name, tag = request.spec.discriminator
    slot = Slot(str, name)
    own = Compare(Comparator.EQ, Path((name,), slot), Value(tag, slot))
    return own if condition is None else all_of(condition, own)


# ---------------------------------------------------------------- why not


def _refusal(request: ListRequest, index: IndexSpec, found: KeyFit) -> str | None:
    if request.consistent and index.kind is IndexKind.GLOBAL:
        return "a global index has no consistent reads"
    return _coverage(request, index) or _order_problem(request, index, found)


def _coverage(request: ListRequest, index: IndexSpec) -> str | None:
    """Whether a global index holds all that is read; the service fetches the rest for a local one."""
    if index.kind is not IndexKind.GLOBAL or index.projection is Projection.ALL:
        return None
    held = projected(request, index)
    if request.select is None:
        wanted = {field.attribute for field in request.spec.fields}
    else:
        wanted = {path.attribute for path in request.select}
    missing = sorted(wanted - held)
    if not missing:
        return None
    return f"index {index.handle!r} does not hold {', '.join(missing)}; select() what it holds, or project ALL"


def projected(request: ListRequest, index: IndexSpec) -> set[str]:
    """The attributes that an index holds."""
    spec = request.spec
    keys = (*spec.primary.partition, *spec.primary.sort, *index.partition, *index.sort, *index.include)
    return {field.attribute for field in keys}


def _order_problem(request: ListRequest, index: IndexSpec, found: KeyFit) -> str | None:
    if request.order is None or request.order.path is None:
        return None
    attribute = str(request.order.path)
    ordering = found.order_attributes
    if attribute in ordering:
        return None
    by = f"it is in the order of {ordering[0]}" if ordering else "it has no order"
    return f"index {index.handle!r} cannot give the order of {attribute}: {by}"


def _check_consistency(request: ListRequest, index: IndexSpec) -> None:
    if request.consistent and index.kind is IndexKind.GLOBAL:
        raise InvalidConsistencyError(
            "a global index has no consistent reads.",
            op=f"{request.spec.name}.query",
            index=index.name,
            hint="Leave consistent() out, or query the table or a local index.",
        )


def _refuse(request: ListRequest, parts: tuple[Condition, ...], candidates: list[Candidate]) -> NoReturn:
    """Say which of the four possible mistakes it is."""
    operation = f"{request.spec.name}.query"
    usable = [(c, fit(request.spec, c.index, parts)) for c in candidates]
    matching = [(c, found) for c, found in usable if isinstance(found, KeyFit)]
    if request.consistent and any(c.index.kind is IndexKind.GLOBAL for c, _ in matching):
        raise InvalidConsistencyError(
            f"only global index {matching[0][0].index.handle!r} serves this query, and it has no consistent reads.",
            op=operation,
            hint="Leave consistent() out, or query by the table's own key.",
        )
    for candidate, found in matching:
        if problem := _order_problem(request, candidate.index, found):
            raise InvalidOrderError(
                problem + ".", op=operation, hint="Order by the sort key of the index, or sort the list in Python."
            )
    if matching:
        raise InvalidRequestError(matching[0][0].reason + ".", op=operation, index=matching[0][0].index.name)
    raise ScanNotAllowedError(
        "no key or index serves these conditions, and a query never turns into a scan by itself.",
        op=operation,
        hint=_missing_index_hint(request, parts),
    )


def _missing_index_hint(request: ListRequest, parts: tuple[Condition, ...]) -> str:
    equal = [name for name, found in conditions_by_attribute(parts).items() if found.equals is not None]
    fields = [request.spec.by_attribute[name].name for name in equal if name in request.spec.by_attribute]
    if fields:
        return f"Declare GlobalIndex({fields[0]}), or ask for {request.spec.name}.scan() by name."
    keys = request.spec.partition
    names = keys.template.fields if keys.template else (keys.name,)
    return f"Give the partition key ({', '.join(names)}) with ==, or ask for {request.spec.name}.scan() by name."
