"""What flows want to be known: as events for observers, and advice as a warning at the caller's line too."""

from __future__ import annotations

import logging
import sys
import warnings
from collections.abc import Callable
from types import FrameType

from dynamorm_async._ops.effects import Advised, LeftOut, Settled
from dynamorm_async.events import Advice, DynamormAdvice, Event, ItemsLeftOut, WriteSettled

__all__ = ["advise", "announce", "place_of_caller", "remark"]

_log = logging.getLogger("dynamorm_async")
_OURS = ("dynamorm_async.", "contextlib")
"""Modules whose lines are not the caller's; what leaves a block of ours goes through `contextlib`."""
_MACHINERY = ("asyncio.", "anyio.", "uvloop.", "concurrent.")


def announce(effect: Advised | LeftOut | Settled, notify: Callable[[Event], None]) -> None:
    """Tell what a flow has met."""
    if isinstance(effect, Advised):
        remark(effect.code, effect.text, effect.model, notify)
    elif isinstance(effect, LeftOut):
        notify(ItemsLeftOut(effect.model, effect.index, effect.count))
    else:
        notify(WriteSettled(effect.operation, effect.table))


def advise(code: str, text: str, model: str, notify: Callable[[Event], None]) -> None:
    """Tell the observers of something that could be better, and the caller by a warning whose place is his line."""
    notify(Advice(code, text, model))
    level, _ = _outside()
    warnings.warn(DynamormAdvice(code, f"{model}: {text}"), stacklevel=level)


def remark(code: str, text: str, model: str, notify: Callable[[Event], None]) -> None:
    """As `advise`, while or after a write is sent, whose outcome no advice may hide: as an error it is only logged."""
    try:
        advise(code, text, model, notify)
    except DynamormAdvice as advice:
        _log.warning("%s", advice)


def place_of_caller() -> str | None:
    """``file:line`` of the caller's own code; None in a task whose stack does not have it."""
    _, frame = _outside()
    if frame is None or f"{frame.f_globals.get('__name__', '')}.".startswith(_MACHINERY):
        return None
    return f"{frame.f_code.co_filename}:{frame.f_lineno}"


def _outside() -> tuple[int, FrameType | None]:
    """How many frames up from whoever asks the caller's own code is, and its frame."""
    level, frame = 1, sys._getframe(1)  # what `warnings` does with its stacklevel, which must be found first
    while frame.f_back is not None and frame.f_globals.get("__name__", "").startswith(_OURS):
        level, frame = level + 1, frame.f_back
    return level, frame
