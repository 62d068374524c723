"""What a retry policy can answer, and the kinds of failure it tells apart."""

from __future__ import annotations

import enum
from typing import TypeAlias

import msgspec

__all__ = ["Decision", "Kind", "RefreshAndRetry", "Retry", "Stop", "StopReason"]


class Kind(enum.Enum):
    """How a failure is treated."""

    NEVER = "never"
    """Sending it again would fail again."""
    TRANSIENT = "transient"
    """A fault of the service or the network."""
    THROTTLE = "throttle"
    """The service asked to slow down."""
    CONFLICT = "conflict"
    """Another transaction holds the item."""
    HOT_KEY = "hot key"
    """One key range is throttled, while the rest of the table is well."""
    IN_PROGRESS = "in progress"
    """The same transaction is still being carried out."""
    CREDENTIALS = "credentials"
    """The service did not accept the signature: new credentials, or a corrected clock, may help once."""


class StopReason(enum.Enum):
    """Why a request is not sent again."""

    NOT_RETRYABLE = "not retryable"
    UNSAFE = "it may have taken effect, and a second time would not be the same as once"
    ATTEMPTS = "the attempts are spent"
    QUOTA = "the retry quota is spent"
    DEADLINE = "the wait would end after the deadline"
    TOO_OLD = "the idempotency token is too old to be sent again"
    REFRESHED = "refreshed credentials were not accepted either"


class Retry(msgspec.Struct, frozen=True):
    """Send again after ``delay`` seconds."""

    delay: float
    kind: Kind = Kind.TRANSIENT


class RefreshAndRetry(msgspec.Struct, frozen=True):
    """Get new credentials (and correct the clock, if the answer's ``Date`` says so), then send again at once."""

    delay: float = 0.0
    kind: Kind = Kind.CREDENTIALS


class Stop(msgspec.Struct, frozen=True):
    """Give up, for this reason. ``delay`` seconds first, where a loop that polls would otherwise spin."""

    reason: StopReason
    delay: float = 0.0


Decision: TypeAlias = Retry | RefreshAndRetry | Stop
