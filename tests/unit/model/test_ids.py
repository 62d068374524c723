"""Ids sort by time of creation and never repeat."""

from __future__ import annotations

import uuid

from dynamorm_async import ulid, uuid7


def test_uuids_are_of_version_7_and_in_order():
    """Version and variant are those of RFC 9562; ids made in a row are in order."""
    made = [uuid7() for _ in range(2_000)]

    assert {(7, uuid.RFC_4122)} == {(one.version, one.variant) for one in made}
    assert sorted(set(made), key=lambda one: one.int) == made


def test_ulids_have_26_characters_and_are_in_order():
    """Text order is the order of creation."""
    made = [ulid() for _ in range(2_000)]

    assert {26} == {len(one) for one in made}
    assert sorted(set(made)) == made


def test_a_ulid_begins_with_the_time(monkeypatch):
    """The first ten characters are the milliseconds since the epoch."""
    monkeypatch.setattr("dynamorm_async._ids.time.time_ns", lambda: (1 << 47) * 1_000_000)

    assert "40" + "0" * 8 == ulid()[:10]
