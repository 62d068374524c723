"""The scenes of the demo. What stands between a scene's docstring and the first empty line is printed, as it is run."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import TypeAlias

from dynamorm_async import ConditionFailedError, DynamormError, Session, VersionConflictError
from dynamorm_async.cli.demo.answers import Answer, city_row, reason_rows, write_row
from dynamorm_async.cli.demo.models import City, Country
from dynamorm_async.cli.demo.words import each_in_words, in_words
from dynamorm_async.errors import TransactionCanceledError

__all__ = ["SCENES", "Scene"]

Scene: TypeAlias = Callable[[Session], Awaitable[Answer]]


# ---------------------------------------------------------------- six access patterns


async def one_item(_: Session) -> Answer:
    """One item by its key."""
    handle = City.get(country="JP", id=1850147)
    tokyo = await handle

    return Answer([city_row(tokyo)], (in_words(handle.call()),))


async def population_range(_: Session) -> Answer:
    """Cities of a country between two populations."""
    query = City.query(
        City.country == "IN",
        City.population.between(3_000_000, 6_000_000),
    )
    cities = await query.limit(6)

    return Answer([city_row(city) for city in cities], (query.explain().summary,))


async def largest_first(_: Session) -> Answer:
    """Cities of a time zone, the largest first."""
    query = City.query(City.timezone == "Asia/Tokyo")
    query = query.order_by(City.population, "desc").limit(5)
    cities = await query

    return Answer([city_row(city) for city in cities], (query.explain().summary,))


async def name_prefix(_: Session) -> Answer:
    """Cities by the beginning of their name, and only three fields of them."""
    query = City.query("initial", "=", "s")
    query = query.where("search_name", "begins_with", "san").limit(6)
    found = await query.select(City.name, City.country, City.population)

    rows = [{"city": name, "country": country, "population": people} for name, country, people in found]
    return Answer(rows, (query.explain().summary,))


async def pages(_: Session) -> Answer:
    """A listing in pages, with cursors that can stand in a URL."""
    query = City.query(City.country == "CN").order_by(City.population, "desc")
    first = await query.page(size=3)
    cursor = str(first.cursor)
    second = await query.page(size=3, cursor=cursor)

    rows = [{"page": number, **city_row(city)} for number, page in ((1, first), (2, second)) for city in page]
    return Answer(rows, (query.explain().summary,), f"cursor: {cursor[:32]}… ({len(cursor)} characters)")


async def filtered_stream(_: Session) -> Answer:
    """A stream with a filter; breaking out leaves the other pages unread."""
    query = City.query(
        City.timezone == "Asia/Shanghai",
        City.position.latitude > 40,
    )
    found: list[City] = []
    async for city in query.page_size(25):
        found.append(city)
        if len(found) == 4:
            break

    return Answer([city_row(city) for city in found], (query.explain().summary,))


# ---------------------------------------------------------------- writes, and refused ones


async def conditional_update(_: Session) -> Answer:
    """An update with a condition."""
    tokyo = await City.get(country="JP", id=1850147)
    before = tokyo.population
    change = tokyo.update(
        City.population.add(1_000),
        City.other_names.add({"Edo"}),
        if_=City.population < 40_000_000,
    )
    request = change.call()
    await change

    return Answer([write_row(tokyo, before)], (in_words(request),))


async def refused_update(_: Session) -> Answer:
    """A condition that does not hold: the error has the item as it is."""
    change = City.with_key(country="JP", id=1850147).update(
        City.population.sub(1_000),
        if_=City.population > 40_000_000,
    )
    try:
        await change
    except ConditionFailedError as error:
        current = error.current
        rows = [city_row(current)] if isinstance(current, City) else []

        return Answer(rows, (in_words(change.call()),), _says(error))
    raise _accepted()


async def version_conflict(_: Session) -> Answer:
    """Two change the same item: its version tells who was late."""
    mine = await City.get(country="JP", id=1850147)
    yours = await City.get(country="JP", id=1850147)
    await yours.update(City.population.add(1))
    change = mine.update(name="Edo")
    try:
        await change
    except VersionConflictError as error:
        expected, stored = error.expected, error.actual

        row = {"city": mine.name, "expected version": expected, "stored version": stored}
        return Answer([row], (in_words(change.call()),), _says(error))
    raise _accepted()


async def transaction(db: Session) -> Answer:
    """A transaction over both models: all of it or nothing."""
    tokyo = await City.get(country="JP", id=1850147)
    japan = await Country.get(iso="JP")
    before = tokyo.population, japan.population
    async with db.transaction() as tx:
        tx.update(tokyo, City.population.add(1_000))
        tx.update(
            japan,
            Country.population.add(1_000),
            if_=Country.population < 200_000_000,
        )
    await tokyo.refresh()
    await japan.refresh()

    return Answer([write_row(tokyo, before[0]), write_row(japan, before[1])], each_in_words(tx.call()))


async def refused_transaction(db: Session) -> Answer:
    """A refused transaction: a reason for each operation, and nothing applied."""
    tokyo, japan = City.key(country="JP", id=1850147), Country.key(iso="JP")
    tx = db.transaction()
    tx.update(tokyo, City.population.add(1_000))
    tx.update(
        japan,
        Country.population.add(1_000),
        if_=Country.population > 200_000_000,
    )
    try:
        await tx.execute()
    except TransactionCanceledError as error:
        reasons = error.reasons

        return Answer(reason_rows(reasons), each_in_words(tx.call()), _says(error))
    raise _accepted()


def _says(error: DynamormError) -> str:
    return f"{type(error).__name__}: {error}"


def _accepted() -> DynamormError:
    return DynamormError(
        "a write that had to be refused was accepted.", hint="This DynamoDB is wrong; try another one."
    )


SCENES: tuple[Scene, ...] = (
    one_item,
    population_range,
    largest_first,
    name_prefix,
    pages,
    filtered_stream,
    conditional_update,
    refused_update,
    version_conflict,
    transaction,
    refused_transaction,
)
"""In the order in which they are shown."""
