"""When a failed request is sent again, and when not.

Two questions are kept apart. *May* it be sent again: only if a second sending does no harm, which depends on what the
request does and on whether the first may have taken effect (`Failure.repeatable`). *When*: the schedule of AWS's
standard retry mode as revised in 2026, which `StandardRetry` keeps. A policy of one's own answers only the second.

Pure: no clock, no dice, no waiting. Elapsed times come with the failure and ``dice`` is handed in.
"""

from __future__ import annotations

from dynamorm_async._retry.decisions import Decision, Kind, RefreshAndRetry, Retry, Stop, StopReason
from dynamorm_async._retry.failures import TOKEN_OPERATIONS, Failure
from dynamorm_async._retry.pace import SendingRate
from dynamorm_async._retry.settings import RetrySettings
from dynamorm_async._retry.standard import Scope, StandardRetry, StandardState

__all__ = [
    "TOKEN_OPERATIONS",
    "Decision",
    "Failure",
    "Kind",
    "RefreshAndRetry",
    "Retry",
    "RetrySettings",
    "Scope",
    "SendingRate",
    "StandardRetry",
    "StandardState",
    "Stop",
    "StopReason",
]
