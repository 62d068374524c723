"""The standard policy where it goes beyond the published cases: budgets, deadlines, tokens, credentials."""

from __future__ import annotations

import math
from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dynamorm_async._retry import (
    Failure,
    Kind,
    RefreshAndRetry,
    Retry,
    RetrySettings,
    SendingRate,
    StandardRetry,
    StandardState,
    Stop,
    StopReason,
)
from dynamorm_async.errors import (
    AccessDeniedError,
    ConfigurationError,
    ConnectionLostError,
    CredentialsExpiredError,
    DynamormError,
    EndpointUnreachableError,
    PoolTimeoutError,
    ServiceUnavailableError,
    ThrottledError,
    TransactionConflictError,
    TransactionInProgressError,
)
from dynamorm_async.types import Safety

ENDPOINT = "http://localhost:8000"
USERS, ORDERS = (ENDPOINT, "users"), (ENDPOINT, "orders")
HOT = {"ThrottlingReasons": [{"reason": "TableWriteKeyRangeThroughputExceeded"}]}


def highest() -> float:
    """Dice that always show the ceiling."""
    return 1.0


def policy(**figures: Any) -> StandardRetry:
    """The standard policy with these figures changed, and dice that show the ceiling."""
    return StandardRetry(RetrySettings(**figures), dice=highest)


def failed(error: DynamormError, attempt: int = 1, *, safety: Safety = Safety.READ, **facts: Any) -> Failure:
    """A failed attempt of a read."""
    return Failure(error, attempt, facts.pop("elapsed", 0.0), safety, **facts)


def fail_until_it_stops(state: StandardState, error: DynamormError, **facts: Any) -> tuple[list[float], StopReason]:
    """The waits it allowed, and why it stopped."""
    waits: list[float] = []
    while isinstance(decision := state.after(failed(error, len(waits) + 1, **facts)), Retry):
        waits.append(decision.delay)
    assert isinstance(decision, Stop)
    return waits, decision.reason


# ---------------------------------------------------------------- the schedule


def test_a_service_that_fails_for_ever_gets_four_attempts_within_175_milliseconds() -> None:
    """DynamoDB's figures: 25, 50 and 100 ms at most."""
    waits, reason = fail_until_it_stops(policy().start(USERS), ServiceUnavailableError())

    assert (waits, reason) == ([0.025, 0.05, 0.1], StopReason.ATTEMPTS)


def test_two_throttles_cost_five_each_and_the_last_comes_back() -> None:
    """Waits of at most one and two seconds; quota 500, 495, 490, 495."""
    retries = policy()
    state = retries.start(USERS)
    tokens, waits = [retries.tokens(USERS)], []

    for attempt in (1, 2):
        waits.append(state.after(failed(ThrottledError(), attempt)).delay)
        tokens.append(retries.tokens(USERS))
    state.succeeded()

    assert (waits, tokens, retries.tokens(USERS)) == ([1.0, 2.0], [500, 495, 490], 495)


def test_the_jitter_is_full() -> None:
    """The dice spread the wait over everything from zero to the ceiling."""
    rolls = iter([0.0, 0.5, 0.999])
    retries = StandardRetry(dice=lambda: next(rolls))
    state = retries.start(USERS)

    waits = [state.after(failed(ThrottledError(), attempt)).delay for attempt in (1, 2, 3)]

    assert waits == [0.0, 1.0, pytest.approx(3.996)]


def test_the_cap_comes_before_the_jitter() -> None:
    """Half a roll on a capped ceiling is half the cap."""
    retries = StandardRetry(RetrySettings(longest_wait=4.0), dice=lambda: 0.5)

    assert retries.delay(Kind.THROTTLE, 60) == 2.0


@pytest.mark.parametrize(
    "header", ["", " ", "-1", "1.5", "1e3", "soon", "٣", "²", "9" * 5000, "Wed, 21 Oct 2026 07:28:00 GMT"]
)
def test_a_senseless_retry_after_header_is_ignored(header: str) -> None:
    """Whatever an endpoint writes there, the wait stays ours."""
    assert policy().start(USERS).after(failed(ThrottledError(), retry_after=header)).delay == 1.0


def test_a_limit_for_one_call_replaces_the_settings() -> None:
    """``max_attempts`` of a call counts before that of the policy, in both directions."""  # R107
    retries = policy()

    none, _ = fail_until_it_stops(retries.start(USERS, 1), ServiceUnavailableError())
    many, _ = fail_until_it_stops(retries.start(USERS, 7), ServiceUnavailableError())

    assert (len(none), len(many)) == (0, 6)


def test_what_would_fail_again_is_not_sent_again() -> None:
    """A refused permission stays refused, and a full pool only gets fuller."""
    for error in (AccessDeniedError(), PoolTimeoutError()):
        assert policy().start(USERS).after(failed(error)) == Stop(StopReason.NOT_RETRYABLE)


def test_a_lost_counter_update_is_never_sent_again() -> None:
    """ADD after a reset: unknown, and twice would not be the same as once."""  # R107
    decision = policy().start(USERS).after(failed(ConnectionLostError(), safety=Safety.ONCE))

    assert decision == Stop(StopReason.UNSAFE)


def test_a_throttled_counter_update_is_sent_again() -> None:
    """A throttled ADD was not applied, so it is as safe as anything."""
    assert isinstance(policy().start(USERS).after(failed(ThrottledError(), safety=Safety.ONCE)), Retry)


def test_counters_say_how_often_it_decided_what() -> None:
    """Retries by kind, stops by reason."""  # R107
    retries = policy()
    fail_until_it_stops(retries.start(USERS), ThrottledError())
    retries.start(USERS).after(failed(AccessDeniedError()))

    assert retries.counters == {"retry: throttle": 3, "stop: attempts": 1, "stop: not retryable": 1}


# ---------------------------------------------------------------- budgets


def test_one_table_does_not_use_up_the_retries_of_another() -> None:
    """After a hundred failures on one table, one failure on the next is still retried."""
    retries = policy()
    for _ in range(100):
        fail_until_it_stops(retries.start(USERS), ServiceUnavailableError())

    assert retries.start(USERS).after(failed(ServiceUnavailableError())) == Stop(StopReason.QUOTA)
    assert isinstance(retries.start(ORDERS).after(failed(ServiceUnavailableError())), Retry)


def test_all_tables_of_an_endpoint_share_a_larger_budget() -> None:
    """When everything fails, the sum of retries is bounded; another endpoint has its own."""
    retries = policy(quota=28, shared_quota=56)
    for table in ("one", "two"):
        fail_until_it_stops(retries.start((ENDPOINT, table)), ServiceUnavailableError())

    elsewhere = ("http://localhost:9000", "users")
    assert retries.start(USERS).after(failed(ServiceUnavailableError())) == Stop(StopReason.QUOTA)
    assert isinstance(retries.start(elsewhere).after(failed(ServiceUnavailableError())), Retry)


def test_a_success_on_a_sound_table_also_refills_what_the_endpoint_shares() -> None:
    """A table that failed and fell silent does not hold the others' retries for ever."""
    retries = policy(quota=28, shared_quota=28)
    fail_until_it_stops(retries.start(ORDERS), ServiceUnavailableError())

    for _ in range(14):
        retries.start(USERS).succeeded()

    assert isinstance(retries.start(USERS).after(failed(ServiceUnavailableError())), Retry)


def test_a_refused_retry_costs_nothing() -> None:
    """If the shared purse cannot pay, the table's own is not charged either."""
    retries = policy(shared_quota=20)
    fail_until_it_stops(retries.start(USERS), ServiceUnavailableError())

    assert retries.tokens(USERS) == 486


@pytest.mark.parametrize("error", [TransactionConflictError(), ThrottledError(details=HOT)])
def test_contended_items_have_a_budget_of_their_own(error: DynamormError) -> None:
    """One item that everybody fights over leaves the retries for faults untouched."""
    retries = policy()
    for _ in range(100):
        fail_until_it_stops(retries.start(USERS), error)

    assert retries.start(USERS).after(failed(error)) == Stop(StopReason.QUOTA)
    assert retries.tokens(USERS) == 500
    assert isinstance(retries.start(USERS).after(failed(ServiceUnavailableError())), Retry)


def test_a_retried_conflict_that_succeeds_pays_back_into_its_own_budget() -> None:
    """The last price returns to the purse it came from."""
    retries = policy(contention_quota=14)
    state = retries.start(USERS)
    state.after(failed(TransactionConflictError()))
    state.succeeded()

    assert isinstance(retries.start(USERS).after(failed(TransactionConflictError())), Retry)


def test_budgets_of_thousands_of_tables_do_not_pile_up() -> None:
    """Full budgets are forgotten past a thousand; one that was drawn on is kept."""
    retries = policy()
    retries.start(USERS).after(failed(ServiceUnavailableError()))

    for number in range(5000):
        retries.start((ENDPOINT, f"table-{number}")).succeeded()

    assert len(retries._budgets) <= 1001
    assert retries.tokens(USERS) == 486


# ---------------------------------------------------------------- deadlines and tokens


def test_no_wait_ends_after_the_deadline() -> None:
    """With 0.9 s left a wait of 1 s is not begun; with more it is."""  # R107
    retries = policy()

    assert retries.start(USERS).after(failed(ThrottledError(), remaining=0.9)) == Stop(StopReason.DEADLINE)
    assert retries.start(USERS).after(failed(ThrottledError(), remaining=1.0)) == Stop(StopReason.DEADLINE)
    assert isinstance(retries.start(USERS).after(failed(ThrottledError(), remaining=1.1)), Retry)


def test_a_wait_that_the_service_asks_for_does_not_pass_the_deadline_either() -> None:
    """The header lengthens the wait before the deadline is looked at."""
    decision = policy().start(USERS).after(failed(ThrottledError(), remaining=2.0, retry_after="3000"))

    assert decision == Stop(StopReason.DEADLINE)


def test_a_stop_for_the_deadline_costs_no_tokens() -> None:
    """What is not sent is not paid for."""
    retries = policy()
    retries.start(USERS).after(failed(ThrottledError(), remaining=0.5))

    assert retries.tokens(USERS) == 500


def in_progress(attempt: int, elapsed: float) -> Failure:
    """An attempt that found its transaction still being carried out."""
    facts = {"safety": Safety.REPEATABLE, "elapsed": elapsed, "token_age": elapsed}
    return failed(TransactionInProgressError(), attempt, **facts)


def test_the_last_attempt_at_a_transaction_in_progress_comes_five_seconds_after_the_first() -> None:
    """The service completes it for whoever asks after five seconds."""
    state = StandardRetry(dice=lambda: 0.1).start(USERS)
    sent_at = [0.0]

    while isinstance(decision := state.after(in_progress(len(sent_at), sent_at[-1])), Retry):
        sent_at.append(sent_at[-1] + decision.delay)

    assert sent_at == [0.0, 0.1, pytest.approx(0.3), pytest.approx(5.0)]
    assert decision == Stop(StopReason.ATTEMPTS)


def test_a_short_deadline_leaves_a_transaction_in_progress_its_plain_backoff() -> None:
    """Where five seconds do not fit, the usual wait is taken if that fits."""
    state = StandardRetry(dice=lambda: 0.1).start(USERS)
    failure = in_progress(3, 0.5)

    fits = state.after(msgspec.structs.replace(failure, remaining=2.0))
    too_short = state.after(msgspec.structs.replace(failure, remaining=0.3))

    assert fits == Retry(pytest.approx(0.4), Kind.IN_PROGRESS)
    assert too_short == Stop(StopReason.DEADLINE)


def test_an_idempotency_token_is_not_sent_again_after_nine_minutes() -> None:
    """DynamoDB forgets a token after ten; the wait before sending counts."""
    state = policy().start(USERS)
    lost = failed(ConnectionLostError(), safety=Safety.REPEATABLE)

    assert state.after(msgspec.structs.replace(lost, token_age=540.0)) == Stop(StopReason.TOO_OLD)
    assert state.after(msgspec.structs.replace(lost, token_age=539.99)) == Stop(StopReason.TOO_OLD)
    assert isinstance(state.after(msgspec.structs.replace(lost, token_age=539.9)), Retry)
    expired = failed(CredentialsExpiredError(), safety=Safety.REPEATABLE, token_age=541.0)
    assert state.after(expired) == Stop(StopReason.TOO_OLD)


# ---------------------------------------------------------------- credentials


def test_refused_credentials_are_refreshed_once() -> None:
    """One refresh, one more attempt; then it is final."""
    state = policy().start(USERS)

    assert state.after(failed(CredentialsExpiredError(), safety=Safety.ONCE)) == RefreshAndRetry()
    assert state.after(failed(CredentialsExpiredError(), 2, safety=Safety.ONCE)) == Stop(StopReason.REFRESHED)


def test_a_refresh_costs_no_tokens_and_needs_none() -> None:
    """An empty quota does not keep a client locked out with old credentials."""
    retries = policy(quota=0)

    assert retries.start(USERS).after(failed(CredentialsExpiredError())) == RefreshAndRetry()


def test_no_refresh_is_begun_after_the_deadline() -> None:
    """With no time left, the refusal is the answer."""
    assert policy().start(USERS).after(failed(CredentialsExpiredError(), remaining=0.0)) == Stop(StopReason.DEADLINE)


# ---------------------------------------------------------------- settings


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("max_attempts", 0),
        ("max_attempts", 2.5),
        ("max_attempts", True),
        ("max_attempts", "4"),
        ("quota", -1),
        ("quota", 1.5),
        ("transient_base", -0.1),
        ("throttle_base", math.nan),
        ("longest_wait", None),
        ("token_lifetime", True),
    ],
)
def test_a_figure_out_of_range_is_refused_by_name(name: str, value: object) -> None:
    """The message names the setting and what it takes."""
    with pytest.raises(ConfigurationError, match=rf"RetrySettings: {name} must be a (whole )?number of at least \d"):
        RetrySettings(**{name: value})


# ---------------------------------------------------------------- properties

ERRORS = [
    ServiceUnavailableError(),
    ThrottledError(),
    ThrottledError(details=HOT),
    TransactionConflictError(),
    TransactionInProgressError(),
    ConnectionLostError(),
    EndpointUnreachableError(),
    CredentialsExpiredError(),
    AccessDeniedError(),
]
failures = st.builds(
    Failure,
    error=st.sampled_from(ERRORS),
    attempt=st.integers(1, 10),
    elapsed=st.floats(0, 700),
    safety=st.sampled_from(Safety),
    retry_unknown=st.booleans(),
    remaining=st.none() | st.floats(-1, 60),
    retry_after=st.none() | st.text(max_size=5) | st.integers(0, 100_000).map(str),
    token_age=st.none() | st.floats(0, 700),
)
calls = st.lists(st.tuples(st.sampled_from("abc"), st.lists(failures, max_size=4), st.booleans()), max_size=20)


@settings(max_examples=150, deadline=None)
@given(calls, st.floats(0, 1, exclude_max=True))
def test_whatever_happens_the_promises_hold(
    history: list[tuple[str, list[Failure], bool]],
    roll: float,
) -> None:
    """No repeat that does harm, none past a limit, no wait past the deadline, and no budget below zero or overfull."""
    figures = RetrySettings(quota=60, shared_quota=100, contention_quota=30)
    retries = StandardRetry(figures, dice=lambda: roll)

    for table, course, succeeds in history:
        state = retries.start((ENDPOINT, table))
        for failure in course:
            decision = state.after(failure)
            if not isinstance(decision, Stop):
                assert failure.repeatable
                assert failure.attempt < figures.max_attempts
                assert failure.remaining is None or decision.delay < failure.remaining
                assert failure.token_age is None or failure.token_age + decision.delay <= 540
                assert 0 <= decision.delay <= figures.longest_wait + 5
        if succeeds:
            state.succeeded()
        for budget in retries._budgets.values():
            for bucket in (budget.own, budget.contention, budget.shared):
                assert 0 <= bucket.missing <= bucket.capacity


# ---------------------------------------------------------------- the sending rate


def test_nothing_waits_before_the_first_throttle() -> None:
    """A limiter that follows the rate costs nothing while the service keeps up."""
    pace = SendingRate(now=0.0)

    assert [pace.wait(now=0.0) for _ in range(1000)] == [0.0] * 1000


def test_after_a_throttle_turns_are_spaced_by_the_rate() -> None:
    """Two seconds apart at half a request a second; a turn that comes late does not wait."""
    pace = SendingRate(now=0.0)
    pace.answered(throttled=True, now=0.1)

    assert [pace.wait(now=0.1) for _ in range(3)] == [0.0, 2.0, 4.0]
    assert pace.wait(now=10.1) == 0.0


def test_tokens_do_not_pile_up_while_nothing_is_sent() -> None:
    """An idle hour is no licence for a burst."""
    pace = SendingRate(now=0.0)
    pace.answered(throttled=True, now=0.1)

    assert [pace.wait(now=3600.0) for _ in range(2)] == [0.0, 2.0]
