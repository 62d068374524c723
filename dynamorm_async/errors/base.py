"""The root of every error, and what became of a call."""

from __future__ import annotations

import enum
from collections.abc import Mapping
from typing import Any, ClassVar

__all__ = [
    "DOCUMENTATION",
    "DynamormError",
    "Outcome",
]

DOCUMENTATION = "docs/"
"""Where the documentation is: a folder of the repository. The only place that says so; a test holds it to
pyproject.toml, which would name another."""
_FACES = ("dynamorm_async.errors", "dynamorm_async.testing")
"""Where our errors are imported from, which is what a traceback should show."""


def _place(name: str) -> tuple[str, str]:
    """Where the documentation has a class, and how a traceback says it: not everybody has the repository at hand."""
    docs = f"{DOCUMENTATION}errors.md#{name.lower()}"
    return docs, f"See {docs}, or: python -m dynamorm_async errors {name}"


class Outcome(enum.Enum):
    """What became of a call that ended in an error.

    A read has no effect, so its outcome is always `NOT_APPLIED`; for a write the three differ:
    repeat after `NOT_APPLIED` freely, after `UNKNOWN` only if applying it twice is harmless.

    Example:
        >>> try:
        ...     await user.create()
        ... except DynamormError as error:
        ...     assert error.outcome is Outcome.NOT_APPLIED
    """

    APPLIED = "applied"
    NOT_APPLIED = "not applied"
    UNKNOWN = "unknown"


class DynamormError(Exception):
    """The root of every error of this library.

    Attributes:
        op: The operation as the caller named it (``"User.get"``) or as the wire does (``"GetItem"``).
        model: Name of the model class, when one is involved.
        table: Table name.  index: Index name.
        request_id: The service's request id (``x-amzn-RequestId``).
        attempts: How many requests were sent for this call.
        outcome: Whether a write took effect; see `Outcome`.
        hint: What to do about it, in one sentence.
        docs: Where the documentation says more: the page and the anchor of the error's class.

    Example:
        >>> try:
        ...     await User.get("acme", "9")
        ... except DynamormError as error:
        ...     print(error.hint)
    """

    __module__ = _FACES[0]

    default_hint: ClassVar[str | None] = None
    default_outcome: ClassVar[Outcome] = Outcome.NOT_APPLIED
    docs: ClassVar[str]
    _note: ClassVar[str]
    docs, _note = _place("DynamormError")

    def __init_subclass__(cls, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        for face in _FACES:
            if cls.__module__.startswith(f"{face}."):
                cls.__module__ = face
                cls.docs, cls._note = _place(cls.__name__)

    def __init__(
        self,
        message: str = "",
        *,
        op: str | None = None,
        model: str | None = None,
        table: str | None = None,
        index: str | None = None,
        request_id: str | None = None,
        attempts: int = 0,
        outcome: Outcome | None = None,
        hint: str | None = None,
    ) -> None:
        super().__init__(message)
        self.message = message
        self.op = op
        self.model = model
        self.table = table
        self.index = index
        self.request_id = request_id
        self.attempts = attempts
        self.outcome: Outcome = outcome or self.default_outcome
        self.hint: str | None = hint or self.default_hint
        self.add_note(self._note)

    @property
    def context(self) -> Mapping[str, object]:
        """The facts around the error that are set, by name."""
        names = ("op", "model", "table", "index", "request_id", "attempts")
        facts = {name: getattr(self, name) for name in names if getattr(self, name)}
        return facts | {"outcome": self.outcome.value}

    def _named(self, op: str) -> None:
        """Name it as the caller named the call: ``User.get``."""
        self.op = op
        self.model = self.model or op.rpartition(".")[0] or None

    def __str__(self) -> str:
        subject = self.op or self.model
        text = f"{subject}: {self.message}" if subject and not self.message.startswith(subject) else self.message
        return f"{text} {self.hint}" if self.hint else text
