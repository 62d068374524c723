"""Who called: errors name the model and the operation as the caller wrote them."""

from __future__ import annotations

from collections.abc import Generator
from contextlib import contextmanager
from typing import Protocol

import msgspec

from dynamorm_async.errors import DynamormError

__all__ = ["Called", "Caller", "named_by"]


class Caller(Protocol):
    """What was called, in the caller's words."""

    def _name(self, error: DynamormError) -> None:
        """Let an error say what was called."""
        ...


class Called(msgspec.Struct, frozen=True):
    """A call that has no handle of its own.

    Attributes:
        text: As the caller wrote it: ``User.refresh``.
    """

    text: str

    def _name(self, error: DynamormError) -> None:
        error._named(self.text)


@contextmanager
def named_by(caller: Caller) -> Generator[None]:
    """Let errors inside say what was called, where there is no flow that a runner could name them of."""
    try:
        yield
    except DynamormError as error:
        caller._name(error)
        raise
