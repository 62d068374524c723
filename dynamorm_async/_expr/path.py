"""A document path: which attribute, and where inside it."""

from __future__ import annotations

import attrs

from dynamorm_async._expr.slot import Slot

__all__ = ["Path"]


@attrs.frozen(slots=True)
class Path:
    """``home.city`` or ``scores[0]``, in attribute names as they are on the wire.

    A string segment is always one attribute name or map key, whatever characters it has.
    """

    segments: tuple[str | int, ...]
    slot: Slot = attrs.field(eq=False, repr=False)

    @property
    def attribute(self) -> str:
        """The top-level attribute."""
        return str(self.segments[0])

    def child(self, segment: str | int, slot: Slot) -> Path:
        """The path one step further in."""
        return Path((*self.segments, segment), slot)

    def overlaps(self, other: Path) -> bool:
        """Whether one path is the other, or lies inside it; DynamoDB refuses to update both at once."""
        shared = min(len(self.segments), len(other.segments))
        return self.segments[:shared] == other.segments[:shared]

    def __str__(self) -> str:
        head, *rest = self.segments
        return str(head) + "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in rest)
