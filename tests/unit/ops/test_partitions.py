"""The counts of partition key values: few at a time, and right about the frequent ones."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from dynamorm_async._ops.partitions import PartitionCounts

PLACE = ("t", None)


def value(number):
    """A partition key value as it is counted."""
    return b'[{"S":"%d"}]' % number


def test_memory_is_bounded_and_a_frequent_value_is_never_missed():  # R126
    """Ten thousand values, of which one comes every third time."""
    counts = PartitionCounts(share=0.3, at_least=1000)
    told = [counts.count(PLACE, value(0 if number % 3 else number), 0.0) for number in range(10_000)]

    assert [hint.code for hint in told if hint] == ["DA002"]
    assert counts.top(1)[0].value == ({"S": "0"},)
    assert len(counts.top(100_000)) <= 256


@given(st.lists(st.integers(0, 400), max_size=2_000))
def test_no_count_is_too_low(numbers):
    """And too high by the rarest one's at most."""
    counts = PartitionCounts(at_least=10**9)
    for number in numbers:
        counts.count(PLACE, value(number), 0.0)
    top = counts.top(1000)
    rarest = min((one.requests for one in top), default=0)

    for one in top:
        exact = numbers.count(int(one.value[0]["S"]))
        assert exact <= one.requests <= exact + (rarest if len(top) == 256 else 0)


def test_even_use_gives_no_advice_and_a_window_ends():
    """A share is of the last minute, not of all that ever was."""
    counts = PartitionCounts(at_least=10)

    assert not any(counts.count(PLACE, value(number % 5), 0.0) for number in range(1000))
    assert not any(counts.count(PLACE, value(7), 61.0) for _ in range(9))
    assert counts.count(PLACE, value(7), 61.0).code == "DA002"
    assert not any(counts.count(PLACE, value(7), 62.0) for _ in range(100))
