"""Under load nothing is lost, doubled or overdrawn.

On engines that are right about concurrency.
"""

from __future__ import annotations

import asyncio
import random
from collections import Counter

import pytest

from dynamorm_async import Attr, Model, attr, errors, is_condition_failed, partition_key, sort_key, version

NOT_MOTO = pytest.mark.lacks(
    "moto", reason="its transactions do not lock", shown_by="test_a_transaction_lets_others_write"
)
pytestmark = [pytest.mark.asyncio, NOT_MOTO, pytest.mark.slow]


class Account(Model[str], table="accounts"):
    id: Attr[str] = partition_key()
    credits: Attr[int] = attr(default=0)


class Tally(Model[str], table="tallies"):
    id: Attr[str] = partition_key()
    count: Attr[int] = attr(default=0)
    version: Attr[int] = version()


class Reading(Model[str, int], table="readings"):
    sensor: Attr[str] = partition_key()
    number: Attr[int] = sort_key()
    value: Attr[int] = attr(default=0)


class Event(Model[str, int], table="events"):
    stream: Attr[str] = partition_key()
    number: Attr[int] = sort_key()
    text: Attr[str] = attr(default="")


async def test_two_hundred_transfers_never_overdraw(db):  # R79
    """Between twenty accounts at once: the sum stays, none falls below zero, and every transfer is accounted for."""
    await db.create_table(Account)
    await db.batch_put([Account(id=str(number), credits=100) for number in range(20)])
    dice = random.Random(7)
    paid: Counter[str] = Counter()

    async def transfer(source, target, amount):
        try:
            async with db.transaction() as tx:
                tx.update(Account.key(source), Account.credits.sub(amount), if_=Account.credits >= amount)
                tx.update(Account.key(target), Account.credits.add(amount))
        except errors.TransactionCanceledError as error:
            if is_condition_failed(error):
                return "too little"
            return "conflict"
        paid[source] -= amount
        paid[target] += amount
        return "paid"

    wanted = [(*map(str, dice.sample(range(20), 2)), dice.randint(1, 60)) for _ in range(200)]
    ends = Counter(await asyncio.gather(*(transfer(*one) for one in wanted)))

    accounts = await db.batch_get(Account, [str(number) for number in range(20)], consistent=True)
    assert 2000 == sum(account.credits for account in accounts)
    assert 0 <= min(account.credits for account in accounts)
    assert {account.id: 100 + paid[account.id] for account in accounts} == {one.id: one.credits for one in accounts}
    assert ends["paid"] > 100


async def test_fifty_tasks_count_to_fifty(db):  # R75
    """Each reads, adds one and stores, all on one item with a version; no addition is lost and none is made twice."""
    await db.create_table(Tally)
    await Tally(id="all").create()

    def one_more(tally):
        tally.count += 1

    await asyncio.gather(*(Tally.mutate("all", one_more) for _ in range(50)))

    tally = await Tally.get("all").consistent()
    assert (50, 51) == (tally.count, tally.version)


async def test_ten_thousand_mixed_items_arrive_exactly_once(db):  # R83
    """Puts of two models and deletions through one batch: every item as it was given, and nothing else."""
    await db.create_table(Reading)
    await db.create_table(Event)
    await db.batch_put([Reading(sensor="old", number=number) for number in range(1000)])
    told = []

    async with db.batch(concurrency=8, progress=told.append) as batch:
        for number in range(4500):
            batch.put(Reading(sensor=f"s{number % 7}", number=number, value=number * 3))
            batch.put(Event(stream=f"e{number % 5}", number=number, text=f"text {number}"))
        for number in range(1000):
            batch.delete(Reading.key("old", number))

    assert batch.count == 10_000
    assert told[-1] == 10_000
    assert told == sorted(set(told))
    readings, events = await Reading.scan(), await Event.scan()
    expected = {(f"s{number % 7}", number, number * 3) for number in range(4500)}
    assert (expected, 4500) == ({(one.sensor, one.number, one.value) for one in readings}, len(readings))
    expected = {(f"e{number % 5}", number, f"text {number}") for number in range(4500)}
    assert (expected, 4500) == ({(one.stream, one.number, one.text) for one in events}, len(events))
