"""3.D: the service throttles, fails, cancels and leaves things undone."""

from __future__ import annotations

import itertools

import pytest

from dynamorm_async import Credentials, Outcome, OutcomeUnknownError, Session
from dynamorm_async._retry import StandardRetry
from dynamorm_async.errors import (
    AccessDeniedError,
    BatchIncompleteError,
    ConditionFailedError,
    CredentialsExpiredError,
    DeadlineExceededError,
    PaginationStuckError,
    ServiceUnavailableError,
    ThrottledError,
    TransactionCanceledError,
    TransactionInProgressError,
)
from dynamorm_async.testing.faults import (
    CancelTransaction,
    ExpiredToken,
    Fail,
    Partial,
    Pass,
    Reset,
    SkewedClock,
    Throttle,
    Unavailable,
)
from tests.support.adversity import Account, Events, Log, Other, VirtualClock, alone

pytestmark = pytest.mark.asyncio
ITEM = {"Item": {"id": {"S": "a"}, "credits": {"N": "5"}}}


# ---------------------------------------------------------------- 33 to 36


async def test_fault_33_throttled_twice_and_then_served():
    """Waits of up to one and two seconds; the tokens for them come back."""
    dice, clock, events = itertools.cycle([0.5, 0.999]).__next__, VirtualClock(), Events()
    policy = StandardRetry(dice=dice)
    script = Throttle(times=2, reasons=["TableReadProvisionedThroughputExceeded"])
    async with alone(script, answer=lambda _: ITEM, clock=clock, retry=policy, observers=[events]) as (server, _):
        scope = (server.endpoint, "accounts")
        tokens = []

        class Watch:
            def notify(self, event):
                tokens.append(policy.tokens(scope))

        events_and_tokens = Watch()
        _.runner.observers.append(events_and_tokens)
        await Account.get("a")

    assert clock.slept == events.delays == [0.5, 2 * 0.999]
    assert tokens == [500, 495, 490, 495]
    assert [event.error for event in events.seen[1:3]] == ["ThrottledError"] * 2


async def test_fault_33_the_reasons_are_on_the_error():
    """Which table, index or key range it was."""
    script = Throttle(times=None, reasons=["TableReadKeyRangeThroughputExceeded"])
    async with alone(script, clock=VirtualClock()) as (server, _):
        with pytest.raises(ThrottledError) as caught:
            await Account.get("a")

    assert caught.value.details["ThrottlingReasons"][0]["reason"] == "TableReadKeyRangeThroughputExceeded"
    assert (caught.value.outcome, server.count()) == (Outcome.NOT_APPLIED, 4)


async def test_fault_33_a_throttled_addition_is_sent_again(world, truth):
    """A throttled request was not carried out, so even what adds up may be repeated."""
    async with world(clock=VirtualClock()) as (proxy, _):
        account = await Account(id="a").put()
        proxy.play(Throttle(times=2))
        await account.update(Account.credits.add(1))
        assert proxy.count() == 3

    assert (await Account.get("a").using(truth)).credits == 1


async def test_fault_33_an_unknown_attempt_is_not_forgotten_for_a_throttle(world, truth):
    """The first attempt was lost and the rest are throttled: the error must not say that nothing was applied."""
    async with world(clock=VirtualClock()) as (proxy, _):
        proxy.play(Reset.after_request(), Throttle(times=None))
        with pytest.raises(OutcomeUnknownError) as caught:
            await Account(id="a").put()

    assert isinstance(caught.value.__cause__, ThrottledError)
    assert await Account.get("a").using(truth)


@pytest.mark.parametrize("code", ["AccessDeniedException", "ValidationException", "ResourceNotFoundException"])
async def test_fault_33_nor_for_any_other_refusal(world, code):
    """Rights that were taken away between two attempts do not undo the first."""
    async with world(clock=VirtualClock()) as (proxy, _):
        proxy.play(Reset.after_request(), Fail(code))
        with pytest.raises(OutcomeUnknownError):
            await Account(id="a").put()


async def test_fault_35_a_service_that_fails_for_ever_costs_at_most_175_milliseconds_of_waiting():
    """Four attempts; a read was not applied, a write is unknown."""
    clock, events = VirtualClock(), Events()
    options = {"clock": clock, "dice": lambda: 0.999999, "observers": [events]}
    async with alone(Unavailable(times=None), **options) as (server, _):
        with pytest.raises(ServiceUnavailableError) as read:
            await Account.get("a")
        assert (server.count(), read.value.attempts, read.value.outcome) == (4, 4, Outcome.NOT_APPLIED)
        assert 0.17 < sum(clock.slept) <= 0.175

        server.play(Unavailable(times=None))
        with pytest.raises(OutcomeUnknownError) as write:
            await Account(id="a").put()
        assert (server.count(), events.last.outcome) == (4, Outcome.UNKNOWN)
        assert isinstance(write.value.__cause__, ServiceUnavailableError)

        server.play(Unavailable(times=None))
        with pytest.raises(OutcomeUnknownError):
            await Account.with_key("a").update(Account.credits.add(1))
        assert server.count() == 1


@pytest.mark.parametrize("applied", [True, False])
async def test_fault_35_a_failure_after_the_write_was_carried_out(world, truth, applied):
    """A 500 does not say whether it was: a put is repeated."""
    async with world() as (proxy, _):
        proxy.play(Unavailable(applied=applied))
        account = await Account(id="a", credits=2).put()

    assert await Account.get("a").using(truth) == account


async def test_fault_36_one_table_s_failures_do_not_spend_another_s_retries():
    """The budget is kept for each table."""
    script = [Unavailable(table="accounts", times=None), Unavailable(table="others")]
    answer = {"Item": {"id": {"S": "a"}}}
    async with alone(*script, answer=lambda _: answer, clock=VirtualClock()) as (server, _):
        for _ in range(100):
            with pytest.raises(ServiceUnavailableError):
                await Account.get("a")
        before = server.count(table="accounts")
        assert before < 400  # its own retries are spent

        await Other.get("a")
        assert server.count(table="others") == 2


# ---------------------------------------------------------------- 37 to 39


async def test_fault_37_a_conflict_that_passes_is_retried(world, truth):
    """No operation is at fault, so the transaction is sent again as it is."""
    async with world(clock=VirtualClock()) as (proxy, db):
        proxy.play(CancelTransaction(["None", "TransactionConflict"]))
        async with db.transaction() as tx:
            tx.put(Account(id="a"))
            tx.put(Account(id="b"))
        assert proxy.count("TransactWriteItems") == 2

    assert await Account.get("b").using(truth)


async def test_fault_37_a_failed_condition_is_raised_at_once(world):
    """Whatever else conflicted; the reasons are the caller's operations, in order, with the stored item."""
    async with world(clock=VirtualClock()) as (proxy, db):
        await Account(id="a", credits=3).put()
        with pytest.raises(TransactionCanceledError) as caught:
            async with db.transaction() as tx:
                tx.put(Account(id="b"))
                tx.update(Account.key("a"), Account.credits.sub(5), if_=Account.credits >= 5)
        assert proxy.count("TransactWriteItems") == 1

    none, failed = caught.value.reasons
    assert (none.code, failed.code, failed.operation) == ("None", "ConditionalCheckFailed", "update Account")
    assert isinstance(failed.error, ConditionFailedError)
    assert failed.current == Account(id="a", credits=3)


async def test_fault_37_a_condition_and_a_conflict_together_are_not_retried():
    """The condition would fail again."""
    script = CancelTransaction(["ConditionalCheckFailed", "TransactionConflict"], times=None)
    async with alone(script, clock=VirtualClock()) as (server, db):
        with pytest.raises(TransactionCanceledError):
            async with db.transaction() as tx:
                tx.put(Account(id="a"))
                tx.put(Account(id="b"))
        assert server.count() == 1


IN_PROGRESS = Fail("TransactionInProgressException", times=None)


async def test_fault_38_the_last_attempt_waits_until_five_seconds_after_the_first():
    """Only then does the service finish the transaction for whoever asks."""
    clock = VirtualClock()
    async with alone(IN_PROGRESS, clock=clock, timeout=8.0, dice=lambda: 0.1) as (server, db):
        with pytest.raises(OutcomeUnknownError) as caught:
            async with db.transaction() as tx:
                tx.put(Account(id="a"))

    assert (server.count(), sum(clock.slept)) == (4, pytest.approx(5.0))
    assert caught.value.token == tx.token
    assert isinstance(caught.value.__cause__, TransactionInProgressError)


async def test_fault_38_a_shorter_deadline_ends_it_with_the_token():
    """So that it can be executed again."""
    async with alone(IN_PROGRESS, clock=VirtualClock(), timeout=1.0, dice=lambda: 0.9) as (_, db):
        with pytest.raises(OutcomeUnknownError) as caught:
            async with db.transaction() as tx:
                tx.put(Account(id="a"))

    assert caught.value.token == tx.token


async def test_fault_39_a_token_of_nine_minutes_is_not_sent_again():
    """DynamoDB forgets it after ten, and would carry the transaction out once more."""
    clock = VirtualClock()

    class Slow:
        def __init__(self):
            self.calls = 0

        def __call__(self, _):
            self.calls += 1
            clock._passed += 541.0
            from dynamorm_async.testing.faults import Response

            return Response.of({"__type": "x#InternalServerError"}, 500)

    answer = Slow()
    async with alone(answer=answer, clock=clock) as (_, db):
        with pytest.raises(OutcomeUnknownError) as caught:
            async with db.transaction() as tx:
                tx.put(Account(id="a"))

    assert (answer.calls, caught.value.token) == (1, tx.token)


# ---------------------------------------------------------------- 40 to 42


async def test_fault_40_what_stays_unprocessed_is_named_exactly(world, truth):
    """Ten of sixty are never taken: the error has these ten, and the others are stored."""
    clock = VirtualClock()
    logs = [Log(name="l", n=n) for n in range(60)]
    async with world(clock=clock) as (proxy, db):
        proxy.play(Pass(), Pass(), Partial(10, times=None))
        with pytest.raises(BatchIncompleteError) as caught:
            await db.batch_put(logs, concurrency=1)

        assert proxy.count() < 20
    error = caught.value
    assert (error.succeeded, len(error.unprocessed), error.unknown) == (50, 10, ())
    stored = {log.n for log in await Log.query(Log.name == "l").using(truth)}
    assert stored == {log.n for log in logs} - {log.n for log in error.unprocessed}
    assert len({round(delay, 6) for delay in clock.slept}) > 1


async def test_fault_41_a_refusal_in_the_second_chunk(world, truth):
    """The first is done, the rest is not, and the error says which is which."""
    logs = [Log(name="l", n=n) for n in range(60)]
    async with world() as (proxy, db):
        proxy.play(Pass(), Fail("AccessDeniedException"))
        with pytest.raises(BatchIncompleteError) as caught:
            await db.batch_put(logs, concurrency=1)

        assert proxy.count() == 2
    assert caught.value.succeeded == 25
    assert [log.n for log in caught.value.unprocessed] == list(range(25, 60))
    assert isinstance(caught.value.__cause__, AccessDeniedError)
    assert len(await Log.query(Log.name == "l").using(truth)) == 25


async def test_fault_41_a_chunk_whose_answer_is_lost_is_unknown(world):
    """Not among those that were not carried out."""
    logs = [Log(name="l", n=n) for n in range(60)]
    async with world(clock=VirtualClock()) as (proxy, db):
        proxy.play(Pass(), Reset.after_request(times=None))
        with pytest.raises(BatchIncompleteError) as caught:
            await db.batch_put(logs, concurrency=1)

    error = caught.value
    assert (error.succeeded, error.outcome) == (25, Outcome.UNKNOWN)
    assert [log.n for log in error.unknown] == list(range(25, 50))
    assert {log.n for log in error.unprocessed} >= set(range(50, 60))


async def test_fault_42_a_batch_of_reads_that_is_cut_by_size_goes_on_at_once(world):
    """Progress was made, so there is nothing to wait for; the order is the caller's, and what is missing is named."""
    clock = VirtualClock()
    async with world(clock=clock) as (proxy, db):
        await db.batch_put([Log(name="l", n=n) for n in range(100)])
        proxy.play(Partial(60, operation="BatchGetItem"), Partial(20, operation="BatchGetItem"))
        found = await db.batch_get(Log, [("l", n) for n in (*range(99, -1, -1), 1000)], concurrency=1)
        missing = Log.key("l", 1000)

    assert [log.n for log in found.items] == list(range(99, -1, -1))
    assert found.missing == (missing,)
    assert clock.slept == []


# ---------------------------------------------------------------- 43 and 44


class Source:
    """Credentials that can be renewed so many times."""

    def __init__(self, renewals: int) -> None:
        self.left, self.asked = renewals, 0

    async def current(self) -> Credentials:
        return Credentials(f"AKID{self.asked}", "secret", "token")

    async def refresh(self) -> bool:
        self.asked += 1
        self.left -= 1
        return self.left >= 0


async def test_fault_43_an_expired_token_is_renewed_once():
    """One renewal, one more attempt, at once."""
    source, clock = Source(1), VirtualClock()
    async with alone(ExpiredToken(), answer=lambda _: ITEM, credentials=source, clock=clock) as (server, _):
        await Account.get("a")

        used = [request.headers["authorization"].partition("Credential=")[2][:5] for request in server.requests]
    assert (source.asked, used, clock.slept) == (1, ["AKID0", "AKID1"], [])


async def test_fault_43_a_second_expiry_is_the_end():
    """Renewing did not help."""
    source = Source(5)
    async with alone(ExpiredToken(times=None), credentials=source, clock=VirtualClock()) as (server, _):
        with pytest.raises(CredentialsExpiredError) as caught:
            await Account(id="a").put()

    assert (server.count(), source.asked, caught.value.outcome) == (2, 1, Outcome.NOT_APPLIED)


async def test_fault_43_a_renewal_that_hangs_keeps_to_the_deadline():
    """Whatever the service behind it does."""
    import anyio

    class Hanging(Source):
        async def refresh(self) -> bool:
            await anyio.sleep_forever()
            return True

    async with alone(ExpiredToken(times=None), credentials=Hanging(1), timeout=0.3) as (_, _db):
        with pytest.raises((DeadlineExceededError, CredentialsExpiredError)):
            await Account.get("a")


@pytest.mark.parametrize("seconds", [600, -600])
async def test_fault_43_a_clock_that_is_ten_minutes_off_is_corrected_once(seconds):
    """By the time in the refusal; later requests are signed right at once."""
    async with alone(SkewedClock(seconds), answer=lambda _: ITEM) as (server, _):
        for _ in range(3):
            await Account.get("a")

        assert server.count() == 4


def listing(pages):
    """Answers a query with these pages."""
    left = iter(pages)
    return lambda _: next(left)


async def test_fault_44_empty_pages_are_not_the_end():
    """Twenty of them, and then the data."""
    empty = [{"Items": [], "LastEvaluatedKey": {"name": {"S": "l"}, "n": {"N": str(n)}}} for n in range(20)]
    full = {"Items": [{"name": {"S": "l"}, "n": {"N": "99"}}]}
    async with alone(answer=listing([*empty, full])) as (server, _):
        assert [99] == [log.n for log in await Log.query(Log.name == "l")]
        assert server.count() == 21


async def test_fault_44_the_same_page_twice_is_stuck():
    """With the place where it stopped."""
    page = {"Items": [], "LastEvaluatedKey": {"name": {"S": "l"}, "n": {"N": "1"}}}
    async with alone(answer=lambda _: page) as (server, _):
        with pytest.raises(PaginationStuckError) as caught:
            await Log.query(Log.name == "l")

        assert (server.count(), caught.value.cursor is not None) == (2, True)


async def test_fault_44_a_session_without_retries_sends_once():
    """``max_retries=0``."""
    async with alone(Unavailable(times=None), max_retries=0) as (server, _):
        with pytest.raises(ServiceUnavailableError):
            await Account.get("a")
        assert server.count() == 1


async def test_fault_33_the_service_is_told_which_attempt_it_is():
    """Retries carry the SDKs' headers: one id for the call, and the attempt."""
    async with alone(Unavailable(times=2), answer=lambda _: ITEM, clock=VirtualClock()) as (server, _):
        await Account.get("a")

        ids = {request.headers.get("amz-sdk-invocation-id") for request in server.requests[1:]}
        attempts = [request.headers.get("amz-sdk-request") for request in server.requests[1:]]
    assert (len(ids), attempts) == (1, ["attempt=2; max=4", "attempt=3; max=4"])


async def test_fault_36_a_policy_of_one_s_own_cannot_make_a_write_happen_twice():
    """It says when, never whether."""
    from dynamorm_async._retry import Retry

    class Eager:
        def start(self, scope, max_attempts=None):
            return self

        def after(self, failure):
            return Retry(0.0)

        def succeeded(self):
            pass

    async with alone(Reset.after_request(times=None), retry=Eager()) as (server, _):
        with pytest.raises(OutcomeUnknownError):
            await Account.with_key("a").update(Account.credits.add(1))
        assert server.count() == 1


async def test_fault_35_closing_between_two_attempts_does_not_forget_the_first():
    """The session is closed while a write waits for its second attempt."""

    class Closing(VirtualClock):
        async def sleep(self, seconds: float) -> None:
            await session.aclose()

    async with alone(Reset.after_request(times=None)) as (server, _):
        session = Session(endpoint=server.endpoint, clock=Closing())
        async with session:
            with pytest.raises(OutcomeUnknownError):
                await Account(id="a").put().using(session)
        assert server.count() == 1
