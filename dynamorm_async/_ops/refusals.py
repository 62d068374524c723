"""Why a query cannot be planned, as the error that says so."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar, NoReturn

from dynamorm_async._expr.conditions import Comparator, Compare, Condition, In, Or, Value
from dynamorm_async._expr.path import Path
from dynamorm_async._expr.walk import paths_of
from dynamorm_async._ops.coverage import coverage_problem
from dynamorm_async._ops.keyfit import KeyFit, conditions_by_attribute
from dynamorm_async._ops.requests import ListRequest
from dynamorm_async._spec.fields import IndexKind, IndexSpec, ModelSpec
from dynamorm_async._struct import Discreet
from dynamorm_async.errors import (
    InvalidConsistencyError,
    InvalidOrderError,
    InvalidRequestError,
    ScanNotAllowedError,
)

__all__ = ["SORT_HERE", "Candidate", "check_consistency", "order_problem", "refusal", "refuse"]

SORT_HERE = "order_by(..., in_memory=n), which reads at most n items and sorts them here"
"""What there is for an order that no index has."""


class Candidate(Discreet, frozen=True):
    """An index the planner looked at, and why it serves or not."""

    hidden_fields: ClassVar[tuple[str, ...]] = ("fit",)

    index: IndexSpec
    accepted: bool
    reason: str
    fit: KeyFit | None = None


def refusal(request: ListRequest, index: IndexSpec, found: KeyFit) -> str | None:
    """Why an index whose key fits is not taken all the same."""
    if request.consistent and index.kind is IndexKind.GLOBAL:
        return "a global index has no consistent reads"
    if found.sparse:
        names = ", ".join(field.attribute for field in found.sparse)
        return f"items without {names} are not in index {index.handle!r}; add exists(), or ask for it by index()"
    return coverage_problem(request, index, (*found.rest, *found.residual)) or order_problem(request, index, found)


def order_problem(request: ListRequest, index: IndexSpec, found: KeyFit) -> str | None:
    """Why an index does not give the order that was asked for."""
    if request.order is None or request.order.path is None or request.order.in_memory is not None:
        return None
    attribute = str(request.order.path)
    ordering = found.order_attributes
    if attribute in ordering:
        return None
    by = f"it is in the order of {ordering[0]}" if ordering else "it has no order"
    return f"index {index.handle!r} cannot give the order of {attribute}: {by}"


def check_consistency(request: ListRequest, index: IndexSpec) -> None:
    """Refuse a consistent read of a global index.

    Raises:
        InvalidConsistencyError: It is one.
    """
    if request.consistent and index.kind is IndexKind.GLOBAL:
        raise InvalidConsistencyError(
            "a global index has no consistent reads.",
            op=f"{request.spec.name}.query",
            model=request.spec.name,
            index=index.name,
            hint="Leave consistent() out, or query the table or a local index.",
        )


def refuse(request: ListRequest, parts: tuple[Condition, ...], candidates: Sequence[Candidate]) -> NoReturn:
    """Say which of the possible mistakes it is.

    Raises:
        InvalidConsistencyError: Only a global index serves the query, and a consistent read was asked for.
        InvalidOrderError: No index that serves it is in this order.
        InvalidRequestError: The index that serves it does not hold what is read.
        ScanNotAllowedError: No index serves it.
    """
    name = request.spec.name
    operation = f"{name}.query"
    matching = [(candidate, candidate.fit) for candidate in candidates if candidate.fit is not None]
    if not matching:
        raise ScanNotAllowedError(
            "no key or index serves these conditions, and a query never turns into a scan by itself.",
            op=operation,
            model=name,
            hint=_or_hint(request, parts) or _missing_index_hint(request, parts),
        )
    first = matching[0][0]
    if request.consistent and all(candidate.index.kind is IndexKind.GLOBAL for candidate, _ in matching):
        raise InvalidConsistencyError(
            f"only global index {first.index.handle!r} serves this query, and it has no consistent reads.",
            op=operation,
            model=name,
            index=first.index.name,
            hint="Leave consistent() out, or query by the table's own key.",
        )
    for candidate, found in matching:
        if problem := order_problem(request, candidate.index, found):
            hint = _order_hint(request, matching)
            raise InvalidOrderError(problem + ".", op=operation, model=name, index=candidate.index.name, hint=hint)
    raise InvalidRequestError(first.reason + ".", op=operation, model=name, index=first.index.name)


def _order_hint(request: ListRequest, matching: Sequence[tuple[Candidate, KeyFit]]) -> str:
    """What to do for an order; where an index has it and is refused for another reason, that comes first."""
    for candidate, found in matching:
        if order_problem(request, candidate.index, found) is None:
            return f"Index {candidate.index.handle!r} has this order, but {candidate.reason}."
    return f"Order by the sort key of the index, or write {SORT_HERE}."


def _or_hint(request: ListRequest, parts: tuple[Condition, ...]) -> str | None:
    """That an OR of equal values is to be written with ``in_``, if a key begins with what is compared."""
    spec = request.spec
    asked = {field for index in (spec.primary, *spec.indexes) for field in index.partition}
    names = {name for field in asked for name in (field.template.fields if field.template else (field.name,))}
    for part in parts:
        name = _one_of_several(spec, part)
        if name in names:
            return f"Write {spec.name}.{name}.in_([...]) instead of the OR: each value is then asked for by key."
    return None


def _one_of_several(spec: ModelSpec, part: Condition) -> str | None:
    """The field that an OR says to equal one value or another."""
    if not isinstance(part, Or) or not all(_is_equality(one) for one in part.parts):
        return None
    paths = {path.segments for path in paths_of(part)}
    found = [field for field in spec.fields if paths == {(field.attribute,)}]
    return found[0].name if found else None


def _is_equality(part: Condition) -> bool:
    match part:
        case Compare(Comparator.EQ, Path(), Value()) | In(Path()):
            return True
        case _:
            return False


def _missing_index_hint(request: ListRequest, parts: tuple[Condition, ...]) -> str:
    equal = [name for name, found in conditions_by_attribute(parts).items() if found.equals is not None]
    fields = [request.spec.by_attribute[name].name for name in equal if name in request.spec.by_attribute]
    if fields:
        return f"Declare GlobalIndex({fields[0]}), or ask for {request.spec.name}.scan() by name."
    keys = request.spec.partition
    names = keys.template.fields if keys.template else (keys.name,)
    return f"Give the partition key ({', '.join(names)}) with ==, or ask for {request.spec.name}.scan() by name."
