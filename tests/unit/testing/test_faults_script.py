"""Which step of a script takes which request."""

from __future__ import annotations

import random
from typing import Any

import attrs
import msgspec
import pytest

from dynamorm_async.errors import ConfigurationError
from dynamorm_async.testing.faults import Fault, Hang, Partial, Pass, Request, Reset, Throttle, Unavailable
from dynamorm_async.testing.faults.script import Script


def request(operation: str = "GetItem", *tables: str) -> Request:
    """A request for these tables."""
    content = {"TableName": tables[0]} if len(tables) == 1 else {"RequestItems": dict.fromkeys(tables)}
    headers = {"x-amz-target": f"DynamoDB_20120810.{operation}"}
    return Request(1, 1, "POST", "/", headers, msgspec.json.encode(content))


def script(*faults: Fault, dice: Any = lambda: 0.5) -> Script:
    """A script with these steps."""
    return Script(faults, dice)


def taken(played: Script, *operations: str) -> list[Fault | None]:
    """Which step takes each of these requests."""
    return [played.at_request(request(operation, "users")) for operation in operations]


def test_steps_play_in_order_and_then_everything_passes() -> None:
    """Each once, unless it says otherwise."""
    steps = Throttle(), Pass(), Unavailable()

    assert taken(script(*steps), *["GetItem"] * 4) == [*steps, None]


def test_a_step_plays_as_often_as_it_says() -> None:
    """Two times, or for ever."""
    first, for_ever = Throttle(times=2), Unavailable(times=None)

    assert taken(script(first, for_ever), *["GetItem"] * 5) == [first, first, for_ever, for_ever, for_ever]


def test_a_step_for_an_operation_leaves_others_alone() -> None:
    """And waits for its own."""
    step = Throttle(operation="PutItem")

    assert taken(script(step), "GetItem", "PutItem", "PutItem") == [None, step, None]


def test_a_step_for_a_table_takes_requests_that_name_it() -> None:
    """Also among others, in a batch."""
    step = Throttle(table="users", times=None)
    played = script(step)

    assert played.at_request(request("GetItem", "orders")) is None
    assert played.at_request(request("GetItem", "users")) is step
    assert played.at_request(request("BatchGetItem", "orders", "users")) is step


def test_the_nth_request_is_counted_among_those_that_fit() -> None:
    """The second PutItem, whatever comes between."""
    step = Throttle(operation="PutItem", nth=2)

    assert taken(script(step), "PutItem", "GetItem", "PutItem", "PutItem") == [None, None, step, None]


def test_requests_that_another_step_took_count_as_well() -> None:
    """The third request on the wire is the third, for every step."""
    first, third = Throttle(), Unavailable(nth=3)

    assert taken(script(first, third), *["GetItem"] * 4) == [first, None, third, None]


def test_a_step_whose_turn_was_taken_plays_at_the_next() -> None:
    """It is late rather than lost."""
    first, second = Throttle(times=2), Unavailable(nth=2)

    assert taken(script(first, second), *["GetItem"] * 4) == [first, first, second, None]


def test_a_fault_for_batches_leaves_single_operations_alone() -> None:
    """A batch done in part is a batch."""
    step = Partial()

    assert taken(script(step), "PutItem", "BatchWriteItem") == [None, step]


def test_a_step_by_chance_is_repeatable_by_its_seed() -> None:
    """About one in ten, and the same ones each time."""

    def run() -> list[bool]:
        played = script(Throttle(times=None, chance=0.1), dice=random.Random(7).random)
        return [fault is not None for fault in taken(played, *["GetItem"] * 1000)]

    assert 60 < sum(run()) < 140
    assert run() == run()


def test_a_reset_before_the_request_strikes_at_its_head() -> None:
    """Where no earlier step could have a say."""
    step = Reset.before_request(operation="PutItem")
    played = script(step)

    assert [played.at_head("GetItem"), played.at_head("PutItem"), played.at_head("PutItem")] == [None, step, None]


@pytest.mark.parametrize(
    "first",
    [Throttle(), Throttle(table="users"), Reset.before_request(table="users"), Reset.before_request(chance=0.9)],
)
def test_the_head_alone_decides_nothing_that_depends_on_more(first: Fault) -> None:
    """An earlier step has its turn first; one for a table, or by chance, waits for the body."""
    played = script(first, Reset.before_request())

    assert played.at_head("GetItem") is None
    assert played.at_request(request("GetItem", "users")) is first


def test_the_nth_request_is_counted_once_though_looked_at_twice() -> None:
    """At its head, and again when its body has come."""
    step = Reset.before_request(nth=3)
    played = script(step)

    for _ in range(2):
        assert (played.at_head("GetItem"), played.at_request(request())) == (None, None)
    assert played.at_head("GetItem") is step


def test_a_reset_on_connecting_takes_connections_only() -> None:
    """And only as the next step of the script."""
    step = Reset.on_connect()
    played = script(Pass(), step)

    assert played.at_connection() is None
    played.at_request(request())
    assert played.at_request(request()) is None
    assert (played.at_connection(), played.at_connection()) == (step, None)


def test_a_script_names_the_steps_that_never_played() -> None:
    """So that a test can insist on its faults."""
    played = script(Throttle(), Hang(operation="Scan"))
    played.at_request(request())

    assert played.unplayed == (Hang(operation="Scan"),)


@pytest.mark.parametrize("options", [{"nth": 0}, {"times": 0}, {"chance": 0.0}, {"chance": 1.1}])
def test_a_senseless_step_is_refused(options: dict[str, Any]) -> None:
    """By the name of the fault."""
    with pytest.raises(ConfigurationError, match="Throttle: nth and times count from 1"):
        Throttle(**options)


def test_a_step_is_a_frozen_value() -> None:
    """Two servers can share one."""
    with pytest.raises(attrs.exceptions.FrozenInstanceError):
        Throttle().times = 2  # type: ignore[misc]  # that it cannot is the point

    assert Throttle(times=2) == Throttle(times=2)
