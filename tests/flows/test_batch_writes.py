"""Batches of writes: what is sent, what is sent again, and what the caller learns when it cannot be finished."""

from __future__ import annotations

import random
from collections import Counter
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dynamorm_async import Attr, Model, attr, is_throttled, partition_key, sort_key, updated_at, version
from dynamorm_async._ops.batches import WriteBatch, write_all, write_batch
from dynamorm_async._ops.rounds import IDLE_ROUNDS
from dynamorm_async.errors import (
    AccessDeniedError,
    BatchIncompleteError,
    DeadlineExceededError,
    InvalidRequestError,
    ItemTooLargeError,
    Outcome,
    OutcomeUnknownError,
    ProtocolError,
    ValidationError,
)
from dynamorm_async.types import Key
from tests.support.flows import SETTINGS, Service, body_of

NOW = datetime(2026, 11, 21, 12, tzinfo=UTC)


class Note(Model[str, int], table="notes"):
    owner: Attr[str] = partition_key()
    number: Attr[int] = sort_key()
    text: Attr[str] = attr(default="")
    sizes: Attr[list[int]] = attr(factory=list)
    updated_at: Attr[datetime] = updated_at()


class Tag(Model[str], table="tags"):
    id: Attr[str] = partition_key()


class Locked(Model[str], table="locked"):
    id: Attr[str] = partition_key()
    version: Attr[int] = version()


ALL_DONE = {"UnprocessedItems": {}}


def notes(count):
    """So many notes of one owner, numbered."""
    return [Note(owner="o", number=number) for number in range(count)]


def batch_of(items, *, on_duplicate="error", overwrite=False):
    """A batch that puts these."""
    batch = WriteBatch(SETTINGS, on_duplicate)
    for item in items:
        batch.put(item, NOW, overwrite=overwrite)
    return batch


def flow(batch, **options):
    """The flow of a batch, one request at a time and with dice that show the longest wait."""
    given = {"operation": "batch_put", "concurrency": 1, "dice": lambda: 1.0} | options
    return write_batch(batch.items, **given)


def requests(body):
    """The puts and deletions of a request, each with its table."""
    return [(table, request) for table, found in body["RequestItems"].items() for request in found]


def stored_numbers(call):
    """The numbers of the notes that a request puts."""
    return [int(request["PutRequest"]["Item"]["number"]["N"]) for _, request in requests(body_of(call))]


def leaving(wanted):
    """An answer that leaves unprocessed what ``wanted`` says of the item's number."""

    def answer(call):
        left = [
            request
            for _, request in requests(body_of(call))
            if wanted(int(request["PutRequest"]["Item"]["number"]["N"]))
        ]
        return {"UnprocessedItems": {"notes": left} if left else {}}

    return answer


# ---------------------------------------------------------------- what is sent


def test_any_number_of_items_goes_in_requests_of_25():  # R83 R85
    """Sixty items are three requests, in order, each item once."""
    service = Service(lambda _: ALL_DONE)

    done = service.run(flow(batch_of(notes(60))))

    assert done == 60
    assert [list(range(25)), list(range(25, 50)), list(range(50, 60))] == [
        stored_numbers(call) for call in service.calls
    ]
    assert [] == service.sleeps


def test_a_request_stays_below_16_mb_on_the_wire():  # R85
    """Numbers are longer in JSON than DynamoDB counts them, so fewer items fit than 25."""
    large = [Note(owner="o", number=number, sizes=[7] * 130_000) for number in range(14)]
    service = Service(lambda _: ALL_DONE)

    service.run(flow(batch_of(large)))

    assert [12, 2] == [len(stored_numbers(call)) for call in service.calls]
    assert all(len(call.body) <= 16 * 1024 * 1024 for call in service.calls)


def test_models_tables_puts_and_deletions_mix():  # R85
    """One request carries whatever fits, table by table."""
    batch = batch_of([Note(owner="o", number=1), Tag(id="x")])
    batch.delete(Tag.key("y"))
    batch.delete(Note(owner="o", number=2))
    service = Service(lambda _: ALL_DONE)

    assert service.run(flow(batch)) == 4
    (body,) = service.bodies
    assert {"notes", "tags"} == body["RequestItems"].keys()
    assert [{"DeleteRequest": {"Key": {"owner": {"S": "o"}, "number": {"N": "2"}}}}] == body["RequestItems"]["notes"][
        1:
    ]
    assert [{"DeleteRequest": {"Key": {"id": {"S": "y"}}}}] == body["RequestItems"]["tags"][1:]


def test_nothing_to_write_needs_no_request():
    """An empty batch is done."""
    service = Service(lambda _: ALL_DONE)

    assert service.run(flow(WriteBatch(SETTINGS))) == 0
    assert [] == service.calls


def test_lifecycle_fields_are_those_of_a_put():  # R29 R39
    """What is stored has the batch's time, and so has the instance once it is stored."""
    note = Note(owner="o", number=1)
    service = Service(lambda _: ALL_DONE)

    service.run(flow(batch_of([note])))

    item = requests(service.bodies[0])[0][1]["PutRequest"]["Item"]
    assert item["updated_at"]["S"].startswith("2026-11-21T12:00:00")
    assert note.updated_at == NOW


# ---------------------------------------------------------------- what is left unprocessed


def test_what_is_left_is_sent_again_as_it_was():
    """The second request has the very bytes of the first for the items that were left: nothing is encoded anew."""
    service = Service(
        lambda call: leaving(lambda number: number in (3, 4))(call) if len(service.calls) == 1 else ALL_DONE
    )
    batch = batch_of(notes(5))
    batch.items[3].subject.text = "changed since"

    assert service.run(flow(batch)) == 5
    first, second = service.bodies
    assert requests(first)[3:] == requests(second)


def test_a_round_that_brought_nothing_waits_as_after_a_throttle():
    """Waits double from one second, with full jitter; what was done begins the count anew."""
    answers = iter(
        [leaving(lambda _: True), leaving(lambda _: True), leaving(lambda number: number > 0), lambda _: ALL_DONE]
    )

    def answer(call):
        return next(answers)(call)

    service = Service(answer)

    service.run(flow(batch_of(notes(5)), dice=lambda: 0.5))

    assert [0.5, 1.0] == service.sleeps[:2]
    assert service.sleeps[2] < 0.1


def test_ten_items_that_stay_unprocessed_are_named_and_fifty_are_written():  # R83
    """No endless loop, no lost chunk: exactly the ten come back, and only they are unchanged."""
    items = notes(60)
    service = Service(leaving(lambda number: 5 <= number < 15))

    with pytest.raises(BatchIncompleteError) as raised:
        service.run(flow(batch_of(items)))

    error = raised.value
    assert items[5:15] == list(error.unprocessed)
    assert all(given is found for given, found in zip(items[5:15], error.unprocessed, strict=True))
    assert error.succeeded == 50
    assert error.unknown == ()
    assert error.outcome is Outcome.NOT_APPLIED
    assert is_throttled(error)
    assert IDLE_ROUNDS - 1 == len([seconds for seconds in service.sleeps if seconds >= 1])
    assert [note.number for note in items if "updated_at" not in vars(note)] == list(range(5, 15))


def test_a_table_that_takes_nothing_ends_the_batch():
    """After two chunks of which nothing was taken, the others are not begun."""
    service = Service(leaving(lambda _: True))

    with pytest.raises(BatchIncompleteError) as raised:
        service.run(flow(batch_of(notes(1000))))

    assert 2 * IDLE_ROUNDS == len(service.calls)
    assert len(raised.value.unprocessed) == 1000


def test_a_number_spelled_otherwise_is_the_same_key():
    """The service may write numbers in its own way in what it left."""
    service = Service(
        lambda _: (
            {
                "UnprocessedItems": {
                    "notes": [
                        {"PutRequest": {"Item": {"number": {"N": "1.0"}, "text": {"S": ""}, "owner": {"S": "o"}}}}
                    ]
                }
            }
            if len(service.calls) == 1
            else ALL_DONE
        )
    )

    assert service.run(flow(batch_of(notes(3)))) == 3
    assert [[0, 1, 2], [1]] == [stored_numbers(call) for call in service.calls]


@given(st.lists(st.integers(0, 39), unique=True), st.integers(0, 2**32 - 1), st.sampled_from([1, 3]))
def test_every_item_is_written_once_or_named(never, seed, concurrency):
    """Whatever part of each request the service takes, an item is stored exactly once, or is in the error."""
    dice = random.Random(seed)
    stored: Counter[int] = Counter()
    items = notes(40)

    def answer(call):
        left = []
        for _, request in requests(body_of(call)):
            number = int(request["PutRequest"]["Item"]["number"]["N"])
            if number in never or dice.random() < 0.3:
                left.append(request)
            else:
                stored[number] += 1
        return {"UnprocessedItems": {"notes": left} if left else {}}

    try:
        done = Service(answer).run(flow(batch_of(items), concurrency=concurrency))
        named = []
    except BatchIncompleteError as error:
        done, named = error.succeeded, [note.number for note in error.unprocessed]

    assert dict.fromkeys(set(range(40)) - set(named), 1) == stored
    assert set(never) <= set(named)
    assert done == 40 - len(named)
    assert {note.number for note in items if "updated_at" in vars(note)} == set(stored)


# ---------------------------------------------------------------- errors


def test_a_refused_chunk_leaves_the_chunks_after_it_unsent():
    """The first chunk is done, the second and what follows are not, and the cause is the refusal."""
    items = notes(100)
    denied = AccessDeniedError(code="AccessDeniedException", status=400)
    service = Service(lambda _: ALL_DONE if len(service.calls) == 1 else denied)

    with pytest.raises(BatchIncompleteError) as raised:
        service.run(flow(batch_of(items)))

    error = raised.value
    assert error.__cause__ is denied
    assert items[25:] == list(error.unprocessed)
    assert error.succeeded == 25
    assert len(service.calls) == 2
    assert "AccessDeniedError" in str(error)


def test_a_lost_answer_is_neither_done_nor_not_done():
    """The items of that request are unknown, the later ones unprocessed, the earlier ones done."""
    items = notes(70)
    lost = OutcomeUnknownError("lost")
    service = Service(lambda _: ALL_DONE if len(service.calls) == 1 else lost)

    with pytest.raises(BatchIncompleteError) as raised:
        service.run(flow(batch_of(items)))

    error = raised.value
    assert (items[25:50], items[50:]) == (list(error.unknown), list(error.unprocessed))
    assert error.succeeded == 25
    assert error.outcome is Outcome.UNKNOWN


@pytest.mark.parametrize(
    "junk", [b"{}", b"[]", b"null", b"<html>", b'{"UnprocessedItems"', b'{"UnprocessedItems": []}']
)
def test_an_answer_that_is_none_never_means_written(junk):
    """Without the word of the service nothing counts as stored, and no instance changes."""
    items = notes(2)

    with pytest.raises(BatchIncompleteError) as raised:
        Service(lambda _: junk).run(flow(batch_of(items)))

    assert isinstance(raised.value.__cause__, ProtocolError)
    assert items == list(raised.value.unknown)
    assert all("updated_at" not in vars(note) for note in items)


def test_what_was_not_sent_cannot_be_left_unprocessed():
    """An answer about another item is not believed."""
    stranger = {
        "UnprocessedItems": {"notes": [{"DeleteRequest": {"Key": {"owner": {"S": "x"}, "number": {"N": "1"}}}}]}
    }

    with pytest.raises(BatchIncompleteError) as raised:
        Service(lambda _: stranger).run(flow(batch_of(notes(2))))

    assert isinstance(raised.value.__cause__, ProtocolError)


def test_the_deadline_ends_the_waiting():
    """A wait that would end after the deadline is refused by the runner; the batch ends with what it has."""
    batch = batch_of(notes(3))
    service = Service(leaving(lambda number: number == 2))
    late = DeadlineExceededError("too late")
    service._carry_out = lambda effect, carry_out=service._carry_out: (
        late if type(effect).__name__ == "Sleep" else carry_out(effect)
    )

    with pytest.raises(BatchIncompleteError) as raised:
        service.run(flow(batch))

    assert raised.value.__cause__ is late
    assert [2] == [note.number for note in raised.value.unprocessed]


def test_progress_is_told_and_may_stop_the_batch():
    """It hears how many are done; what it raises is the cause of an incomplete batch."""
    told = []
    Service(lambda _: ALL_DONE).run(flow(batch_of(notes(60)), progress=told.append))
    assert [25, 50, 60] == told

    class EnoughError(Exception):
        """The caller has had enough."""

    def stop(done):
        raise EnoughError

    with pytest.raises(BatchIncompleteError) as raised:
        Service(lambda _: ALL_DONE).run(flow(batch_of(notes(60)), progress=stop))
    assert isinstance(raised.value.__cause__, EnoughError)
    assert raised.value.succeeded == 25

    with pytest.raises(EnoughError):
        Service(lambda _: ALL_DONE).run(flow(batch_of(notes(5)), progress=stop))


# ---------------------------------------------------------------- before anything is sent


def test_two_writes_of_one_item_are_refused():
    """By default a batch does not guess which one was meant."""
    batch = batch_of([Note(owner="o", number=1, text="first")])

    with pytest.raises(InvalidRequestError, match="a put of this item already"):
        batch.put(Note(owner="o", number=1, text="second"), NOW)
    with pytest.raises(InvalidRequestError, match="a put of this item already"):
        batch.delete(Note.key("o", 1))
    batch.delete(Note.key("o", 2))
    with pytest.raises(InvalidRequestError, match="a delete of this item already"):
        batch.put(Note(owner="o", number=2), NOW)


def test_the_last_of_two_writes_wins_on_request():
    """It takes its own place in the order; the first is not sent and its instance does not change."""
    first, other, second = (
        Note(owner="o", number=1, text="a"),
        Note(owner="o", number=2),
        Note(owner="o", number=1, text="b"),
    )
    service = Service(lambda _: ALL_DONE)

    done = service.run(flow(batch_of([first, other, second], on_duplicate="last")))

    assert done == 2
    assert ["", "b"] == [request["PutRequest"]["Item"]["text"]["S"] for _, request in requests(service.bodies[0])]
    assert "updated_at" not in vars(first)
    assert second.updated_at == NOW


def test_two_deletions_of_one_item_are_one():
    """Deleting twice is deleting."""
    batch = WriteBatch(SETTINGS)
    batch.delete(Tag.key("x"))
    batch.delete(Tag(id="x"))

    assert len(batch) == 1


def test_a_key_spelled_otherwise_names_the_same_item():
    """A key that was not made here may have its number in another form; it is still the item's."""
    key = Note.key("o", 1)
    elsewhere = Key(key.model, key.table, {"number": {"N": "1.00"}, "owner": {"S": "o"}}, key.spec)
    batch = batch_of([Note(owner="o", number=1)])

    with pytest.raises(InvalidRequestError, match="a put of this item already"):
        batch.delete(elsewhere)

    assert 1 == len(batch)


@pytest.mark.parametrize("item", [Tag(id=None), Note(owner="o", number=None), Tag(id="")])
def test_an_item_without_a_key_is_refused(item):
    """Whether the library fills something in or not, the field is named, and nothing is added."""
    batch = WriteBatch(SETTINGS)

    with pytest.raises(ValidationError, match=r"Tag\.id|Note\.number"):
        batch.put(item, NOW)

    assert 0 == len(batch)


def test_a_version_cannot_be_checked_in_a_batch():  # R30
    """It is refused, unless overwriting is asked for; then the version is one that nobody has read."""
    locked = Locked(id="1")
    batch = WriteBatch(SETTINGS)
    with pytest.raises(InvalidRequestError, match="cannot check the version"):
        batch.put(locked, NOW)
    with pytest.raises(InvalidRequestError, match="cannot check the version"):
        batch.delete(locked)

    service = Service(lambda _: ALL_DONE)
    batch.put(locked, NOW, overwrite=True)
    batch.delete(Locked.key("2"))
    batch.delete(Locked(id="3"), overwrite=True)
    assert locked.version == 0
    service.run(flow(batch))

    assert requests(service.bodies[0])[0][1]["PutRequest"]["Item"]["version"] == {"N": str(locked.version)}
    assert locked.version == int(NOW.timestamp() * 1000)


@pytest.mark.parametrize(
    ("wrong", "error"),
    [
        (Note(owner="o", number="3"), ValidationError),
        (Note(owner="", number=3), ValidationError),
        (Note(owner="o", number=3, text="x" * 409_600), ItemTooLargeError),
        ("a text", InvalidRequestError),
        (Note, InvalidRequestError),
        ({"owner": "o"}, InvalidRequestError),
    ],
)
def test_one_wrong_item_and_nothing_is_sent(wrong, error):
    """Every item is looked at before the first request; a note says which one it was."""
    service = Service(lambda _: ALL_DONE)
    batch = WriteBatch(SETTINGS)
    items = [*notes(2), wrong]

    with pytest.raises(error) as raised:
        service.run(
            write_all(
                batch, items, lambda item: batch.put(item, NOW), operation="batch_put", concurrency=1, dice=lambda: 0.0
            )
        )

    assert [] == service.calls
    assert "It is item 3 of the batch. Nothing was sent." == raised.value.__notes__[-1]


def test_a_long_batch_lets_others_have_their_turn():
    """Preparing thousands of items is cut into pieces by sleeps of no length."""
    service = Service(lambda _: ALL_DONE)
    batch = WriteBatch(SETTINGS)

    service.run(
        write_all(
            batch,
            notes(1000),
            lambda item: batch.put(item, NOW),
            operation="batch_put",
            concurrency=4,
            dice=lambda: 1.0,
        )
    )

    assert [0] * 4 == service.sleeps


def test_an_unknown_rule_for_duplicates_is_refused():
    """A misspelt rule does not become the default."""
    with pytest.raises(InvalidRequestError, match="'error' or 'last'"):
        WriteBatch(SETTINGS, "first")
