"""Thousands of seeded runs in virtual time: whatever the network does, no outcome contradicts what happened.

A failure prints its seed; run it alone with ``SIMULATION_SEED=123 pytest tests/simulation``.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Coroutine, Iterator
from datetime import UTC, datetime

import pytest

from dynamorm_async import ItemExistsError, Outcome, OutcomeUnknownError, VersionConflictError
from dynamorm_async._codec import default_codec
from dynamorm_async._mutate import mutate
from dynamorm_async._transaction import Transaction
from dynamorm_async.errors import ConditionFailedError
from tests.support.adversity import Account, Claim, Job
from tests.support.simulation import Client, Simulation

SEEDS = int(os.environ.get("SIMULATION_SEEDS", "150"))
CLIENTS = 4
Work = Callable[[Client], Coroutine[float, None, None]]
Check = Callable[[Simulation, list[Client]], None]


def seeds() -> Iterator[int]:
    """The one that was asked for, or as many as there is time for."""
    chosen = os.environ.get("SIMULATION_SEED")
    return iter([int(chosen)] if chosen else range(SEEDS))


def simulate(
    work: Work, check: Check, *, prepare: Callable[[Simulation], None] | None = None, late: bool = False
) -> None:
    """Runs with several clients each, checked against the model after each."""
    for seed in seeds():
        simulation = Simulation(seed, late=late)
        clients = [Client(simulation, f"c{number}") for number in range(CLIENTS)]
        if prepare is not None:
            prepare(simulation)
        for client in clients:
            simulation.start(work(client))
        try:
            simulation.run()
            _check_outcomes(simulation, clients)
            check(simulation, clients)
        except AssertionError as error:
            error.add_note(f"SIMULATION_SEED={seed}")
            raise


def _check_outcomes(simulation: Simulation, clients: list[Client]) -> None:
    """What was called applied was, and what was called not applied was not."""
    applied = simulation.service.applied
    for client in clients:
        for name, outcome in client.outcomes.items():
            error = client.errors.get(name)
            if outcome is Outcome.APPLIED:
                assert applied[name] >= 1, f"{name} was called applied and was not"
            elif outcome is Outcome.NOT_APPLIED:
                assert applied[name] == 0, f"{name} was called not applied ({error!r}), and was"
            if error is not None:
                assert (error.outcome is Outcome.UNKNOWN) is isinstance(error, OutcomeUnknownError)


def stored(simulation: Simulation, model, name: str):
    """The item as the service has it."""
    item = simulation.service.items.get((model.__dynamorm_spec__.table.name, name))
    if item is None:
        return None
    return default_codec.model(model.__dynamorm_spec__).decode(item)


def put(simulation: Simulation, *instances) -> None:
    """Store items before the run."""
    for instance in instances:
        spec = type(instance).__dynamorm_spec__
        item = default_codec.model(spec).encode(instance)
        simulation.service.items[spec.table.name, instance.id] = item


def names(clients: list[Client], outcome: Outcome) -> set[str]:
    """The operations that ended so."""
    return {name for client in clients for name, found in client.outcomes.items() if found is outcome}


# ---------------------------------------------------------------- workloads

BANK = "abc"


def test_money_is_neither_made_nor_lost():
    """Transfers between accounts, by transactions that are cancelled, lost and repeated: the total stays."""

    async def transfer(client: Client) -> None:
        dice = client.simulation.dice
        for number in range(6):
            source, target = dice.sample(BANK, 2)
            amount = dice.randint(1, 60)

            async def move(source=source, target=target, amount=amount):
                tx = Transaction(client.runner)
                tx.update(Account.key(source), Account.credits.sub(amount), if_=Account.credits >= amount)
                tx.update(Account.key(target), Account.credits.add(amount))
                await tx.execute()

            await client.do(f"{client.name}-{number}", move)
            await client.pause()

    moved: set[str] = set()
    start = lambda simulation: put(simulation, *(Account(id=name, credits=100) for name in BANK))  # noqa: E731

    def check(simulation: Simulation, clients: list[Client]) -> None:
        balances = [stored(simulation, Account, name).credits for name in BANK]
        assert sum(balances) == 300
        assert min(balances) >= 0
        assert max(simulation.service.applied.values(), default=0) <= 1
        moved.update(names(clients, Outcome.APPLIED))

    simulate(transfer, check, prepare=start)
    assert moved


@pytest.mark.parametrize("late", [False, True], ids=["lost", "late"])
@pytest.mark.parametrize("how", ["plain", "once"])
def test_a_list_that_all_append_to_has_each_entry_once(how, late):
    """No entry twice, none lost that was called applied, none there that was called not applied."""

    async def append(client: Client) -> None:
        for number in range(6):
            name = f"{client.name}-{number}"
            entry = Account.entries.append([name])
            update = Account.with_key("a").update(entry, exactly_once=how == "once").using(client)
            await client.do(name, lambda update=update: _awaited(update))
            await client.pause()

    start = lambda simulation: put(simulation, Account(id="a"))  # noqa: E731

    def check(simulation: Simulation, clients: list[Client]) -> None:
        entries = stored(simulation, Account, "a").entries
        assert len(entries) == len(set(entries))
        assert names(clients, Outcome.APPLIED) <= set(entries)
        assert not names(clients, Outcome.NOT_APPLIED) & set(entries)

    simulate(append, check, prepare=start, late=late)


async def _awaited(handle):
    return await handle


@pytest.mark.parametrize("late", [False, True], ids=["lost", "late"])
@pytest.mark.parametrize("how", ["mutate", "update", "put"])
def test_a_versioned_item_counts_every_save_once(how, late):
    """Read, changed and saved by all at once: the version and the count are the number of saves that took place."""

    async def save(client: Client) -> None:
        for number in range(4):
            name = f"{client.name}-{number}"

            async def one(name=name):
                if how == "mutate":
                    runner = client.runner
                    return await mutate(Job.get("j"), _run_once_more, runner, 5)
                job = await Job.get("j").consistent().using(client)
                if how == "update":
                    return await job.update(Job.runs.add(1), status=name).using(client)
                job.runs += 1
                return await job.put().using(client)

            await client.do(name, one)
            await client.pause()

    start = lambda simulation: put(simulation, _job())  # noqa: E731

    def check(simulation: Simulation, clients: list[Client]) -> None:
        job = stored(simulation, Job, "j")
        done, unknown = len(names(clients, Outcome.APPLIED)), len(names(clients, Outcome.UNKNOWN))
        assert job.version == job.runs + 1
        assert done <= job.runs <= done + unknown
        assert max(simulation.service.applied.values(), default=0) <= 1
        if how != "mutate":
            conflicts = [error for client in clients for error in client.errors.values()]
            assert all(
                isinstance(error, (VersionConflictError, OutcomeUnknownError)) or _is_transient(error)
                for error in conflicts
            )

    simulate(save, check, prepare=start, late=late)


def _job() -> Job:
    job = Job(id="j")
    job.version = 1
    job.created_at = job.updated_at = datetime(2026, 1, 1, tzinfo=UTC)
    return job


def _run_once_more(job: Job) -> None:
    job.runs += 1


def _is_transient(error: BaseException) -> bool:
    return not isinstance(error, ConditionFailedError)


@pytest.mark.parametrize("late", [False, True], ids=["lost", "late"])
@pytest.mark.parametrize("model", [Account, Job, Claim], ids=lambda model: model.__name__)
@pytest.mark.parametrize("exactly_once", [False, True])
def test_only_one_can_create_an_item(model, exactly_once, late):
    """All create the same items with the same content: of each, one is told that it did, or nobody can tell."""

    async def create(client: Client) -> None:
        order = list("abcd")
        client.simulation.dice.shuffle(order)
        for key in order:
            made = model(id=key).create(exactly_once=exactly_once).using(client)
            await client.do(f"{key}-{client.name}", lambda made=made: _awaited(made))

    won: list[str] = []

    def check(_simulation: Simulation, clients: list[Client]) -> None:
        winners = [name.partition("-")[0] for name in names(clients, Outcome.APPLIED)]
        assert len(winners) == len(set(winners))
        won.extend(winners)
        losers = [
            error for client in clients for error in client.errors.values() if isinstance(error, ConditionFailedError)
        ]
        assert all(isinstance(error, ItemExistsError) for error in losers)

    simulate(create, check, late=late)
    assert won


@pytest.mark.parametrize("late", [False, True], ids=["lost", "late"])
def test_a_counter_is_between_what_was_applied_and_what_may_have_been(late):
    """Plain additions are sent once each; none counts twice."""

    async def count(client: Client) -> None:
        for number in range(6):
            once = Account.with_key("a").update(Account.credits.add(1)).using(client)
            await client.do(f"{client.name}-{number}", lambda once=once: _awaited(once))

    start = lambda simulation: put(simulation, Account(id="a"))  # noqa: E731

    def check(simulation: Simulation, clients: list[Client]) -> None:
        done, unknown = len(names(clients, Outcome.APPLIED)), len(names(clients, Outcome.UNKNOWN))
        assert done <= stored(simulation, Account, "a").credits <= done + unknown
        assert max(simulation.service.applied.values(), default=0) <= 1

    simulate(count, check, prepare=start, late=late)


@pytest.mark.parametrize("late", [False, True], ids=["lost", "late"])
def test_a_status_that_only_one_may_take(late):
    """Of all who update it under the condition that it is open, one is told that it did, or nobody can tell."""

    async def take(client: Client) -> None:
        for key in "abc":
            taking = Job.with_key(key).update(status="taken", if_=Job.status == "open").using(client)
            await client.do(f"{key}-{client.name}", lambda taking=taking: _awaited(taking))

    def start(simulation: Simulation) -> None:
        for key in "abc":
            job = _job()
            job.id = key
            put(simulation, job)

    def check(_simulation: Simulation, clients: list[Client]) -> None:
        winners = [name.partition("-")[0] for name in names(clients, Outcome.APPLIED)]
        assert len(winners) == len(set(winners))

    simulate(take, check, prepare=start, late=late)


@pytest.mark.parametrize("late", [False, True], ids=["lost", "late"])
@pytest.mark.parametrize("how", ["put", "update"])
def test_a_version_that_only_one_may_reach(how, late):
    """All read version 1 and save the same words as version 2: one is told that it did, or nobody can tell."""

    async def claim(client: Client) -> None:
        for key in "abc":

            async def one(key=key):
                found = await Claim.get(key).consistent().using(client)
                if found.version > 1:
                    return await found.put(if_=Claim.status == "never").using(client)
                if how == "update":
                    return await found.update(status="taken").using(client)
                found.status = "taken"
                return await found.put().using(client)

            await client.do(f"{key}-{client.name}", one)

    def start(simulation: Simulation) -> None:
        for key in "abc":
            claim = Claim(id=key)
            claim.version = 1
            put(simulation, claim)

    def check(_simulation: Simulation, clients: list[Client]) -> None:
        winners = [name.partition("-")[0] for name in names(clients, Outcome.APPLIED)]
        assert len(winners) == len(set(winners))

    simulate(claim, check, prepare=start, late=late)


def test_a_run_is_the_same_each_time():
    """A seed says everything, so that a failure can be looked at again."""

    def course() -> list[object]:
        simulation = Simulation(7)
        client = Client(simulation, "c")

        async def work() -> None:
            for number in range(20):
                saving = Account(id=str(number)).put().using(client)
                await client.do(str(number), lambda saving=saving: _awaited(saving))

        simulation.start(work())
        simulation.run()
        return [simulation.now, simulation.sent, sorted(client.outcomes.items(), key=str)]

    assert course() == course()


def test_the_network_fails_in_every_way():
    """Each outcome occurs, or the runs above showed little."""
    outcomes: set[Outcome] = set()

    async def work(client: Client) -> None:
        for number in range(6):
            adding = Account.with_key("a").update(Account.credits.add(1)).using(client)
            await client.do(f"{client.name}-{number}", lambda adding=adding: _awaited(adding))

    def check(_simulation: Simulation, clients: list[Client]) -> None:
        outcomes.update(outcome for client in clients for outcome in client.outcomes.values())

    simulate(work, check)
    assert {Outcome.NOT_APPLIED, Outcome.UNKNOWN} <= outcomes
