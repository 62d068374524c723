"""Transactions: one request, one token, a reason for each operation, and instances that change only on success."""

from __future__ import annotations

from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta

import pytest

from dynamorm_async import (
    Attr,
    GlobalIndex,
    Model,
    Session,
    attr,
    computed,
    created_at,
    deadline,
    is_condition_failed,
    is_throttled,
    partition_key,
    sort_key,
    ttl,
    updated_at,
    version,
)
from dynamorm_async._codec import default_codec
from dynamorm_async._retry import RetrySettings
from dynamorm_async.errors import (
    AttributeNotLoadedError,
    ConditionFailedError,
    ConnectionLostError,
    DecodeError,
    IdempotentParameterMismatchError,
    InvalidRequestError,
    ItemExistsError,
    ItemNotFoundError,
    ItemTooLargeError,
    KeyChangeError,
    Outcome,
    OutcomeUnknownError,
    ProtocolError,
    TransactionCanceledError,
    UnknownFieldError,
    ValidationError,
    VersionConflictError,
)
from tests.support.scripted import ScriptedTransport, StillClock, canceled, refused

pytestmark = pytest.mark.asyncio
NOON = datetime.fromtimestamp(1_795_262_400, UTC)


class Account(Model[str], table="accounts"):
    id: Attr[str] = partition_key()
    credits: Attr[int] = attr(default=0)
    note: Attr[str | None] = attr(default=None)
    region: Attr[str] = attr(default="eu")
    limits: Attr[dict[str, int]] = attr(factory=dict)
    expires: Attr[datetime | None] = ttl()
    region_key: Attr[str] = computed("R#{region}")
    created_at: Attr[datetime] = created_at()
    updated_at: Attr[datetime] = updated_at()
    version: Attr[int] = version()

    by_region = GlobalIndex("region_key")


class Order(Model[str, int], table="orders"):
    user: Attr[str] = partition_key()
    number: Attr[int] = sort_key()
    total: Attr[int] = attr(default=0)


class Mark(Model, table="marks"):
    """Nothing but a key."""

    pk: Attr[str] = partition_key()
    sk: Attr[str] = sort_key()


@asynccontextmanager
async def scripted(answer=lambda call: {}, **options):
    """A session on a scripted transport that waits without waiting."""
    transport, clock = ScriptedTransport(answer), StillClock()
    options = {"retry": RetrySettings(), "dice": lambda: 0.5} | options
    async with Session(transport=transport, clock=clock, **options) as db:
        db.clock.waits.clear()
        yield db, transport


def account(**values):
    """An account as it was read."""
    found = Account(**({"id": "a", "credits": 10} | values))
    vars(found).update(version=3, created_at=NOON - timedelta(days=1), updated_at=NOON - timedelta(days=1))
    return found


def item_of(instance):
    """An instance as the service returns it."""
    return default_codec.model(type(instance).__dynamorm_spec__).encode(instance)


# ---------------------------------------------------------------- what is sent


async def test_the_operations_of_a_block_are_one_request():  # R77 R79
    """Puts, creates, updates, deletions and checks of several tables, in the caller's order, with one token."""
    async with scripted() as (db, transport), db.transaction() as tx:
        tx.put(Order(user="u", number=1, total=7), if_=Order.total < 7)
        tx.create(Mark(pk="USER#u", sk="ORDER#1"))
        tx.update(Account.key("a"), Account.credits.sub(7), if_=Account.credits >= 7)
        tx.delete(Order.key("u", 2))
        tx.check(Account.key("b"), Account.region == "eu")
        assert [] == transport.calls

    (body,) = transport.bodies
    assert "TransactWriteItems" == transport.calls[0].operation
    assert (tx.token, 16) == (body["ClientRequestToken"], len(bytes.fromhex(tx.token)))
    put, create, update, delete, check = body["TransactItems"]
    assert {
        "TableName": "orders",
        "Item": {"user": {"S": "u"}, "number": {"N": "1"}, "total": {"N": "7"}},
        "ConditionExpression": "#n0 < :v0",
        "ReturnValuesOnConditionCheckFailure": "ALL_OLD",
        "ExpressionAttributeNames": {"#n0": "total"},
        "ExpressionAttributeValues": {":v0": {"N": "7"}},
    } == put["Put"]
    assert "attribute_not_exists(#n0)" == create["Put"]["ConditionExpression"]
    assert update["Update"]["UpdateExpression"].startswith("SET #n0 = #n0 - :v0")
    assert {"TableName": "orders", "Key": {"user": {"S": "u"}, "number": {"N": "2"}}} == delete["Delete"]
    assert {
        "TableName": "accounts",
        "Key": {"id": {"S": "b"}},
        "ConditionExpression": "#n0 = :v0",
        "ReturnValuesOnConditionCheckFailure": "ALL_OLD",
        "ExpressionAttributeNames": {"#n0": "region"},
        "ExpressionAttributeValues": {":v0": {"S": "eu"}},
    } == check["ConditionCheck"]


async def test_every_verb_has_the_lifecycle_of_a_single_write():  # R29 R30 R39 R82
    """Version, times, TTL and computed keys are those that the single verbs send."""
    new, read, gone = Account(id="n"), account(), account(id="g")
    async with scripted() as (db, transport), db.transaction() as tx:
        tx.create(new)
        tx.update(read, region="us", expires=NOON + timedelta(hours=1))
        tx.delete(gone)

    create, update, delete = transport.bodies[0]["TransactItems"]
    stamp = {"S": "2026-11-21T12:00:00.000000Z"}
    assert (stamp, stamp, {"N": "1"}, {"S": "R#eu"}) == tuple(
        create["Put"]["Item"][name] for name in ("created_at", "updated_at", "version", "region_key")
    )
    named = {
        part.split(" = ")[0]: part.split(" = ")[1]
        for part in update["Update"]["UpdateExpression"].removeprefix("SET ").split(", ")
    }
    values = update["Update"]["ExpressionAttributeValues"]
    sent = {update["Update"]["ExpressionAttributeNames"][name]: values[value] for name, value in named.items()}
    assert {
        "region": {"S": "us"},
        "expires": {"N": "1795266000"},
        "region_key": {"S": "R#us"},
        "updated_at": stamp,
        "version": {"N": "4"},
    } == sent
    assert "#n0 = :v0" == delete["Delete"]["ConditionExpression"]
    assert {":v0": {"N": "3"}} == delete["Delete"]["ExpressionAttributeValues"]


async def test_nothing_is_sent_when_the_block_raises():  # R77
    """Neither for an exception nor for one of the transaction's own refusals."""
    async with scripted() as (db, transport):
        with pytest.raises(RuntimeError):
            async with db.transaction() as tx:
                tx.put(Mark(pk="1", sk="1"))
                raise RuntimeError
        with pytest.raises(KeyChangeError):
            async with db.transaction() as tx:
                tx.put(Mark(pk="1", sk="1"))
                tx.update(Account.key("a"), id="b")

    assert [] == transport.calls


async def test_an_empty_block_needs_no_request():  # R77
    """It succeeds."""
    async with scripted() as (db, transport):
        async with db.transaction():
            pass
        await db.transaction().execute()

    assert [] == transport.calls


async def test_the_builder_sends_when_it_is_told():  # R78
    """Calls chain; ``execute()`` sends once and then no more."""
    async with scripted() as (db, transport):
        tx = db.transaction().put(Order(user="u", number=1)).put(Mark(pk="USER#u", sk="x"))
        assert "TransactWriteItems" == tx.call().operation
        assert [] == transport.calls
        await tx.execute()

        with pytest.raises(InvalidRequestError, match="carried out already"):
            await tx.execute()
        with pytest.raises(InvalidRequestError, match="sent already"):
            tx.put(Mark(pk="1", sk="1"))

    assert 1 == len(transport.calls)


async def test_executing_inside_the_block_sends_once():
    """The end of the block then has nothing to do."""
    async with scripted() as (db, transport), db.transaction() as tx:
        tx.put(Mark(pk="1", sk="1"))
        await tx.execute()

    assert 1 == len(transport.calls)


async def test_an_item_is_taken_as_it_is_when_it_is_added():
    """What happens to the instance later in the block is not in the request."""
    order = Order(user="u", number=1, total=1)
    async with scripted() as (db, transport), db.transaction() as tx:
        tx.put(order)
        order.total = 2

    assert {"N": "1"} == transport.bodies[0]["TransactItems"][0]["Put"]["Item"]["total"]


# ---------------------------------------------------------------- the token


async def test_the_callers_token_is_sent():
    """As it is, up to 36 characters."""
    async with scripted() as (db, transport), db.transaction(token="order-17") as tx:
        tx.put(Mark(pk="1", sk="1"))

    assert "order-17" == transport.bodies[0]["ClientRequestToken"]


@pytest.mark.parametrize("token", ["", "x" * 37, 7])
async def test_a_token_dynamodb_would_refuse_is_refused(token):
    """Before anything is added."""
    async with scripted() as (db, _):
        with pytest.raises(InvalidRequestError, match="1 to 36 characters"):
            db.transaction(token=token)


async def test_two_transactions_never_share_a_token():
    """Not even where a session's dice always show the same."""
    async with scripted() as (db, _):
        assert db.transaction().token != db.transaction().token


async def test_attempts_repeat_the_very_bytes():
    """A lost answer, a fault and a conflict: token and body are those of the first attempt."""
    answers = iter(
        [
            ConnectionLostError("lost"),
            refused("InternalServerError", 500),
            canceled(None, {"Code": "TransactionConflict"}),
            {},
        ]
    )
    async with scripted(lambda _: next(answers)) as (db, transport), db.transaction() as tx:
        tx.put(Mark(pk="1", sk="1")).update(Account.key("a"), Account.credits.add(1))

    assert 4 == len(transport.calls)
    assert 1 == len({call.body for call in transport.calls})


async def test_a_lost_answer_can_be_executed_again():
    """The error has the token, no instance changes, and the second ``execute()`` repeats the bytes."""
    mark, found = Order(user="u", number=1), account()
    answers = iter([ConnectionLostError("lost")] * 4 + [{}])
    async with scripted(lambda _: next(answers)) as (db, transport):
        tx = db.transaction().put(mark).update(found, credits=1)
        with pytest.raises(OutcomeUnknownError) as raised:
            await tx.execute()
        assert tx.token == raised.value.token
        assert isinstance(raised.value.__cause__, ConnectionLostError)
        assert (3, 10) == (found.version, found.credits)
        with pytest.raises(InvalidRequestError, match="sent already"):
            tx.delete(Mark.key("1", "1"))

        await tx.execute()

    assert (4, 1) == (found.version, found.credits)
    assert 1 == len({call.body for call in transport.calls})


async def test_a_transaction_in_progress_is_unknown_until_the_last_attempt_five_seconds_on():
    """The last attempt comes at least five seconds after the first; then the error has the token."""
    async with scripted(lambda _: refused("TransactionInProgressException")) as (db, transport):
        tx = db.transaction().put(Mark(pk="1", sk="1"))
        with pytest.raises(OutcomeUnknownError) as raised:
            await tx.execute()

    assert tx.token == raised.value.token
    assert sum(db.clock.waits) >= 5.0
    assert 1 == len({call.body for call in transport.calls})


async def test_a_short_deadline_ends_a_transaction_in_progress():
    """It is not waited for longer than the deadline allows; its outcome is unknown, and its token known."""
    async with scripted(lambda _: refused("TransactionInProgressException"), timeout=2.0) as (db, _):
        tx = db.transaction(token="mine").put(Mark(pk="1", sk="1"))
        with pytest.raises(OutcomeUnknownError) as raised:
            await tx.execute()

    assert "mine" == raised.value.token
    assert sum(db.clock.waits) <= 2.0


async def test_a_token_is_not_sent_after_nine_minutes():
    """DynamoDB forgets it after ten, and would carry the transaction out again."""

    def answer(call):
        db.clock.seconds += 200
        return ConnectionLostError("lost")

    async with scripted(answer, retry=RetrySettings(max_attempts=10)) as (db, transport):
        with pytest.raises(OutcomeUnknownError) as raised:
            await db.transaction(token="mine").put(Mark(pk="1", sk="1")).execute()

    assert "mine" == raised.value.token
    assert 3 == len(transport.calls)


async def test_a_token_used_for_something_else_is_an_error():
    """It is never sent again."""
    async with scripted(lambda _: refused("IdempotentParameterMismatchException")) as (db, transport):
        with pytest.raises(IdempotentParameterMismatchError):
            await db.transaction(token="mine").put(Mark(pk="1", sk="1")).execute()

    assert 1 == len(transport.calls)


# ---------------------------------------------------------------- reasons


async def test_each_reason_names_the_callers_operation():  # R80
    """Codes, words, keys and items stand in the order of the operations; what did not fail says None."""
    stored = account(credits=2)
    answer = canceled(
        None,
        {"Code": "ConditionalCheckFailed", "Message": "The conditional request failed", "Item": item_of(stored)},
        {"Code": "ConditionalCheckFailed", "Item": item_of(Mark(pk="1", sk="1"))},
        {"Code": "ConditionalCheckFailed"},
    )
    async with scripted(lambda _: answer) as (db, transport):
        with pytest.raises(TransactionCanceledError) as raised:
            async with db.transaction() as tx:
                tx.delete(Order.key("u", 1))
                tx.update(Account.key("a"), Account.credits.sub(7), if_=Account.credits >= 7)
                tx.create(Mark(pk="1", sk="1"))
                tx.update(Account.key("z"), credits=1)

    error = raised.value
    assert 1 == len(transport.calls)
    assert is_condition_failed(error)
    assert error.outcome is Outcome.NOT_APPLIED
    assert ["delete Order", "update Account", "create Mark", "update Account"] == [
        one.operation for one in error.reasons
    ]
    assert [False, True, True, True] == [one.failed for one in error.reasons]
    assert ["None", *["ConditionalCheckFailed"] * 3] == [one.code for one in error.reasons]
    assert [Order.key("u", 1), Account.key("a"), Mark.key("1", "1"), Account.key("z")] == [
        one.key for one in error.reasons
    ]
    assert stored == error.reasons[1].current
    kinds = [type(one.error) for one in error.reasons]
    assert [type(None), ConditionFailedError, ItemExistsError, ItemNotFoundError] == kinds
    assert "operation 2, update Account: ConditionalCheckFailed" in str(error)
    assert "delete Order" not in str(error)


async def test_a_version_conflict_is_visible_in_its_reason():  # R30
    """With the version expected, the one stored and the item as it is now; the instance stays as it was."""
    mine, theirs = account(), account(credits=99)
    vars(theirs)["version"] = 5
    answer = canceled({"Code": "ConditionalCheckFailed", "Item": item_of(theirs)}, None)
    async with scripted(lambda _: answer) as (db, _):
        with pytest.raises(TransactionCanceledError) as raised:
            await db.transaction().put(mine).delete(Order.key("u", 1)).execute()

    reason = raised.value.reasons[0]
    assert reason.version_conflict
    assert isinstance(reason.error, VersionConflictError)
    assert (3, 5) == (reason.error.expected, reason.error.actual)
    assert theirs == reason.current
    assert (3, NOON - timedelta(days=1)) == (mine.version, mine.updated_at)


async def test_a_conflict_is_retried_and_then_named():  # R82
    """Conflicts and throttles pass; when they do not, the error says so and nothing was applied."""
    answer = canceled({"Code": "TransactionConflict"}, {"Code": "ThrottlingError"})
    async with scripted(lambda _: answer) as (db, transport):
        with pytest.raises(TransactionCanceledError) as raised:
            await db.transaction().put(Mark(pk="1", sk="1")).delete(Order.key("u", 1)).execute()

    assert 4 == len(transport.calls)
    assert is_throttled(raised.value)
    assert not is_condition_failed(raised.value)
    assert ["put Mark", "delete Order"] == [one.operation for one in raised.value.reasons]


async def test_a_failed_condition_beside_a_conflict_is_not_retried():
    """It would fail again."""
    answer = canceled({"Code": "ConditionalCheckFailed"}, {"Code": "TransactionConflict"})
    async with scripted(lambda _: answer) as (db, transport):
        with pytest.raises(TransactionCanceledError):
            await db.transaction().create(Mark(pk="1", sk="1")).delete(Order.key("u", 1)).execute()

    assert 1 == len(transport.calls)


async def test_an_item_that_is_no_item_of_the_model_hides_no_reason():
    """The key is taken by something else: the reason is there, its ``current`` is None, its ``item`` the raw one."""
    answer = canceled({"Code": "ConditionalCheckFailed", "Item": {"id": {"S": "a"}, "credits": {"S": "many"}}})
    async with scripted(lambda _: answer) as (db, _):
        with pytest.raises(TransactionCanceledError) as raised:
            await db.transaction().create(Account(id="a")).execute()

    (reason,) = raised.value.reasons
    assert reason.current is None
    assert reason.item["credits"] == {"S": "many"}
    assert isinstance(reason.error, ItemExistsError)


async def test_values_stay_out_of_messages():
    """Neither keys nor items nor the service's words are in the text or the repr of what failed."""
    answer = canceled(
        {
            "Code": "ConditionalCheckFailed",
            "Message": "canary-said",
            "Item": {"id": {"S": "canary-key"}, "note": {"S": "canary-note"}},
        }
    )
    async with scripted(lambda _: answer) as (db, _):
        tx = db.transaction().create(Account(id="canary-key", note="canary-note"))
        with pytest.raises(TransactionCanceledError) as raised:
            await tx.execute()

    assert "canary" not in f"{raised.value} {raised.value!r} {raised.value.reasons[0].key!r} {tx!r}"


# ---------------------------------------------------------------- instances


async def test_instances_become_what_is_stored():  # R29
    """What was set is set, what was removed has its default; new items have their version and times."""
    new, read = Account(id="n"), account(note="x")
    async with scripted() as (db, _), db.transaction() as tx:
        tx.create(new)
        tx.update(read, Account.note.remove(), region="us")

    assert (1, NOON, NOON) == (new.version, new.created_at, new.updated_at)
    assert (4, NOON, None, "us", "R#us") == (read.version, read.updated_at, read.note, read.region, read.region_key)
    assert NOON - timedelta(days=1) == read.created_at


async def test_what_the_service_worked_out_must_be_read_again():
    """An old value, put back with the new version, would undo the change unseen; so it is not there."""
    read = account(limits={"day": 1})
    async with scripted() as (db, _), db.transaction() as tx:
        tx.update(read, Account.credits.add(5), Account.limits["day"].set(2))

    with pytest.raises(AttributeNotLoadedError, match=r"refresh"):
        _ = read.credits
    with pytest.raises(AttributeNotLoadedError):
        _ = read.limits
    async with scripted() as (db, _):
        with pytest.raises(ValidationError):
            await read.put().using(db)


# ---------------------------------------------------------------- refused before it is sent


async def test_two_operations_on_one_item_are_refused_where_the_second_stands():
    """Whatever they are, and whichever model names the item."""

    class Alias(Model[str], table="accounts"):
        id: Attr[str] = partition_key()

    async with scripted() as (db, _):
        tx = db.transaction().update(Account.key("a"), credits=1)
        for again in (
            lambda: tx.check(Account.key("a"), Account.credits > 1),
            lambda: tx.delete(account()),
            lambda: tx.put(Alias(id="a")),
        ):
            with pytest.raises(InvalidRequestError, match="number 1, update Account"):
                again()
        tx.update(Account.key("b"), credits=1)

        assert 2 == len(tx.call().body["TransactItems"])


async def test_the_operation_after_the_hundredth_is_refused():  # R82
    """A hundred pass."""
    async with scripted() as (db, transport):
        tx = db.transaction()
        for number in range(100):
            tx.put(Order(user="u", number=number))
        with pytest.raises(InvalidRequestError, match="at most 100"):
            tx.put(Order(user="u", number=100))
        await tx.execute()

    assert 100 == len(transport.bodies[0]["TransactItems"])


async def test_more_than_four_megabytes_are_refused():
    """And one item of more than 400 KB, with both sizes."""
    async with scripted() as (db, _):
        tx = db.transaction()
        for number in range(10):
            tx.put(Account(id=str(number), note="x" * 409_000))
        with pytest.raises(ItemTooLargeError) as raised:
            for number in range(10, 12):
                tx.put(Account(id=str(number), note="x" * 409_000))
        assert 4 * 1024 * 1024 == raised.value.limit < raised.value.size
        with pytest.raises(ItemTooLargeError) as raised:
            db.transaction().put(Account(id="1", note="x" * 409_600))
        assert 409_600 == raised.value.limit


@pytest.mark.parametrize(
    ("wrong", "error"),
    [
        (lambda tx: tx.put("text"), InvalidRequestError),
        (lambda tx: tx.put(Account), InvalidRequestError),
        (lambda tx: tx.put(Account(id="")), ValidationError),
        (lambda tx: tx.update("a", Account.credits.add(1)), InvalidRequestError),
        (lambda tx: tx.update(Account.key("a")), InvalidRequestError),
        (lambda tx: tx.update(Account.key("a"), Account.credits.add(1), credits=3), InvalidRequestError),
        (lambda tx: tx.update(Account.key("a"), colour="red"), UnknownFieldError),
        (lambda tx: tx.update(account(), id="b"), KeyChangeError),
        (lambda tx: tx.update(Account.key("a"), version=7), InvalidRequestError),
        (lambda tx: tx.check(Account.key("a")), InvalidRequestError),
        (lambda tx: tx.check(Order(user="u", number=1)), InvalidRequestError),
        (lambda tx: tx.delete(None), InvalidRequestError),
    ],
)
async def test_a_wrong_operation_raises_where_it_is_written(wrong, error):
    """Nothing is added, nothing is sent."""
    async with scripted() as (db, transport):
        tx = db.transaction()
        with pytest.raises(error):
            wrong(tx)
        await tx.execute()

    assert [] == transport.calls


async def test_a_versioned_instance_can_be_checked_alone():
    """That it is still as it was read is a condition."""
    async with scripted() as (db, transport), db.transaction() as tx:
        tx.check(account())

    check = transport.bodies[0]["TransactItems"][0]["ConditionCheck"]
    assert ("#n0 = :v0", {":v0": {"N": "3"}}) == (check["ConditionExpression"], check["ExpressionAttributeValues"])


async def test_version_zero_is_checked_too():
    """An item that was never stored must not be there under another version (a fault of the Go original)."""
    new = Account(id="a")
    async with scripted() as (db, transport), db.transaction() as tx:
        tx.update(new, credits=1)

    update = transport.bodies[0]["TransactItems"][0]["Update"]
    names = {
        name: attribute for name, attribute in update["ExpressionAttributeNames"].items() if attribute == "version"
    }
    assert f"attribute_not_exists({next(iter(names))})" in update["ConditionExpression"]


# ---------------------------------------------------------------- reading


async def test_reads_of_one_moment_come_in_the_callers_order():  # R82
    """Of any models; None where there is nothing; a key given twice is read once."""
    found = account()

    def answer(call):
        return {"Responses": [{"Item": item_of(found)}, {}, {"Item": item_of(Order(user="u", number=1, total=3))}]}

    async with scripted(answer) as (db, transport):
        a, missing, order, again = await db.transact_get(
            Account.key("a"), Order.key("u", 2), Order.key("u", 1), Account.key("a")
        )

    assert (found, None, 3, found) == (a, missing, order.total, again)
    assert [
        {"Get": {"TableName": "accounts", "Key": {"id": {"S": "a"}}}},
        {"Get": {"TableName": "orders", "Key": {"user": {"S": "u"}, "number": {"N": "2"}}}},
        {"Get": {"TableName": "orders", "Key": {"user": {"S": "u"}, "number": {"N": "1"}}}},
    ] == transport.bodies[0]["TransactItems"]


async def test_reading_nothing_needs_no_request_and_too_much_is_refused():
    """No key, no request; more than a hundred different keys are refused before one is sent."""
    async with scripted() as (db, transport):
        assert () == await db.transact_get()
        with pytest.raises(InvalidRequestError, match="at most 100"):
            await db.transact_get(*(Order.key("u", number) for number in range(101)))
        with pytest.raises(InvalidRequestError, match="a key was expected"):
            await db.transact_get("a")

    assert [] == transport.calls


async def test_a_read_that_meets_a_transaction_is_repeated_and_then_named():
    """The reason has the key that was being written."""
    async with scripted(lambda _: canceled(None, {"Code": "TransactionConflict"})) as (db, transport):
        with pytest.raises(TransactionCanceledError) as raised:
            await db.transact_get(Account.key("a"), Order.key("u", 1))

    assert 4 == len(transport.calls)
    assert [("get Account", Account.key("a")), ("get Order", Order.key("u", 1))] == [
        (one.operation, one.key) for one in raised.value.reasons
    ]


async def test_an_answer_without_all_items_is_none():
    """It is not taken for missing items."""
    for junk in ({"Responses": []}, {}, {"Responses": [{}, {}]}):
        async with scripted(lambda _, junk=junk: junk) as (db, _):
            with pytest.raises(ProtocolError) as raised:
                await db.transact_get(Account.key("a"))
            assert raised.value.outcome is Outcome.NOT_APPLIED


async def test_one_item_that_does_not_fit_leaves_the_others_reachable():
    """They are on the error."""
    answer = {
        "Responses": [{"Item": {"id": {"S": "a"}, "credits": {"S": "x"}}}, {"Item": item_of(Mark(pk="1", sk="2"))}]
    }
    async with scripted(lambda _: answer) as (db, _):
        with pytest.raises(DecodeError) as raised:
            await db.transact_get(Account.key("a"), Mark.key("1", "2"))

    assert (Mark(pk="1", sk="2"),) == raised.value.items


async def test_a_key_goes_to_the_table_of_the_session_it_is_used_with():
    """Keys made before a session was open, or under another, name the item and not the table's name there."""
    key = Account.key("a")
    async with scripted(lambda _: {"Responses": [{}]}, table_prefix="test-") as (db, transport):
        await db.transact_get(key)
        await db.transaction().delete(key).execute()

    assert ["test-accounts", "test-accounts"] == [
        next(iter(body["TransactItems"][0].values()))["TableName"] for body in transport.bodies
    ]


async def test_a_deadline_covers_a_transaction():
    """It comes out of the call, with the outcome."""
    async with scripted(lambda _: canceled({"Code": "TransactionConflict"})) as (db, _):
        with deadline(0.0), pytest.raises(Exception, match="deadline"):
            await db.transaction().put(Mark(pk="1", sk="1")).execute()
