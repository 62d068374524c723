"""Retry tokens: how many retries a table, its contended items, and a whole endpoint may cost."""

from __future__ import annotations

from typing import Final

import msgspec

from dynamorm_async._retry.decisions import Kind

__all__ = ["Bucket", "Budget"]

_CONTENTION: Final = frozenset({Kind.CONFLICT, Kind.HOT_KEY})


class Bucket(msgspec.Struct, eq=False):
    """Tokens, counted by how many are missing: a full bucket, the usual one, is told by one look."""

    capacity: int
    missing: int = 0

    def can_spare(self, cost: int) -> bool:
        return self.missing + cost <= self.capacity

    def give_back(self, amount: int) -> None:
        self.missing = max(0, self.missing - amount)


class Budget(msgspec.Struct, eq=False):
    """The buckets of one table; ``shared`` is the endpoint's and the same object for all its tables."""

    own: Bucket
    contention: Bucket
    shared: Bucket

    def purses(self, kind: Kind) -> tuple[Bucket, ...]:
        return (self.contention,) if kind in _CONTENTION else (self.own, self.shared)

    def refill(self) -> None:
        for bucket in (self.own, self.contention, self.shared):
            bucket.give_back(1)

    @property
    def full(self) -> bool:
        return not (self.own.missing or self.contention.missing)
