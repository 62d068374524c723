"""The checksum is the same whoever counts it."""

import sys
import zlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dynamorm_async.transports import checksums


@pytest.fixture(params=["with isal", "without"])
def installed(request, monkeypatch):
    """With the extra ``speedups``, and without it."""
    if request.param == "without":
        monkeypatch.setitem(sys.modules, "isal.isal_zlib", None)
    checksums._for_long.cache_clear()
    yield request.param
    checksums._for_long.cache_clear()


@given(st.binary(min_size=1, max_size=200), st.sampled_from([1, 41, 100_003]))
def test_it_is_zlib_s_for_short_and_long_answers(part, length):
    """isal is only faster."""
    body = (part * length)[:300_000]

    assert checksums.crc32(body) == zlib.crc32(body)


def test_a_long_answer_is_checked_with_and_without_the_extra(installed):
    """What is not installed is not needed."""
    assert checksums.crc32(b"x" * 100_000) == zlib.crc32(b"x" * 100_000)
    assert (checksums._for_long() is zlib.crc32) == (installed == "without")
