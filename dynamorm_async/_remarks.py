"""What is told of a listing: its plan and what would be better when it begins, and at its end if it was wasteful."""

from __future__ import annotations

from typing import Any, TypeAlias

from dynamorm_async._ops.advice import Hint, efficiency_advice, following_advice
from dynamorm_async._ops.fanout import FanListing
from dynamorm_async._ops.listing import Listing
from dynamorm_async._ops.render import table_name
from dynamorm_async._ops.sorting import SortedListing
from dynamorm_async._recent import just_wrote
from dynamorm_async._runner import Runner
from dynamorm_async._spec.fields import IndexKind, ModelSpec
from dynamorm_async._telling import advise
from dynamorm_async.events import PlanChosen

__all__ = ["AnyListing", "tell_beginning", "tell_end"]

AnyListing: TypeAlias = Listing[Any] | FanListing[Any] | SortedListing[Any]
"""One listing, or several that answer as one."""


def tell_beginning(runner: Runner, listing: AnyListing, *, waits: bool = False) -> None:
    """A listing is about to be read: observers are told of its plan, and everybody of what would be better.

    Args:
        runner: The session's.
        listing: What is read.
        waits: Whether it is read until an index has caught up, which is what the advice on one asks for.
    """
    plan = listing.first.plan
    spec = plan.request.spec
    if runner.observers:
        runner.notify(PlanChosen(spec.name, plan.operation.value, plan.index.name, plan.reason))
    if runner.settings.tenant is None:
        # Elsewhere part of the conditions is the session's, and the caller can do nothing about it.
        _advise(runner, spec, plan.advice)
    follows = plan.index.kind is IndexKind.GLOBAL and not waits
    if follows and just_wrote(table_name(spec, runner.settings), runner.clock):
        _advise(runner, spec, following_advice(plan.index))


def tell_end(runner: Runner, listing: AnyListing) -> None:
    """It was read as far as was wanted: everybody is told if that was much for little."""
    parts = listing.parts
    returned, scanned = sum(part.returned for part in parts), sum(part.scanned for part in parts)
    _advise(runner, listing.first.plan.request.spec, efficiency_advice(returned, scanned))


def _advise(runner: Runner, spec: ModelSpec, hints: tuple[Hint, ...]) -> None:
    for code, text in hints:
        advise(code, text, spec.name, runner.notify)
