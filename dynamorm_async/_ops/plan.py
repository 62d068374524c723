"""The planner: which index serves a query, what becomes its key condition, and what is left to filter.

The order of the conditions never matters. Among the indexes that can serve, the one whose key uses most of the
conditions wins; at equal fit the table goes before local and local before global indexes.
"""

from __future__ import annotations

import enum
from collections.abc import Iterator

import msgspec

from dynamorm_async._expr.conditions import Comparator, Compare, Condition, Never, Value, all_of, conjuncts
from dynamorm_async._expr.path import Path
from dynamorm_async._expr.slot import Slot
from dynamorm_async._expr.walk import attributes_of
from dynamorm_async._ops.advice import Hint, filter_advice, scan_advice
from dynamorm_async._ops.coverage import coverage_problem, held, lacking
from dynamorm_async._ops.keyfit import KeyFit, fit
from dynamorm_async._ops.refusals import (
    SORT_HERE,
    Candidate,
    check_consistency,
    order_problem,
    refusal,
    refuse,
)
from dynamorm_async._ops.requests import ListRequest
from dynamorm_async._spec.fields import IndexKind, IndexSpec, ModelSpec, Projection
from dynamorm_async.errors import InvalidOrderError, InvalidRequestError

__all__ = ["Candidate", "Operation", "Plan", "make_plan", "own_tag", "scan_filter", "with_tag"]


class Operation(enum.Enum):
    """How a listing is carried out."""

    GET = "GetItem"
    QUERY = "Query"
    SCAN = "Scan"
    NOTHING = "nothing"
    """An empty ``in``: no item can match, so nothing is sent."""


class Plan(msgspec.Struct, frozen=True):
    """What will be sent, and why."""

    request: ListRequest
    operation: Operation
    index: IndexSpec
    fit: KeyFit | None = None
    filter: Condition | None = None
    forward: bool = True
    candidates: tuple[Candidate, ...] = ()
    advice: tuple[Hint, ...] = ()

    def __repr__(self) -> str:
        return f"<Plan: {self.operation.value} of {self.request.spec.name} on {self.index.handle}>"

    """What would make it better."""

    @property
    def reason(self) -> str:
        """Why this index."""
        return next((c.reason for c in self.candidates if c.index is self.index), "")

    @property
    def completes(self) -> bool:
        """Whether what the index lacks comes from the table."""
        request = self.request
        return request.complete and bool(lacking(request, self.index, conjuncts(request.condition)))

    @property
    def sorts_here(self) -> bool:
        """Whether the order is made here, in memory."""
        order = self.request.order
        return order is not None and order.in_memory is not None and not _ordered(self.request, self.fit)

    @property
    def residual(self) -> tuple[Condition, ...]:
        """What is tested here, because the service takes no filter on key attributes."""
        return self.fit.residual if self.fit else ()


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
        return _scan(request, parts)
    if request.index is not None:
        return _forced(request, request.index, parts)
    return _chosen(request, parts)


def _scan(request: ListRequest, parts: tuple[Condition, ...]) -> Plan:
    index = request.index or request.spec.primary
    check_consistency(request, index)
    if request.order is not None and request.order.in_memory is None:
        raise InvalidOrderError(
            "a scan has no order.",
            op=f"{request.spec.name}.scan",
            model=request.spec.name,
            hint=f"Query an index by its partition key to have an order, or write {SORT_HERE}.",
        )
    if problem := coverage_problem(request, index, parts):
        raise InvalidRequestError(problem, op=f"{request.spec.name}.scan", model=request.spec.name, index=index.name)
    could = [(other, fit(request.spec, other, parts)) for other in _ranked(request)] if parts else []
    serving = [other for other, found in could if isinstance(found, KeyFit) and not refusal(request, other, found)]
    filter_ = scan_filter(request, index)
    return Plan(request, Operation.SCAN, index, filter=filter_, advice=scan_advice(serving))


def _forced(request: ListRequest, index: IndexSpec, parts: tuple[Condition, ...]) -> Plan:
    name = request.spec.name
    operation = f"{name}.query"
    check_consistency(request, index)
    found = fit(request.spec, index, parts)
    if isinstance(found, str):
        raise InvalidRequestError(
            f"index {index.handle!r} cannot serve the query: {found}.",
            op=operation,
            model=name,
            index=index.name,
            hint="Give each partition key attribute of the index with ==.",
        )
    if problem := order_problem(request, index, found):
        raise InvalidOrderError(problem + ".", op=operation, model=name, index=index.name)
    if problem := coverage_problem(request, index, (*found.rest, *found.residual)):
        raise InvalidRequestError(problem + ".", op=operation, model=name, index=index.name)
    found = _completed(request, index, found)
    return _query(request, Candidate(index, accepted=True, reason="asked for by index()", fit=found), found, ())


def _chosen(request: ListRequest, parts: tuple[Condition, ...]) -> Plan:
    candidates: list[Candidate] = []
    best: tuple[tuple[int, bool, bool, int], Candidate, KeyFit] | None = None
    for rank, index in enumerate(_ranked(request)):
        found = fit(request.spec, index, parts)
        if isinstance(found, str):
            candidates.append(Candidate(index, accepted=False, reason=found))
            continue
        problem = refusal(request, index, found)
        found = _completed(request, index, found)
        candidate = Candidate(index, problem is None, problem or found.describe(), found)
        candidates.append(candidate)
        score = (found.score, *_readiness(request, index, found), -rank)
        if problem is None and (best is None or score > best[0]):
            best = (score, candidate, found)
    if best is None:
        refuse(request, parts, candidates)
    return _query(request, best[1], best[2], candidates)


def _readiness(request: ListRequest, index: IndexSpec, found: KeyFit) -> tuple[bool, bool]:
    """At equal fit: an index that needs no completing before one that does, and one in the order that is wanted."""
    whole = not request.complete or not lacking(request, index, (*found.rest, *found.residual))
    return whole, _ordered(request, found)


def _ordered(request: ListRequest, found: KeyFit | None) -> bool:
    """Whether what an index gives is in the order asked for."""
    if request.order is None or request.order.path is None:
        return True
    return found is not None and str(request.order.path) in found.order_attributes


def _completed(request: ListRequest, index: IndexSpec, found: KeyFit) -> KeyFit:
    """What an index is to be asked if the table completes it: conditions on what it lacks are tested afterwards."""
    if not request.complete or not lacking(request, index, (*found.rest, *found.residual)):
        return found
    known = held(request.spec, index)
    rest = tuple(part for part in found.rest if attributes_of(part) <= known)
    later = tuple(part for part in found.rest if not attributes_of(part) <= known)
    return msgspec.structs.replace(found, rest=rest, residual=(*found.residual, *later))


def _ranked(request: ListRequest) -> Iterator[IndexSpec]:
    spec = request.spec
    yield spec.primary
    yield from (index for index in spec.indexes if index.kind is IndexKind.LOCAL)
    yield from (index for index in spec.indexes if index.kind is IndexKind.GLOBAL)


def _query(
    request: ListRequest, chosen: Candidate, found: KeyFit, candidates: tuple[Candidate, ...] | list[Candidate]
) -> Plan:
    rest = all_of(*found.rest) if found.rest else None
    looked_at = tuple(candidates) or (chosen,)
    if chosen.index.kind is None and found.complete and rest is None and not found.residual:
        # A tag needs no filter here: the one item is looked at when it comes.
        return Plan(request, Operation.GET, chosen.index, found, candidates=looked_at)
    forward = not (request.order and request.order.descending and _in_index_order(request, found))
    others = [(c.index, c.fit) for c in candidates if c.accepted and c.fit is not None and c is not chosen]
    advice = filter_advice(found, others)
    tagged = with_tag(request, chosen.index, rest)
    return Plan(request, Operation.QUERY, chosen.index, found, tagged, forward, looked_at, advice)


def _in_index_order(request: ListRequest, found: KeyFit) -> bool:
    return request.order is None or request.order.in_memory is None or _ordered(request, found)


def scan_filter(request: ListRequest, index: IndexSpec) -> Condition | None:
    """What a scan drops: all that does not match, or as much of it as an index can tell that the table completes."""
    condition = request.condition
    if condition is not None and request.complete and lacking(request, index, (condition,)):
        known = held(request.spec, index)
        parts = [part for part in conjuncts(condition) if attributes_of(part) <= known]
        condition = all_of(*parts) if parts else None
    return with_tag(request, index, condition)


def with_tag(request: ListRequest, index: IndexSpec, condition: Condition | None) -> Condition | None:
    """The filter, with the tag of the model where several share the table and the index has it."""
    if request.spec.discriminator is None:
        return condition
    name, _ = request.spec.discriminator
    if request.complete and index.projection is not Projection.ALL and name not in held(request.spec, index):
        return condition
    (own,) = own_tag(request.spec)
    return own if condition is None else all_of(condition, own)


def own_tag(spec: ModelSpec) -> tuple[Condition, ...]:
    """The condition that an item is of this model, where models are told apart by a tag."""
    if spec.discriminator is None:
        return ()
    name, tag = spec.discriminator
    slot = Slot(str, name)
    return (Compare(Comparator.EQ, Path((name,), slot), Value(tag, slot)),)
