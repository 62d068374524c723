"""Raw text as the condition of a write: its names are the model's fields, its values have their types."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from dynamorm_async import errors, raw
from tests.support.people import Colour, Event, Person

pytestmark = pytest.mark.asyncio

DAY, NEXT = datetime(2026, 11, 21, tzinfo=UTC), datetime(2026, 11, 22, tzinfo=UTC)


def person(**fields):
    """A person as it is stored."""
    return Person(org="a", id="1", email="x", name="J", **fields)


async def test_value_has_the_type_of_its_field(db):  # R50 R65
    """An enum is compared as it is stored, and a field by its attribute name."""
    await db.create_table(Person)
    one = await person(colour=Colour.BLUE, size=3).create()

    await one.update(Person.age.add(1), if_=raw("colour = :c AND size > :s", c=Colour.BLUE, s=2))
    await one.put(if_=raw("colour = :c", c=Colour.BLUE))
    with pytest.raises(errors.ConditionFailedError):
        await one.delete(if_=raw("size > :s", s=3))
    async with db.transaction() as tx:
        tx.check(one, raw("size = :s", s=3))
        tx.update(Person.key("a", "2"), email="y", name="K", if_=raw("attribute_not_exists(size)"), must_exist=False)

    assert (await Person.get("a", "1")).age == 1


async def test_moment_is_compared_as_it_is_stored(db):
    """As text of a fixed form."""
    await db.create_table(Event)
    event = await Event(source="s", at=DAY, tenant="t", region="r", year=1, month=1).create()

    with pytest.raises(errors.ConditionFailedError):
        await event.update(year=2, if_=raw("at > :m", m=NEXT))
    assert (await event.update(year=2, if_=raw("at < :m", m=NEXT))).year == 2


@pytest.mark.parametrize(
    "write",
    [
        lambda: person().put(if_=raw("agee = :a", a=1)),
        lambda: person().update(age=1, if_=raw("agee = :a", a=1)),
        lambda: person().delete(if_=raw("agee = :a", a=1)),
        lambda: Person.with_key("a", "1").update(age=1, if_=raw("agee = :a", a=1)),
    ],
)
async def test_unknown_field_is_refused_before_anything_is_sent(write):  # G10
    """With the nearest one."""
    with pytest.raises(errors.UnknownFieldError, match="Did you mean 'age'"):
        write().call()
