"""3.C: the wire breaks. What became of a write is said as it is, and reads come back."""

from __future__ import annotations

import resource
import time

import anyio
import pytest

from dynamorm_async import (
    ConditionFailedError,
    Credentials,
    ItemExistsError,
    ItemNotFoundError,
    Outcome,
    OutcomeUnknownError,
    Session,
    deadline,
)
from dynamorm_async.errors import (
    ChecksumMismatchError,
    ConnectionLostError,
    DeadlineExceededError,
    DecodeError,
    EndpointUnreachableError,
    ProtocolError,
    ResponseTooLargeError,
    UnexpectedRedirectError,
    VersionConflictError,
)
from dynamorm_async.events import CallFinished, WriteSettled
from dynamorm_async.testing.faults import (
    Answer,
    CorruptChecksum,
    Cut,
    Drip,
    FaultServer,
    Flood,
    Hang,
    HeaderBomb,
    Redirect,
    Reset,
    Response,
)
from tests.support.adversity import Account, Claim, Events, Job, Log, VirtualClock, alone

pytestmark = pytest.mark.asyncio
ITEM = {"Item": {"id": {"S": "a"}, "credits": {"N": "5"}}}


async def send_write(verb: str, account: Account) -> object:
    """One write, by name."""
    writes = {
        "put": account.put,
        "update": lambda: account.update(owner="b"),
        "delete": account.delete,
        "add": lambda: account.update(Account.credits.add(1)),
        "append": lambda: account.update(Account.entries.append(["x"])),
    }
    return await writes[verb]()


# ---------------------------------------------------------------- 21


async def test_fault_21_a_refused_connection_is_tried_four_times_and_nothing_was_applied():
    """The write never left, so it can be repeated at will."""
    async with FaultServer() as server:
        endpoint = server.endpoint
    clock, events = VirtualClock(), Events()

    async with Session(endpoint=endpoint, clock=clock, observers=[events]) as db:
        with pytest.raises(EndpointUnreachableError) as caught:
            await Account(id="a").put().using(db)

    assert (caught.value.outcome, caught.value.attempts) == (Outcome.NOT_APPLIED, 4)
    assert len(events.delays) == 3


async def test_fault_21_a_name_without_an_address():
    """An empty DNS answer fails fast, and nothing was applied."""
    keys = Credentials("AKID", "secret")
    endpoint = "https://nowhere.invalid"
    async with Session(endpoint=endpoint, region="eu-west-1", credentials=keys, clock=VirtualClock()) as db:
        with pytest.raises(EndpointUnreachableError) as caught:
            await Account(id="a").put().using(db)

    assert caught.value.outcome is Outcome.NOT_APPLIED


async def test_fault_21_open_connections_serve_while_new_ones_are_refused():
    """As in an outage of names: what works is kept."""
    async with alone(answer=lambda _: ITEM) as (server, _):
        await Account.get("a")
        async with server.refusing():
            assert [(await Account.get("a")).credits for _ in range(5)] == [5] * 5
        assert server.connections == 1


# ---------------------------------------------------------------- 22


async def test_fault_22_a_get_is_answered_on_the_second_try(world):
    """A read can always be repeated."""
    async with world(Reset.after_request(operation="GetItem")) as (proxy, _):
        await Account(id="a", credits=3).put()

        assert ((await Account.get("a")).credits, proxy.count("GetItem")) == (3, 2)


@pytest.mark.parametrize("applied", [True, False])
@pytest.mark.parametrize("verb", ["put", "update", "delete"])
async def test_fault_22_a_write_that_leaves_the_same_state_is_repeated(world, truth, verb, applied):
    """Twice is as good as once."""
    async with world() as (proxy, _):
        account = await Account(id="a", credits=3).put()
        proxy.play(Reset.after_request(applied=applied))

        await send_write(verb, account)

        assert proxy.count() == 2
    stored = await Account.get_or_none("a").using(truth)
    assert stored == (None if verb == "delete" else account)


@pytest.mark.parametrize("applied", [True, False])
@pytest.mark.parametrize("verb", ["add", "append"])
async def test_fault_22_what_adds_up_is_sent_once_and_its_outcome_is_unknown(world, truth, verb, applied):
    """Whether or not it was applied, nobody here can know."""
    async with world() as (proxy, _):
        account = await Account(id="a", credits=3).put()
        proxy.play(Reset.after_request(applied=applied))

        with pytest.raises(OutcomeUnknownError) as caught:
            await send_write(verb, account)

        assert proxy.count("UpdateItem") == 1
    error = caught.value
    assert (error.outcome, error.op, error.model, error.attempts) == (Outcome.UNKNOWN, "Account.update", "Account", 1)
    assert isinstance(error.__cause__, ConnectionLostError)
    stored = await Account.get("a").using(truth)
    assert (stored.credits - 3 + len(stored.entries)) == int(applied)


async def test_fault_22_a_write_that_asks_not_to_be_repeated_is_sent_once(world):
    """``retry_unknown=False``: a repetition could overwrite what someone else wrote in between."""
    async with world(Reset.after_request(operation="PutItem")) as (proxy, _):
        with pytest.raises(OutcomeUnknownError):
            await Account(id="a").put(retry_unknown=False)

        assert proxy.count("PutItem") == 1


@pytest.mark.parametrize("applied", [True, False])
@pytest.mark.parametrize("verb", ["add", "append"])
async def test_fault_22_exactly_once_adds_once(world, truth, verb, applied):
    """A transaction of one, under a token: repeated, and carried out once."""
    action = Account.credits.add(1) if verb == "add" else Account.entries.append(["x"])
    async with world() as (proxy, _):
        account = await Account(id="a", credits=3).put()
        proxy.play(Reset.after_request(operation="TransactWriteItems", applied=applied))

        await account.update(action, exactly_once=True)

        first, second = (request for request in proxy.requests if request.operation == "TransactWriteItems")
        assert first.body == second.body
    stored = await Account.get("a").using(truth)
    assert stored == account
    assert (stored.credits - 3 + len(stored.entries)) == 1


async def test_fault_22_exactly_once_says_that_its_condition_failed(world):
    """As the plain update would, with the stored item."""
    async with world() as (_, _db):
        account = await Account(id="a", credits=3).put()
        with pytest.raises(ConditionFailedError) as caught:
            await account.update(Account.credits.add(1), if_=Account.credits > 5, exactly_once=True)

    assert (caught.value.current.credits, caught.value.outcome) == (3, Outcome.NOT_APPLIED)


# ---------------------------------------------------------------- 23


async def test_fault_23_our_own_item_settles_a_lost_create(world, truth):
    """The condition fails on the item that the first attempt stored: it is ours by its time, and the create is done."""
    events = Events()
    async with world(Reset.after_request(operation="PutItem"), observers=[events]) as (proxy, _):
        job = await Job(id="j").create()

        assert proxy.count("PutItem") == 2
    assert await Job.get("j").using(truth) == job
    assert [event.operation for event in events.of(WriteSettled)] == ["PutItem"]


async def test_fault_23_a_rival_s_item_is_a_failed_create(world, truth):
    """Its version proves that ours was never there."""
    rival = await Job(id="j", status="theirs").create().using(truth)
    async with world(Reset.after_request(operation="PutItem", applied=False)) as (proxy, _):
        with pytest.raises(ItemExistsError) as caught:
            await Job(id="j", status="ours").create()

        assert proxy.count("PutItem") == 2
    assert (caught.value.outcome, caught.value.current) == (Outcome.NOT_APPLIED, rival)


async def test_fault_23_no_item_is_an_unknown_outcome(world):
    """Applied and deleted since, or never there: the condition failed, and the item does not say."""
    script = [
        Reset.after_request(operation="PutItem", applied=False),
        Answer(
            {"__type": "com.amazonaws.dynamodb.v20120810#ConditionalCheckFailedException"},
            400,
            operation="PutItem",
        ),
    ]
    async with world(*script) as (_, _db):
        with pytest.raises(OutcomeUnknownError, match="no such item now"):
            await Job(id="j").create()


async def test_fault_23_an_equal_item_without_a_mark_proves_nothing(world, truth):
    """Two workers that claim a message create the same item; only one of them may think that it won."""
    await Account(id="message-1").create().using(truth)
    async with world(Reset.after_request(operation="PutItem", applied=False)) as (_, _db):
        with pytest.raises(OutcomeUnknownError, match="another writer may have written the same") as caught:
            await Account(id="message-1").create()

    assert caught.value.current == Account(id="message-1")


async def test_fault_23_a_condition_that_fails_at_once_has_failed(world, truth):
    """Without a lost answer before it there is nothing to doubt, even where the item is equal."""
    await Account(id="a").create().using(truth)
    async with world() as (_, _db):
        with pytest.raises(ItemExistsError) as caught:
            await Account(id="a").create()

    assert caught.value.outcome is Outcome.NOT_APPLIED


# ---------------------------------------------------------------- 24


async def test_fault_24_a_versioned_save_counts_once_however_often_its_answer_is_lost(world, truth):
    """Both saves are found applied, and each counted once."""
    async with world() as (proxy, _):
        job = await Job(id="j").create()
        for status in ("running", "done"):
            proxy.play(Reset.after_request(operation="PutItem"))
            job.status = status
            await job.put()
            assert proxy.count("PutItem") == 2
    stored = await Job.get("j").using(truth)
    assert (stored.version, stored.status) == (3, "done")
    assert stored == job


@pytest.mark.parametrize("applied", [True, False])
async def test_fault_24_a_versioned_update_may_even_add_up(world, truth, applied):
    """The version lets it happen once, so it is repeated, unlike an addition without one."""
    async with world() as (proxy, _):
        job = await Job(id="j").create()
        proxy.play(Reset.after_request(operation="UpdateItem", applied=applied))
        await job.update(Job.runs.add(1))

        assert proxy.count("UpdateItem") == 2
    assert await Job.get("j").using(truth) == job
    assert (job.runs, job.version) == (1, 2)


async def test_fault_24_a_rival_who_was_faster_is_a_conflict(world, truth):
    """The next version is another's: ours was not applied."""
    async with world() as (proxy, _):
        job = await Job(id="j").create()
        await (await Job.get("j").using(truth)).update(status="theirs").using(truth)
        proxy.play(Reset.after_request(operation="PutItem", applied=False))
        job.status = "ours"
        with pytest.raises(VersionConflictError) as caught:
            await job.put()

    assert (caught.value.outcome, caught.value.current.status) == (Outcome.NOT_APPLIED, "theirs")


async def test_fault_24_the_same_version_and_the_same_words_prove_nothing(world, truth):
    """Two workers set the same status on version 1: a version alone cannot tell whose version 2 it is."""
    async with world() as (proxy, _):
        claim = await Claim(id="c").create()
        await (await Claim.get("c").using(truth)).update(status="taken").using(truth)
        proxy.play(Reset.after_request(operation="PutItem", applied=False))
        claim.status = "taken"
        with pytest.raises(OutcomeUnknownError):
            await claim.put()


async def test_fault_24_mutate_never_does_its_change_twice(world, truth):
    """Applied, its answer lost, and changed again by a rival: mutate must not begin anew."""
    async with world() as (proxy, db):
        await Job(id="j").create()
        proxy.play(Reset.after_request(operation="PutItem"))

        class Rival(VirtualClock):
            async def sleep(self, seconds: float) -> None:
                await super().sleep(seconds)
                for _ in range(2):
                    await Job.with_key("j").update(Job.runs.add(10)).using(truth)

        async with Session(endpoint=proxy.endpoint, table_prefix=db.table_prefix, clock=Rival()) as rivalled:
            with rivalled.scope(), pytest.raises(OutcomeUnknownError):
                await Job.mutate("j", lambda job: setattr(job, "runs", job.runs + 1))
    assert (await Job.get("j").using(truth)).runs == 21


# ---------------------------------------------------------------- 25


async def test_fault_25_a_transaction_is_repeated_with_the_same_bytes_and_applied_once(world, truth):
    """Its token, and everything else of it, is the same in every attempt."""
    async with world() as (proxy, db):
        await Account(id="a", credits=10).put()
        await Account(id="b").put()
        proxy.play(Reset.after_request(), Reset.after_request())
        async with db.transaction() as tx:
            tx.update(Account.key("a"), Account.credits.sub(4))
            tx.update(Account.key("b"), Account.credits.add(4))

        assert len({request.body for request in proxy.requests}) == 1
        assert (proxy.count(), len(proxy.carried_out)) == (3, 3)
    assert [(await Account.get(name).using(truth)).credits for name in "ab"] == [6, 4]


# ---------------------------------------------------------------- 26

CUTS = [Cut.before_head(), Cut(7), Cut(7, chunked=True), Cut(40, part="head"), Hang(20)]


@pytest.mark.parametrize("cut", CUTS[:4], ids=["before the head", "in the body", "in a chunk", "in the head"])
async def test_fault_26_a_cut_answer_is_read_again_or_its_write_unknown(world, cut):
    """Never half an item, and never "no such item"."""
    async with world() as (proxy, _):
        account = await Account(id="a", credits=3).put()
        proxy.play(cut)
        assert await Account.get("a") == account
        assert proxy.count() == 2

        proxy.play(cut)
        with pytest.raises(OutcomeUnknownError):
            await account.update(Account.credits.add(1))
        assert proxy.count() == 1


async def test_fault_26_an_answer_that_stops_is_given_up(world):
    """A server that falls silent in the middle is no reason to wait for ever."""
    async with world(read_timeout=0.2) as (proxy, _):
        account = await Account(id="a", credits=3).put()
        proxy.play(Hang(20))

        assert await Account.get("a") == account


# ---------------------------------------------------------------- 27

NO_ANSWERS = [b"<html>sign in</html>", b"", b'{"Item":{"id":{"S"', b"[]", b"null", b'{"Item":{"id":{"S":"a"}}', b"{}}"]


@pytest.mark.parametrize("body", NO_ANSWERS)
@pytest.mark.parametrize("checksum", [True, False])
async def test_fault_27_what_is_no_answer_is_never_an_empty_one(body, checksum):
    """A page of HTML is not "no such item": reads are repeated, then it is said what came."""

    def answer(_):
        return Response.of(body) if checksum else Response(200, body)

    # With a checksum that fits, nothing was lost on the way: what looks like an object is sent so, and read once.
    attempts = 1 if checksum and body.endswith(b"}") else 4
    async with alone(answer=answer, clock=VirtualClock()) as (server, _):
        for read in (Account.get("a"), Account.get_or_none("a"), Log.query(Log.name == "a"), Account.scan()):
            server.play()
            with pytest.raises(ProtocolError) as caught:
                await read
            assert (server.count(), caught.value.outcome) == (attempts, Outcome.NOT_APPLIED)


@pytest.mark.parametrize("body", NO_ANSWERS)
async def test_fault_27_a_write_with_such_an_answer_is_unknown(body):
    """Something carried it out, or nothing did."""
    async with alone(answer=lambda _: Response(200, body), clock=VirtualClock()) as (server, _):
        with pytest.raises(OutcomeUnknownError):
            await Account(id="a").update(Account.credits.add(1))
        assert server.count() == 1


async def test_fault_27_an_answer_that_is_there_after_all(world):
    """One bad answer costs one retry."""
    async with world() as (proxy, _):
        account = await Account(id="a").put()
        proxy.play(Answer.html())

        assert await Account.get("a") == account


async def test_fault_27_no_item_is_still_no_item():
    """An empty object is the true answer for a missing item."""
    async with alone() as (_, _db):
        assert await Account.get_or_none("a") is None
        with pytest.raises(ItemNotFoundError):
            await Account.get("a")


# ---------------------------------------------------------------- 28


async def test_fault_28_a_wrong_checksum_never_gives_data():
    """Four attempts, and an error."""
    async with alone(CorruptChecksum(times=None), answer=lambda _: ITEM, clock=VirtualClock()) as (server, _):
        with pytest.raises(ChecksumMismatchError) as caught:
            await Account.get("a")

        assert (server.count(), caught.value.outcome) == (4, Outcome.NOT_APPLIED)


async def test_fault_28_a_checksum_that_is_no_number():
    """Damaged headers are a damaged answer."""
    async with alone(CorruptChecksum("abc", times=None), answer=lambda _: ITEM, clock=VirtualClock()) as (_, _db):
        with pytest.raises(ProtocolError):
            await Account.get("a")


async def test_fault_28_a_write_with_a_wrong_checksum_is_unknown(world, truth):
    """It was carried out, and its answer cannot be believed."""
    async with world() as (proxy, _):
        account = await Account(id="a").put()
        proxy.play(CorruptChecksum())
        with pytest.raises(OutcomeUnknownError):
            await account.update(Account.credits.add(1))
    assert (await Account.get("a").using(truth)).credits == 1


# ---------------------------------------------------------------- 29


@pytest.mark.parametrize("status", [301, 302, 307, 308])
async def test_fault_29_a_redirect_is_never_followed(status):
    """Not for a read, not for a write; the other place hears nothing, and no cookie comes back."""
    async with FaultServer() as elsewhere:
        script = Redirect(elsewhere.endpoint, status, times=2)
        async with alone(script, answer=lambda _: ITEM, clock=VirtualClock()) as (server, _):
            for call in (Account.get("a"), Account(id="a").put()):
                with pytest.raises(UnexpectedRedirectError) as caught:
                    await call
                assert caught.value.outcome is Outcome.NOT_APPLIED
            await Account.get("a")

            assert not any("cookie" in request.headers for request in server.requests)
        assert elsewhere.requests == []


# ---------------------------------------------------------------- 30


async def test_fault_30_drops_do_not_hold_up_a_deadline():
    """The answer comes, byte by byte; the deadline does not wait for it, and the connection is closed."""
    async with alone(Drip(times=None, interval=0.3), answer=lambda _: ITEM) as (server, _):
        began = time.monotonic()
        with deadline(0.5), pytest.raises(DeadlineExceededError) as caught:
            await Account.get("a")
        took = time.monotonic() - began

        assert caught.value.outcome is Outcome.NOT_APPLIED
        assert took >= 0.49
        await server.wait_until_left()


async def test_fault_30_a_write_that_is_late_is_unknown():
    """The deadline is kept, and the error says what is not known."""
    async with alone(Hang(times=None), timeout=0.3) as (server, _):
        with pytest.raises(OutcomeUnknownError) as caught:
            await Account(id="a").put()

        assert isinstance(caught.value.__cause__, DeadlineExceededError)
        assert server.count() == 1


async def test_fault_30_a_deadline_covers_every_page(world):
    """Awaiting a query is one call, however many pages it has."""
    pages = [{"Items": [], "Count": 0, "LastEvaluatedKey": {"id": {"S": str(n)}}} for n in range(1000)]
    clock = VirtualClock()

    def answer(_):
        clock._passed += 1.0
        return pages.pop()

    async with alone(answer=answer, clock=clock, timeout=20.0) as (server, _):
        with pytest.raises(DeadlineExceededError):
            await Account.scan()
        assert server.count() == 20


async def test_fault_30_no_wait_ends_after_the_deadline():
    """A retry that would come too late is not waited for."""
    from dynamorm_async.testing.faults import Throttle

    clock = VirtualClock()
    async with alone(Throttle(times=None), clock=clock, timeout=0.5, dice=lambda: 0.9) as (server, _):
        with pytest.raises(DeadlineExceededError) as caught:
            await Account(id="a").put()

    assert (server.count(), clock.slept, caught.value.outcome) == (1, [], Outcome.NOT_APPLIED)


# ---------------------------------------------------------------- 31


@pytest.mark.parametrize("chunked", [True, False])
async def test_fault_31_an_answer_without_end_is_cut_off(chunked):
    """Reading stops soon after the largest answer that DynamoDB gives; it is never held in memory as a whole."""
    async with alone(Flood(chunked=chunked, times=None), answer=lambda _: ITEM) as (server, _):
        before_kib = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        with pytest.raises(ResponseTooLargeError) as caught:
            await Account.get("a")
        grown = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before_kib

        assert (server.count(), caught.value.outcome) == (1, Outcome.NOT_APPLIED)
        assert grown < 120 * 1024
        assert server.bytes_sent < 64 * 1024 * 1024


async def test_fault_31_ten_thousand_headers_are_cut_off():
    """The head has a limit of its own."""
    async with alone(HeaderBomb(times=None), answer=lambda _: ITEM, clock=VirtualClock()) as (_, _db):
        with pytest.raises(ProtocolError):
            await Account.get("a")


# ---------------------------------------------------------------- 32

DEEP = b'{"Item":{"id":{"S":"a"},"x":' + b'{"L":[' * 100_000 + b"]}" * 100_000 + b"}}"
BOMBS = {
    "deep": DEEP,
    "deep and cut": DEEP[:400_000] + b"}",
    "NaN": b'{"Item":{"id":{"S":"a"},"credits":{"N":"NaN"}}}',
    "Infinity": b'{"Item":{"id":{"S":"a"},"credits":{"N":"Infinity"}}}',
    "bare NaN": b'{"Item":{"id":{"S":"a"},"credits":{"N":NaN}}}',
    "huge": b'{"Item":{"id":{"S":"a"},"credits":{"N":"1E+999999999"}}}',
    "long": b'{"Item":{"id":{"S":"a"},"credits":{"N":"' + b"9" * 1_000_000 + b'"}}}',
}


@pytest.mark.parametrize("name", BOMBS)
async def test_fault_32_a_bomb_is_an_error_and_not_a_pause(name):
    """The loop is never held for it."""
    async with alone(answer=lambda _: Response.of(BOMBS[name]), clock=VirtualClock()) as (_, _db):
        began = time.process_time()
        with pytest.raises((ProtocolError, DecodeError)):
            await Account.get("a")
        spent = time.process_time() - began

    assert spent < 2.0


@pytest.mark.parametrize("verb", ["query", "scan"])
async def test_fault_32_the_other_items_of_the_page_stay_reachable(verb):
    """One bad item hides no others."""
    items = [{"name": {"S": "a"}, "n": {"N": number}} for number in ("1", "1E+999999999", "3")]
    async with alone(answer=lambda _: {"Items": items, "Count": 3, "ScannedCount": 3}) as (_, _db):
        with pytest.raises(DecodeError) as caught:
            await (Log.query(Log.name == "a") if verb == "query" else Log.scan())

    assert [1, 3] == [log.n for log in caught.value.items]


async def test_fault_32_an_item_that_cannot_be_read_does_not_undo_its_write(world, truth):
    """The update was applied, and the error says so."""
    async with world() as (_, db):
        await db.call("PutItem", {"TableName": account_table(db), "Item": {"id": {"S": "a"}, "owner": {"N": "1"}}})
        with pytest.raises(DecodeError) as caught:
            await Account.with_key("a").update(credits=7)

        assert caught.value.outcome is Outcome.APPLIED


async def test_fault_32_an_item_that_cannot_be_read_does_not_hide_a_failed_condition(world):
    """It is no item of the model, so there is none to show; that the condition failed is said all the same."""
    async with world() as (_, db):
        await db.call("PutItem", {"TableName": account_table(db), "Item": {"id": {"S": "a"}, "owner": {"N": "1"}}})
        with pytest.raises(ItemExistsError) as caught:
            await Account(id="a").create()

        assert caught.value.current is None


def account_table(db: Session) -> str:
    """The table of accounts in this session."""
    return f"{db.table_prefix}accounts"


async def test_fault_22_an_attempt_that_was_applied_late_is_not_taken_for_another(world, truth):
    """A delete whose answer was lost returns nothing the second time, and the event says that it was replayed."""
    events = Events()
    async with world(Reset.after_request(operation="DeleteItem"), observers=[events]) as (_, _db):
        await Account(id="a").put()
        assert await Account.with_key("a").delete() is None

    assert events.last.replayed
    assert [event.replayed for event in events.of(CallFinished)] == [False, True]


async def test_fault_30_cancelling_from_outside_is_no_other_error():
    """anyio's own time limit raises its own error."""
    async with alone(Hang(times=None)) as (server, _):
        with pytest.raises(TimeoutError) as caught:
            with anyio.fail_after(0.2):
                await Account.get("a")
        assert type(caught.value) is TimeoutError
        await server.wait_until_left()
