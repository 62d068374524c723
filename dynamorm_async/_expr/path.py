"""A document path: which attribute, and where inside it."""

from __future__ import annotations

from typing import ClassVar

from dynamorm_async._expr.slot import Slot
from dynamorm_async._struct import Discreet

__all__ = ["Path"]


class Path(Discreet, frozen=True):
    """``home.city`` or ``scores[0]``, in attribute names as they are on the wire.

    A string segment is always one attribute name or map key, whatever characters it has.
    """

    hidden_fields: ClassVar[tuple[str, ...]] = ("slot", "top")

    segments: tuple[str | int, ...]
    slot: Slot
    top: Slot | None = None
    """Of a path inside an attribute, the attribute's own slot, by which a model knows its fields."""

    def __eq__(self, other: object) -> bool:
        return self.segments == other.segments if type(other) is Path else NotImplemented

    def __hash__(self) -> int:
        return hash(self.segments)

    @property
    def origin(self) -> Slot:
        """The slot of the top-level attribute."""
        return self.top or self.slot

    @property
    def attribute(self) -> str:
        """The top-level attribute."""
        return str(self.segments[0])

    def child(self, segment: str | int, slot: Slot) -> Path:
        """The path one step further in."""
        return Path((*self.segments, segment), slot, self.top or self.slot)

    def overlaps(self, other: Path) -> bool:
        """Whether one path is the other, or lies inside it; DynamoDB refuses to update both at once."""
        shared = min(len(self.segments), len(other.segments))
        return self.segments[:shared] == other.segments[:shared]

    def __str__(self) -> str:
        head, *rest = self.segments
        return str(head) + "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in rest)
