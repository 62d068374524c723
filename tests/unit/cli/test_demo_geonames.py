"""The data of the demo: real, and complete enough for its scenes."""

import pytest

from dynamorm_async.cli.demo.geonames import largest_cities
from dynamorm_async.cli.demo.models import TABLE, City, Country

FEWEST = 100


@pytest.fixture(scope="module")
def data():
    """Countries and cities at the smallest size."""
    return largest_cities(FEWEST)


def test_the_largest_come(data):
    """As many cities as asked for, the largest first, and each country that one of them lies in, once."""
    countries, cities = data

    populations = [city.population for city in cities]
    assert populations == sorted(populations, reverse=True)
    assert len(cities) == FEWEST
    assert sorted({city.country for city in cities}) == [country.iso for country in countries]


def test_all_of_them():
    """Without a number they all come, each with a key of its own, the smallest countries included."""
    countries, cities = largest_cities(None)

    assert len({(city.pk, city.sk) for city in cities}) == len(cities) > 30_000
    assert len({country.pk for country in countries}) == len(countries) > 200


def test_no_empty_text(data):
    """No set holds an empty text, and no capital is one."""
    countries, cities = data

    sets = [city.other_names for city in cities] + [c.languages | c.neighbours for c in countries]
    assert not [texts for texts in sets if "" in texts]
    assert "" not in {country.capital for country in countries}


def test_names_as_one_types_them():
    """The name to search by has no case and no accents, and the index starts at its first letter."""
    _, cities = largest_cities(None)

    found = {city.name: (city.initial, city.search_name) for city in cities}
    assert found["São Paulo"] == ("s", "sao paulo")
    assert found["Örebro"] == ("o", "orebro")


def test_the_smallest_size_feeds_every_scene(data):
    """The items that scenes name are there, and each query finds several."""
    countries, cities = data

    assert [city.name for city in cities if (city.country, city.id) == ("JP", 1850147)] == ["Tokyo"]
    assert "JP" in {country.iso for country in countries}
    assert sum(city.country == "IN" and 3_000_000 <= city.population <= 6_000_000 for city in cities) > 1
    assert sum(city.timezone == "Asia/Tokyo" for city in cities) > 1
    assert sum(city.search_name.startswith("san") for city in cities) > 0
    assert sum(city.country == "CN" for city in cities) > 6
    assert sum(city.timezone == "Asia/Shanghai" and city.position.latitude > 40 for city in cities) > 1


def test_both_models_share_the_table():
    """The session renames one table."""
    assert {City.__dynamorm_spec__.table.name, Country.__dynamorm_spec__.table.name} == {TABLE}
