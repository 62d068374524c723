"""The retry cases that AWS publishes for its SDKs, as a table of the project's own.

A step is ``(answer, verdict, tokens left, delay)``, with None for what a case leaves open. The dice always show the
highest number, so each delay is the ceiling of its jitter. The last test compares the table with the published files.
"""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import attrs
import msgspec
import pytest

from dynamorm_async._retry import Failure, RetrySettings, StandardRetry, StandardState, Stop, StopReason
from dynamorm_async._retry.pace import CubicRate, SendingRate
from dynamorm_async.errors import service_error
from dynamorm_async.types import Safety

VECTORS = Path(os.environ.get("DYNAMORM_VECTORS", Path(__file__).parents[4] / "shared" / "vectors")) / "retry"
SCOPE = ("http://localhost", "users")

RETRY, DONE, REFUSED = "retry", "success", "failed"
SPENT, BROKE = "attempts spent", "quota spent"
VERDICTS = {StopReason.ATTEMPTS: SPENT, StopReason.QUOTA: BROKE, StopReason.NOT_RETRYABLE: REFUSED}

Step = tuple[object, str, int | None, float | None]


@attrs.frozen
class Case:
    """One published case: ``steps`` are lists of `Step`, one for each thread of calls; ``order`` interleaves them."""

    name: str
    steps: tuple[tuple[Step, ...], ...]
    given: dict[str, Any] = attrs.field(factory=dict)
    order: str = ""


# The published cases are for the general service: half the pace of DynamoDB's, and one attempt less.
GENERAL = RetrySettings(max_attempts=3, transient_base=0.05)
THROTTLING = (400, "Throttling")


def waits(milliseconds: str) -> tuple[object, ...]:
    """A fault whose answer asks for a pause."""
    return (500, None, milliseconds)


CASES_OF_2026 = [
    Case(
        "Retry eventually succeeds",
        (((500, RETRY, 486, 0.05), (500, RETRY, 472, 0.1), (200, DONE, 486, None)),),
    ),
    Case(
        "Fail due to max attempts reached",
        (((502, RETRY, 486, 0.05), (502, RETRY, 472, 0.1), (502, SPENT, 472, None)),),
    ),
    Case(
        "Retry Quota reached after a single retry",
        (((500, RETRY, 0, 0.05), (500, BROKE, 0, None)),),
        {"quota": 14},
    ),
    Case("No retries at all if retry quota is 0", (((500, BROKE, 0, None),),), {"quota": 0}),
    Case(
        "Verifying exponential backoff timing",
        (
            (
                (500, RETRY, 486, 0.05),
                (500, RETRY, 472, 0.1),
                (500, RETRY, 458, 0.2),
                (500, RETRY, 444, 0.4),
                (500, SPENT, 444, None),
            ),
        ),
        {"max_attempts": 5},
    ),
    Case(
        "Verify max backoff time",
        (
            (
                (500, RETRY, 486, 0.05),
                (500, RETRY, 472, 0.1),
                (500, RETRY, 458, 0.2),
                (500, RETRY, 444, 0.2),
                (500, SPENT, 444, None),
            ),
        ),
        {"max_attempts": 5, "longest_wait": 0.2},
    ),
    Case(
        "Retry stops after retry quota exhaustion",
        (((500, RETRY, 6, 0.05), (502, BROKE, 6, None)),),
        {"max_attempts": 5, "quota": 20},
    ),
    Case(
        "Throttling error token bucket drain and backoff duration",
        (((THROTTLING, RETRY, 495, 1.0), (200, DONE, 500, None)),),
    ),
    Case("Honor x-amz-retry-after header", (((waits("1500"), RETRY, 486, 1.5), (200, DONE, 500, None)),)),
    Case(
        "x-amz-retry-after minimum is exponential backoff duration",
        (((waits("0"), RETRY, 486, 0.05), (200, DONE, 500, None)),),
    ),
    Case(
        "x-amz-retry-after maximum is 5+exponential backoff duration",
        (((waits("10000"), RETRY, 486, 5.05), (200, DONE, 500, None)),),
    ),
    Case(
        "Invalid x-amz-retry-after falls back to exponential backoff",
        (((waits("invalid"), RETRY, 486, 0.05), (200, DONE, 500, None)),),
    ),
    Case(
        "Long-polling backoff after transient error when token bucket empty",
        (((500, BROKE, 0, 0.05),),),
        {"polling": True, "quota": 0},
    ),
    Case(
        "Long-polling backoff after throttling error when token bucket empty",
        (((THROTTLING, BROKE, 0, 1.0),),),
        {"polling": True, "quota": 0},
    ),
    Case(
        "Long-polling max attempts exceeded must NOT delay",
        (((500, RETRY, None, 0.05), (500, SPENT, None, None)),),
        {"polling": True, "max_attempts": 2},
    ),
    Case(
        "Long-polling success must NOT delay",
        (((500, RETRY, None, 0.05), (200, DONE, None, None)),),
        {"polling": True, "max_attempts": 2},
    ),
    Case(
        "Long-polling non-retryable errors must NOT delay",
        (((404, REFUSED, None, None),),),
        {"polling": True, "max_attempts": 2},
    ),
    Case(
        "Retry quota recovery after successful responses",
        (
            (
                (500, RETRY, 16, 0.05),
                (502, RETRY, 2, 0.1),
                (200, DONE, 16, None),
                (500, RETRY, 2, 0.05),
                (200, DONE, 16, None),
            ),
        ),
        {"max_attempts": 5, "quota": 30},
    ),
    Case(
        "Shared multi-threaded scenarios",
        (
            ((500, RETRY, 486, None), (500, RETRY, 472, None), (200, DONE, 486, None)),
            ((500, RETRY, 458, None), (200, DONE, 472, None)),
        ),
        {"max_attempts": 5},
        order="aabba",
    ),
]

# Before 2026: one base and one price for all, a whole second to begin with.
BEFORE_2026 = {"transient_base": 1.0, "transient_cost": 5}
CASES_BEFORE_2026 = [
    Case(
        "Retry eventually succeeds",
        (((500, RETRY, 495, 1), (500, RETRY, 490, 2), (200, DONE, 495, None)),),
        BEFORE_2026,
    ),
    Case(
        "Fail due to max attempts reached",
        (((502, RETRY, 495, 1), (502, RETRY, 490, 2), (502, SPENT, 490, None)),),
        BEFORE_2026,
    ),
    Case(
        "Retry Quota reached after a single retry",
        (((500, RETRY, 0, 1), (502, BROKE, 0, None)),),
        BEFORE_2026 | {"quota": 5},
    ),
    Case("No retries at all if retry quota is 0", (((500, BROKE, 0, None),),), BEFORE_2026 | {"quota": 0}),
    Case(
        "Verifying exponential backoff timing",
        (
            (
                (500, RETRY, 495, 1),
                (500, RETRY, 490, 2),
                (500, RETRY, 485, 4),
                (500, RETRY, 480, 8),
                (500, SPENT, 480, None),
            ),
        ),
        BEFORE_2026 | {"max_attempts": 5},
    ),
    Case(
        "Verify max backoff time",
        (
            (
                (500, RETRY, 495, 1),
                (500, RETRY, 490, 2),
                (500, RETRY, 485, 3),
                (500, RETRY, 480, 3),
                (500, SPENT, 480, None),
            ),
        ),
        BEFORE_2026 | {"max_attempts": 5, "longest_wait": 3},
    ),
]

# Adaptive: (time, throttled, what it computes).
CUBIC_CASES = {
    "Cubic success #1": (
        (5, False, 7.0),
        (6, False, 9.64893600966),
        (7, False, 10.000030849917364),
        (8, False, 10.453284520772092),
        (9, False, 13.408697022224185),
        (10, False, 21.26626835427364),
        (11, False, 36.425998516920465),
    ),
    "Cubic success #2": (
        (5, False, 7.0),
        (6, False, 9.64893600966),
        (7, True, 6.754255206761999),
        (8, True, 4.727978644733399),
        (9, False, 6.606547753887045),
        (10, False, 6.763279816944947),
        (11, False, 7.598174833907107),
        (12, False, 11.511232804773524),
    ),
}
# (time, throttled, measured rate, allowed rate)
SENDING_RATE_CASE = (
    (0.2, False, 0.0, 0.5),
    (0.4, False, 0.0, 0.5),
    (0.6, False, 4.8, 0.5),
    (0.8, False, 4.8, 0.5),
    (1.0, False, 4.16, 0.5),
    (1.2, False, 4.16, 0.6912),
    (1.4, False, 4.16, 1.0976),
    (1.6, False, 5.632, 1.6384),
    (1.8, False, 5.632, 2.3328),
    (2.0, True, 4.3264, 3.02848),
    (2.2, False, 4.3264, 3.486639),
    (2.4, False, 4.3264, 3.821874),
    (2.6, False, 5.66528, 4.053386),
    (2.8, False, 5.66528, 4.200373),
    (3.0, False, 4.333056, 4.282037),
    (3.2, True, 4.333056, 2.997426),
    (3.4, False, 4.333056, 3.452226),
)


class Thread:
    """Calls one after the other, as one task makes them."""

    def __init__(self, policy: StandardRetry) -> None:
        self.policy = policy
        self.begin()

    def begin(self) -> None:
        """Start the next call."""
        self.state: StandardState = self.policy.start(SCOPE)
        self.attempt = 0

    def step(self, answer: object) -> tuple[str, float | None]:
        """Carry one answer to the policy: what it says, and how long to wait."""
        if answer == 200:
            self.state.succeeded()
            self.begin()
            return DONE, None
        self.attempt += 1
        decision = self.state.after(failure(answer, self.attempt))
        if isinstance(decision, Stop):
            self.begin()
            return VERDICTS[decision.reason], decision.delay or None
        return RETRY, decision.delay


def failure(answer: object, attempt: int) -> Failure:
    """A failed attempt to read, from a status, a status and code, or a status and retry-after header."""
    status, code, header = (*answer, None, None)[:3] if isinstance(answer, tuple) else (answer, None, None)
    error = service_error(code or "", status)(code=code or "", status=status)
    return Failure(error, attempt, elapsed=0.0, safety=Safety.READ, retry_after=header)


@pytest.mark.parametrize(
    ("edition", "case"),
    [("2026", case) for case in CASES_OF_2026] + [("before 2026", case) for case in CASES_BEFORE_2026],
    ids=lambda value: value if isinstance(value, str) else value.name,
)
def test_fault_34_a_published_case_has_the_published_verdicts_quota_and_delays(edition: str, case: Case) -> None:
    """Every step of every published case ends as published: verdict, tokens left, delay."""  # R107
    policy = StandardRetry(msgspec.structs.replace(GENERAL, **case.given), dice=lambda: 1.0)
    threads = [Thread(policy) for _ in case.steps]
    cursors = [iter(steps) for steps in case.steps]

    for letter in case.order or "a" * len(case.steps[0]):
        number = ord(letter) - ord("a")
        answer, verdict, tokens, delay = next(cursors[number])
        said, wait = threads[number].step(answer)

        assert said == verdict
        assert tokens is None or policy.tokens(SCOPE) == tokens
        assert wait == (None if verdict == DONE else pytest.approx(delay) if delay is not None else wait)
        assert verdict not in {SPENT, REFUSED} or wait is None


@pytest.mark.parametrize("name", CUBIC_CASES)
def test_fault_34_the_adaptive_rate_follows_the_published_cubic(name: str) -> None:
    """The rate after each answer is the published one."""
    cubic = CubicRate(last_rate=10, last_throttle=5)
    rate = 0.0

    for now, throttled, expected in CUBIC_CASES[name]:
        rate = cubic.after_throttle(rate, now) if throttled else cubic.after_success(now)

        assert rate == pytest.approx(expected)


def test_fault_34_the_sending_rate_follows_the_published_run() -> None:
    """The measured and the allowed rate after each answer are the published ones."""
    pace = SendingRate(now=0.0)

    for now, throttled, measured, allowed in SENDING_RATE_CASE:
        pace.answered(throttled=throttled, now=now)

        assert (pace.measured, pace.rate) == (pytest.approx(measured), pytest.approx(allowed, abs=1e-6))


# ---------------------------------------------------------------- the table against the published files

published = pytest.mark.skipif(not VECTORS.is_dir(), reason="the published retry vectors are not on this machine")
OUTCOMES = {
    "retry_request": RETRY,
    "success": DONE,
    "fail_request": REFUSED,
    "max_attempts_exceeded": SPENT,
    "retry_quota_exceeded": BROKE,
}
OPTIONS = {
    "initial_retry_tokens": ("quota", 500),
    "max_attempts": ("max_attempts", 3),
    "max_backoff_time": ("longest_wait", 20),
    "long_polling": ("polling", False),
}


def load(name: str) -> dict[str, Any]:
    """The groups of one published file, put together: case name -> case."""
    groups = json.loads((VECTORS / name).read_text())
    return {name: case for group in groups.values() for name, case in group.items()}


def as_step(published: dict[str, Any]) -> Step:
    """A published step in our notation."""
    response, expected = published["response"], published["expected"]
    status, header = response["status_code"], response.get("headers", {}).get("x-amz-retry-after")
    answer: object = status
    if "error_code" in response:
        answer = (status, response["error_code"])
    elif header is not None:
        answer = (status, None, header)
    return answer, OUTCOMES[expected["outcome"]], expected.get("retry_quota"), expected.get("delay")


def as_given(published: dict[str, Any]) -> dict[str, Any]:
    """The published settings in our names, without those at their defaults."""
    pairs = {ours: (published[theirs], default) for theirs, (ours, default) in OPTIONS.items() if theirs in published}
    return {name: value for name, (value, default) in pairs.items() if value != default}


@published
@pytest.mark.parametrize(
    ("name", "cases", "edition"),
    [("aws_standard_2_1.json", CASES_OF_2026, {}), ("aws_standard_pre2026.json", CASES_BEFORE_2026, BEFORE_2026)],
)
def test_fault_34_the_table_of_standard_cases_is_the_published_one(
    name: str, cases: list[Case], edition: dict[str, Any]
) -> None:
    """Each published case stands in the table, with the same settings and steps, and no other does."""
    theirs = {
        name: (
            as_given(case["given"]),
            tuple(tuple(map(as_step, steps)) for steps in case.get("threads") or [case["responses"]]),
        )
        for name, case in load(name).items()
    }

    assert {
        case.name: ({k: v for k, v in case.given.items() if k not in edition}, case.steps) for case in cases
    } == theirs


@published
def test_fault_34_the_table_of_adaptive_cases_is_the_published_one() -> None:
    """Each published adaptive case stands in the tables, with the same steps."""
    theirs = {
        name: tuple(
            (step["timestamp"], step["response"] == "throttle", *[v for k, v in step.items() if k.endswith("_rate")])
            for step in case["cases"]
        )
        for name, case in load("aws_adaptive.json").items()
    }

    assert theirs == CUBIC_CASES | {"End-to-end test for client sending rates": SENDING_RATE_CASE}
