"""What a scene has to show: rows, and the lines that say how they were come by."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TypeAlias

import attrs

from dynamorm_async.cli.demo.models import City, Country, Position
from dynamorm_async.errors import CancellationReason

__all__ = ["Answer", "Row", "city_row", "place", "reason_rows", "write_row"]

Row: TypeAlias = Mapping[str, object]
"""Cells by heading. Whole numbers are printed as such, everything else as text."""


@attrs.frozen(slots=True)
class Answer:
    """What a scene found out.

    Attributes:
        rows: To be printed as a table; all have the same headings.
        plans: How it was done: the summary of ``explain()`` of a query, and `in_words` of another request.
        remark: To be printed under the rows.
    """

    rows: Sequence[Row]
    plans: tuple[str, ...] = ()
    remark: str = ""


def city_row(city: City) -> Row:
    """The cells of a city."""
    return {
        "city": city.name,
        "country": city.country,
        "population": city.population,
        "time zone": city.timezone,
        "position": place(city.position),
    }


def place(position: Position) -> str:
    """A position as on a map: ``35.69° N 139.69° E``."""
    latitude, longitude = position.latitude, position.longitude
    north, east = "N" if latitude >= 0 else "S", "E" if longitude >= 0 else "W"
    return f"{abs(latitude):.2f}° {north} {abs(longitude):.2f}° {east}"


def write_row(item: City | Country, before: int) -> Row:
    """The cells of an item whose population was changed."""
    return {
        "item": item.name,
        "population before": before,
        "population now": item.population,
        "version now": item.version,
    }


def reason_rows(reasons: Sequence[CancellationReason]) -> list[Row]:
    """The cells of each operation of a transaction that was cancelled."""
    return [
        {"operation": reason.operation, "reason": reason.code, "item as it is": getattr(reason.current, "name", "")}
        for reason in reasons
    ]
