"""What is wrong with one value, before anybody knows which model and field it belongs to."""

from __future__ import annotations

from collections.abc import Iterable

from dynamorm_async.errors import DecodeError, ValidationError

__all__ = ["BadValueError"]


_NEXT = ". "


class BadValueError(ValueError):
    """One or more faults inside a value, each with the path that leads to it.

    A text is a sentence that says what is wrong, and where it helps another that says what to do.

    Raised by everything below the codec's face, which turns it into the caller's error. It never holds the value.

    Attributes:
        __cause__: The error of a user's hook, if one is behind it; it is passed on.
        entries: ``(path, text)`` pairs; a path is a chain of ``.name``, ``[0]`` and ``[key 0]`` steps. Map keys are
            data, so a path names their position.
    """

    def __init__(self, text: str, entries: Iterable[tuple[str, str]] = ()) -> None:
        self.entries = tuple(entries) or (("", text),)
        super().__init__(text)

    @classmethod
    def join(cls, faults: Iterable[BadValueError]) -> BadValueError:
        """One error with the entries of several."""
        faults = list(faults)
        joined = cls(str(faults[0]), [entry for fault in faults for entry in fault.entries])
        joined.__cause__ = next((fault.__cause__ for fault in faults if fault.__cause__), None)
        return joined

    def at(self, step: str) -> BadValueError:
        """The same faults, seen from one step further out."""
        moved = BadValueError(str(self), ((step + path, text) for path, text in self.entries))
        moved.__cause__ = self.__cause__
        return moved

    def validation_error(self, label: str, *, model: str | None = None, op: str | None = None) -> ValidationError:
        """The error for a value that cannot be stored; ``label`` is where paths begin (``User.home``)."""
        errors = [(label + path, text) for path, text in self.entries]
        told = [(path, *text.partition(_NEXT)[::2]) for path, text in errors]
        # One advice is the whole error's; with several, each stays with its own fault.
        hint = told[0][2] if len(told) == 1 else None
        message = f"{told[0][0]}: {told[0][1]}." if hint else ""
        return ValidationError(message, errors=errors, model=model, op=op, hint=hint)

    def decode_error(self, label: str, *, model: str | None = None) -> DecodeError:
        """The error for a stored value that does not fit; ``label`` is as in ``validation_error``."""
        path, text = self.entries[0]
        inside = (label + path).removeprefix(f"{model}.")
        return DecodeError(f"{label}{path}: {text}", path=inside, model=model)
