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


def pack(places: Sequence[Place], bindings: Sequence[bytes]) -> Item:
    """The places of all parts as one position.

    Args:
        places: One for each part.
        bindings: What names each part.
    """
    return {
        _name(binding): {"BOOL": True} if place is DONE else {"M": place}
        for binding, place in zip(bindings, places, strict=True)
        if place is not None
    }


def unpack(position: Item, bindings: Sequence[bytes], names: Iterable[str]) -> list[Place]:
    """The places inside a position.

    Args:
        position: Of all parts.
        bindings: What names each part.
        names: The attributes of a key.

    Raises:
        InvalidCursorError: A part is unknown, or its key has other attributes than the index.
    """
    expected = sorted(names)
    numbers = {_name(binding): number for number, binding in enumerate(bindings)}
    places: list[Place] = [None] * len(bindings)
    for name, place in position.items():
        if name not in numbers:
            raise _invalid("it is of a query with other parts")
        if place == {"BOOL": True}:
            places[numbers[name]] = DONE
        elif sorted(place.get("M", ())) == expected:
            places[numbers[name]] = place["M"]
        else:
            raise _invalid("its key attributes are not those of the index")
    return places


def joint_binding(bindings: Iterable[bytes]) -> bytes:
    """What ties a cursor to several listings at once, in whatever order they come."""
    return hashlib.sha256(b"parts" + b"".join(sorted(bindings))).digest()[:16]


def _name(binding: bytes) -> str:
    return binding[:9].hex()


def _invalid(problem: str) -> InvalidCursorError:
    return InvalidCursorError(f"the cursor cannot be used: {problem}.")
