"""Positions of several readings in one cursor."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence

from dynamorm_async.errors import InvalidCursorError
from dynamorm_async.types import Item

__all__ = ["DONE", "Place", "joint_binding", "pack", "unpack"]

DONE = True
"""The place of a part that has been read to its end."""
Place = Item | bool | None
"""The key after which a part goes on; None for its beginning, `DONE` for its end."""


def pack(places: Sequence[Place]) -> Item:
    """The places of all parts as one position."""
    return {
        str(number): {"BOOL": True} if place is DONE else {"M": place}
        for number, place in enumerate(places)
        if place is not None
    }


def unpack(position: Item, names: Iterable[str], total: int) -> list[Place]:
    """The places inside a position.

    Raises:
        InvalidCursorError: A part is unknown, or its key has other attributes than the index.
    """
    expected = sorted(names)
    places: list[Place] = [None] * total
    for number, place in position.items():
        if not number.isdecimal() or int(number) >= total:
            raise _invalid("it is of a query with other parts")
        if place == {"BOOL": True}:
            places[int(number)] = DONE
        elif sorted(place.get("M", ())) == expected:
            places[int(number)] = place["M"]
        else:
            raise _invalid("its key attributes are not those of the index")
    return places


def joint_binding(bindings: Iterable[bytes]) -> bytes:
    """What ties a cursor to several listings at once."""
    digest = hashlib.sha256(b"parts")
    for binding in bindings:
        digest.update(len(binding).to_bytes(2, "big") + binding)
    return digest.digest()[:16]


def _invalid(problem: str) -> InvalidCursorError:
    return InvalidCursorError(f"the cursor cannot be used: {problem}.", hint="Start again without a cursor.")
