"""``save()`` sends what changed since the item was read, and nothing else."""

from __future__ import annotations

from datetime import datetime

import pytest

from dynamorm_async import (
    Attr,
    GlobalIndex,
    Model,
    VersionConflictError,
    attr,
    computed,
    errors,
    partition_key,
    updated_at,
    version,
)

pytestmark = pytest.mark.asyncio


class Note(Model[str], table="notes", track_changes=True):
    id: Attr[str] = partition_key()
    tenant: Attr[str]
    place: Attr[str | None] = attr(default=None)
    text: Attr[str] = attr(default="")
    tags: Attr[set[str]] = attr(factory=set)
    lines: Attr[list[str]] = attr(factory=list)
    index_key: Attr[str] = computed("T#{tenant}#{place}")
    updated_at: Attr[datetime] = updated_at()
    version: Attr[int] = version()

    by_place = GlobalIndex("index_key")


class Plain(Model[str], table="plain", track_changes=True):
    id: Attr[str] = partition_key()
    a: Attr[int] = attr(default=0)
    b: Attr[int] = attr(default=0)


async def test_only_what_changed_is_sent(db):
    """A changed list element is seen; fields that did not change stay out of the request."""
    await db.create_table(Note)
    note = await Note(id="1", tenant="t", text="x", lines=["a"]).create()
    note.lines.append("b")

    request = note.save().call()

    assert request is not None
    assert "UpdateItem" == request.operation
    assert {"lines", "version", "updated_at"} == set(request.body["ExpressionAttributeNames"].values())


async def test_nothing_changed_sends_nothing(db):
    """Saving twice writes once."""
    await db.create_table(Note)
    note = await Note(id="1", tenant="t").save()

    assert note.save().call() is None
    assert 1 == (await note.save()).version


async def test_none_and_empty_set_take_the_attribute_away(db):
    """What is stored by leaving it out is removed, and reads back as it was."""
    await db.create_table(Note)
    note = await Note(id="1", tenant="t", place="here", tags={"x"}).create()
    note.place, note.tags = None, set()

    await note.save()

    stored = await Note.get("1")
    assert (None, set()) == (stored.place, stored.tags)
    assert [] == await Note.query(Note.index_key == "T#t#here")


async def test_a_computed_index_key_follows(db):
    """The index finds the item under its new key at once."""
    await db.create_table(Note)
    note = await Note(id="1", tenant="t", place="here").create()
    note.place = "there"

    await note.save()

    assert [note] == await Note.query(Note.index_key == "T#t#there")


async def test_a_stale_instance_is_refused(db):
    """The version guards a save as it guards a put; the instance keeps its changes."""
    await db.create_table(Note)
    first = await Note(id="1", tenant="t").create()
    second = await Note.get("1")
    first.text = "first"
    await first.save()
    second.text = "second"

    with pytest.raises(VersionConflictError) as caught:
        await second.save()

    assert (1, 2, "first") == (caught.value.expected, caught.value.actual, caught.value.current.text)
    assert ("second", 1) == (second.text, second.version)


async def test_two_writers_of_different_fields_do_not_undo_each_other(db):
    """Without a version, each changes its own field only."""
    await db.create_table(Plain)
    first = await Plain(id="1").create()
    second = await Plain.get("1")
    first.a, second.b = 1, 2

    await first.save()
    await second.save()

    stored = await Plain.get("1")
    assert (1, 2) == (stored.a, stored.b)


async def test_a_changed_key_is_refused(db):
    """DynamoDB cannot change a key in place."""
    await db.create_table(Plain)
    plain = await Plain(id="1").create()
    plain.id = "2"

    with pytest.raises(errors.KeyChangeError, match=r"Plain\.save.*id"):
        await plain.save()
