"""What Streamer's stores send, and what they make of answers: with a scripted transport, and no engine.

Each fault of the original application that its stores could have has its test here.
"""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
import pytest_asyncio

from dynamorm_async import ItemExistsError, ItemNotFoundError, OutcomeUnknownError, Session, VersionConflictError
from dynamorm_async._codec import default_codec
from dynamorm_async.errors import KeyChangeError, TransactionCanceledError
from examples.streamer.connections import OrmConnectionStore
from examples.streamer.models import AsyncRequest, Connection, Status
from examples.streamer.request_queue import RequestQueue
from tests.support.scripted import ScriptedTransport, StillClock, canceled, refused
from tests.support.streamer import a_connection, a_request

pytestmark = pytest.mark.asyncio
LONG_AGO = datetime(2020, 1, 1, tzinfo=UTC)
REFUSED = {"Code": "ConditionalCheckFailed"}
CONFLICT = {"Code": "TransactionConflict"}
THROTTLED = {"Code": "ThrottlingError"}


class Service:
    """Answers each call with the next answer for its operation, and has seen what was sent."""

    def __init__(self):
        self.answers = {}
        self.transport = ScriptedTransport(self._answer)

    def will(self, operation, *answers):
        """Answer calls of this operation in this order; the last one stays."""
        self.answers[operation] = list(answers)

    def _answer(self, call):
        answers = self.answers.get(call.operation, [{}])
        return answers.pop(0) if len(answers) > 1 else answers[0]

    @property
    def sent(self):
        """The operations."""
        return [call.operation for call in self.transport.calls]

    @property
    def bodies(self):
        """Their bodies."""
        return self.transport.bodies


@pytest.fixture
def service():
    """The other side."""
    return Service()


@pytest_asyncio.fixture
async def db(service):
    """A session whose time stands still and which sends everything once."""
    async with Session(transport=service.transport, clock=StillClock(), max_retries=0) as session:
        yield session


@pytest.fixture
def queue(db):
    """The queue."""
    return RequestQueue(db)


@pytest.fixture
def connections(db):
    """The store of connections."""
    return OrmConnectionStore(db)


def stored(*instances):
    """A page of items."""
    items = [default_codec.model(type(one).__dynamorm_spec__).encode(one) for one in instances]
    return {"Items": items, "Count": len(items), "ScannedCount": len(items)}


def found(instance):
    """An item by its key."""
    return {"Item": stored(instance)["Items"][0]}


def waits(service, *requests):
    """Requests that the index has, and that are read again one by one."""
    service.will("Query", stored(*requests))
    service.will("GetItem", *map(found, requests))


def old_request(request_id="r1", status=Status.PENDING, version=1, **fields):
    """A request as it was stored."""
    made = a_request(request_id, status=status, ttl=LONG_AGO, **fields)
    made.created_at, made.version = LONG_AGO, version
    return made


def old_connection(connection_id="c1"):
    """A connection as it was stored."""
    return a_connection(connection_id, ttl=LONG_AGO, last_ping=LONG_AGO)


# ---------------------------------------------------------------- connections


async def test_a_ping_is_one_conditional_update(service, connections):  # F7
    """From the key alone, which the original's update did not find in its model."""
    service.will("UpdateItem", {"Attributes": stored(old_connection())["Items"][0]})

    await connections.update_last_ping("c1")

    assert ["UpdateItem"] == service.sent
    (body,) = service.bodies
    assert {"pk": {"S": "CONN#c1"}, "sk": {"S": "METADATA"}} == body["Key"]
    assert body["UpdateExpression"].startswith("SET ")
    assert "attribute_exists" in body["ConditionExpression"]
    assert {"last_ping", "ttl", "pk"} == set(body["ExpressionAttributeNames"].values())


async def test_a_missing_connection_is_told_by_type(service, connections):
    """Not by the text of an error."""
    service.will("UpdateItem", refused("ConditionalCheckFailedException"))

    with pytest.raises(ItemNotFoundError):
        await connections.update_last_ping("c1")


async def test_a_connection_that_pings_while_it_is_swept_stays(service, connections):
    """Each deletion has the condition of the sweep."""
    service.will("Scan", stored(old_connection("c1"), old_connection("c2")))
    service.will("DeleteItem", refused("ConditionalCheckFailedException"), {})

    assert 1 == await connections.delete_stale(datetime.now(UTC))

    assert ["Scan", "DeleteItem", "DeleteItem"] == service.sent
    assert all("last_ping" in body["ExpressionAttributeNames"].values() for body in service.bodies)


async def test_a_failing_sweep_says_so(service, connections):
    """The original went on as if nothing had happened."""
    service.will("Scan", stored(old_connection("c1"), old_connection("c2")))
    service.will("DeleteItem", {}, refused("InternalServerError", 500))

    with pytest.raises(OutcomeUnknownError):
        await connections.delete_stale(datetime.now(UTC))


# ---------------------------------------------------------------- the queue


async def test_enqueueing_looks_at_every_key_of_the_id(service, queue):
    """One transaction: the request is created, and is nowhere else."""
    await queue.enqueue(a_request())

    (body,) = service.bodies
    (put, *checks) = body["TransactItems"]
    assert {"S": "STATUS#PENDING"} == put["Put"]["Item"]["sk"]
    assert {f"STATUS#{status}" for status in Status if status is not Status.PENDING} == {
        check["ConditionCheck"]["Key"]["sk"]["S"] for check in checks
    }


@pytest.mark.parametrize(
    ("reasons", "error"),
    [
        ([REFUSED, *[None] * 4], ItemExistsError),
        ([None, REFUSED, *[None] * 3], ItemExistsError),
        ([THROTTLED, *[None] * 4], TransactionCanceledError),
    ],
    ids=["pending", "elsewhere", "throttled"],
)
async def test_why_a_request_was_not_enqueued(service, queue, reasons, error):
    """A taken id is one thing, a busy table another."""
    service.will("TransactWriteItems", canceled(*reasons))

    with pytest.raises(error):
        await queue.enqueue(a_request())


async def test_taking_is_one_transaction(service, queue):
    """The original deleted, took no notice of errors, and then created."""
    waits(service, old_request(payload={"a": 1}, progress=0.5))

    (taken,) = await queue.dequeue()

    assert ["Query", "GetItem", "TransactWriteItems"] == service.sent
    delete, put = service.bodies[2]["TransactItems"]
    assert {"S": "STATUS#PENDING"} == delete["Delete"]["Key"]["sk"]
    assert "version" in delete["Delete"]["ExpressionAttributeNames"].values()
    assert ("STATUS#PROCESSING", {"N": "0.5"}, {"M": {"a": {"N": "1"}}}) == (
        put["Put"]["Item"]["sk"]["S"],
        put["Put"]["Item"]["progress"],
        put["Put"]["Item"]["payload"],
    )
    assert "status-index" == service.bodies[0]["IndexName"]
    assert Status.PROCESSING is taken.status


@pytest.mark.parametrize("reason", [REFUSED, CONFLICT], ids=["taken", "being taken"])
async def test_what_another_takes_is_left_to_it(service, queue, reason):
    """The index is behind, or two reach for it at once: the next is tried, and the list is looked at again."""
    service.will("Query", stored(old_request()), stored(old_request("r2")))
    service.will("GetItem", found(old_request()), found(old_request("r2")))
    service.will("TransactWriteItems", canceled(reason, None), {})

    assert ["r2"] == [request.request_id for request in await queue.dequeue()]


async def test_looking_ends(service, queue):
    """An index that stays behind does not keep a consumer for ever."""
    waits(service, old_request())
    service.will("TransactWriteItems", canceled(REFUSED, None))

    assert [] == await queue.dequeue()
    assert 5 == service.sent.count("Query")


@pytest.mark.parametrize(
    ("answer", "error"),
    [(refused("InternalServerError", 500), OutcomeUnknownError), (canceled(THROTTLED, None), TransactionCanceledError)],
)
async def test_a_failure_to_take_is_raised(service, queue, answer, error):
    """The original said that nothing waited."""
    waits(service, old_request())
    service.will("TransactWriteItems", answer)

    with pytest.raises(error):
        await queue.dequeue()


async def test_a_failure_costs_nothing_that_was_taken(service, queue, caplog):
    """What is PROCESSING has to reach its worker; the failure is logged."""
    waits(service, old_request("r1"), old_request("r2"))
    service.will("TransactWriteItems", {}, canceled(THROTTLED, None))

    assert 1 == len(await queue.dequeue(2))
    assert "ended early" in caplog.text


async def test_a_request_that_fills_its_item_hides_no_others(service, queue, caplog):
    """It has no room for the time at which it is taken: it is told by its key, and looked at once."""
    service.will("Query", stored(old_request("full")), stored(old_request("full"), old_request("r2")))
    full = old_request("full", payload={"a": "z" * 409_600})
    service.will("GetItem", found(full), found(old_request("r2")))

    assert ["r2"] == [request.request_id for request in await queue.dequeue()]
    assert "REQ#full" in caplog.text


async def test_what_waits_no_more_is_left_to_whoever_has_it(service, queue):
    """The index is behind: what is not there under its key any more costs one read and no transaction."""
    service.will("Query", stored(old_request()))
    service.will("GetItem", {})

    assert [] == await queue.dequeue()
    assert "TransactWriteItems" not in service.sent


@pytest.mark.parametrize("seen", [[], ["PENDING", "PROCESSING"]], ids=["neither", "both"])
async def test_a_request_is_found_while_it_moves(service, queue, seen):
    """A query may see a transaction half-way; then one moment is read."""
    request = old_request(status=Status.PROCESSING)
    item = stored(request)["Items"][0]
    service.will("Query", stored(*(old_request(status=Status(status)) for status in seen)))
    service.will("TransactGetItems", {"Responses": [{}, {"Item": item}, {}, {}, {}]})

    assert request == await queue.get("r1")
    assert 5 == len(service.bodies[1]["TransactItems"])


async def test_a_report_that_comes_in_between_is_kept(service, queue):
    """The end is tried again on what is stored then; the original lost result or progress."""
    before = old_request(status=Status.PROCESSING, version=2)
    after = old_request(status=Status.PROCESSING, version=3, progress=0.75, progress_message="nearly")
    service.will("Query", stored(before), stored(after))
    service.will("TransactWriteItems", canceled(REFUSED, None), {})

    ended = await queue.fail_request("r1", "the disk is full")

    put = service.bodies[-1]["TransactItems"][1]["Put"]["Item"]
    assert ("0.75", "nearly", "the disk is full", "4") == (
        put["progress"]["N"],
        put["progress_message"]["S"],
        put["error"]["S"],
        put["version"]["N"],
    )
    assert (0.75, "nearly", "the disk is full") == (ended.progress, ended.progress_message, ended.error)


async def test_a_change_that_never_wins_says_so(service, queue):
    """After ten times."""
    service.will("Query", stored(old_request(status=Status.PROCESSING)))
    service.will("TransactWriteItems", canceled(REFUSED, None))

    with pytest.raises(VersionConflictError):
        await queue.complete_request("r1", {})
    assert 10 == service.sent.count("TransactWriteItems")


async def test_a_report_never_makes_a_request(service, queue):
    """One update, only of a request that someone works on."""
    service.will("UpdateItem", refused("ConditionalCheckFailedException"))

    with pytest.raises(ItemNotFoundError):
        await queue.update_progress("r1", 0.5)
    assert {"pk": {"S": "REQ#r1"}, "sk": {"S": "STATUS#PROCESSING"}} == service.bodies[0]["Key"]


# ---------------------------------------------------------------- the models


@pytest.mark.parametrize(
    ("model", "parts", "expected"),
    [
        (Connection, {"connection_id": "c1"}, ("CONN#c1", "METADATA")),
        (AsyncRequest, {"request_id": "r1", "status": Status.FAILED}, ("REQ#r1", "STATUS#FAILED")),
    ],
)
async def test_keys_are_as_the_documents_say(model, parts, expected):  # R41
    """Built from the fields."""
    attributes = model.key(**parts).attributes

    assert expected == (attributes["pk"]["S"], attributes["sk"]["S"])


async def test_a_status_is_no_plain_update(service, db):  # R41
    """It is in the key: ``update`` refuses it and names ``move``."""
    request = old_request()

    with pytest.raises(KeyChangeError, match="move"):
        await request.update(status=Status.FAILED).using(db)

    assert [] == service.sent
