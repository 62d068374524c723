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
    return request.param


@given(st.binary(min_size=1, max_size=200), st.sampled_from([1, 41, 100_003]))
def test_it_is_zlib_s_for_short_and_long_answers(part, length):
    """isal is only faster."""
    body = (part * length)[:300_000]
    crc32 = checksums.Checksum()

    assert [crc32(body) for _ in range(5)] == [zlib.crc32(body)] * 5


def test_who_reads_much_is_served_by_the_extra_and_does_not_need_it(installed):
    """The other implementation is imported once it is worth that. What is not installed is not needed."""
    crc32, body = checksums.Checksum(), b"x" * 100_000

    assert [crc32(body) for _ in range(20)] == [zlib.crc32(body)] * 20
    assert (crc32._function is zlib.crc32) == (installed == "without")


def test_who_reads_little_imports_nothing(installed):
    """A cold start need not pay for it."""
    crc32 = checksums.Checksum()

    assert crc32(b"{}") == zlib.crc32(b"{}")
    assert crc32._function is zlib.crc32
