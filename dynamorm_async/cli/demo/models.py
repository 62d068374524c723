"""One table for countries and their cities: a country and its cities share a partition."""

from __future__ import annotations

from datetime import datetime
from enum import Enum

from dynamorm_async import (
    Attr,
    Document,
    GlobalIndex,
    LocalIndex,
    Model,
    Nested,
    attr,
    partition_key,
    sort_key,
    updated_at,
    version,
)

__all__ = ["TABLE", "City", "Continent", "Country", "Position"]

TABLE = "geonames"
"""What the models call their table; the session gives it its real name."""


class Continent(Enum):
    """The continents, by GeoNames' codes."""

    AFRICA = "AF"
    ANTARCTICA = "AN"
    ASIA = "AS"
    EUROPE = "EU"
    NORTH_AMERICA = "NA"
    OCEANIA = "OC"
    SOUTH_AMERICA = "SA"


class Country(Model, table="geonames"):
    """A country. Its population has another attribute name than that of a city: the local index is for cities."""

    pk: Attr[str] = partition_key("COUNTRY#{iso}")
    sk: Attr[str] = sort_key("COUNTRY")
    iso: Attr[str] = attr()
    name: Attr[str] = attr()
    capital: Attr[str | None] = attr(default=None)
    continent: Attr[Continent] = attr()
    area_km2: Attr[int] = attr()
    population: Attr[int] = attr(name="inhabitants")
    languages: Attr[set[str]] = attr(factory=set)
    neighbours: Attr[set[str]] = attr(factory=set)
    version: Attr[int] = version()


class Position(Document):
    """A place on the globe, in degrees."""

    latitude: Attr[float] = attr()
    longitude: Attr[float] = attr()


class City(Model, table="geonames"):
    """A city."""

    pk: Attr[str] = partition_key("COUNTRY#{country}")
    sk: Attr[str] = sort_key("CITY#{id}")
    country: Attr[str] = attr()
    id: Attr[int] = attr()
    name: Attr[str] = attr()
    other_names: Attr[set[str]] = attr(factory=set)
    initial: Attr[str] = attr()
    search_name: Attr[str] = attr()
    population: Attr[int] = attr()
    timezone: Attr[str] = attr()
    position: Nested[Position] = attr()
    updated_at: Attr[datetime] = updated_at()
    version: Attr[int] = version()

    by_population = LocalIndex(population)
    by_timezone = GlobalIndex(timezone, sort=population)
    by_name = GlobalIndex(initial, sort=search_name)
