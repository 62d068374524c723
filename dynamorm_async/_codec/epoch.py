"""Times as whole seconds since 1970-01-01 UTC, the form in which DynamoDB's TTL reads them."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

from dynamorm_async._codec.annotations import allows_none, label, without_none
from dynamorm_async._codec.ownership import Dump, Load
from dynamorm_async._codec.scalars import refuse, wrong_type
from dynamorm_async._wire.faults import BadValueError
from dynamorm_async.errors import ModelDefinitionError

__all__ = ["epoch_dump", "epoch_load"]

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def epoch_dump(kind: Any) -> Dump:
    """The dump of a TTL field: a datetime, or an int that is seconds already, to seconds.

    A fraction of a second is dropped. A timedelta is refused: it is counted from a now that is not known here.
    """
    _choose(kind)
    nullable = allows_none(kind)

    def dump(value: Any) -> int | None:
        if isinstance(value, datetime):
            if value.tzinfo is None:
                raise BadValueError("a datetime needs a time zone. Use datetime.now(UTC).")
            return (value - _EPOCH) // timedelta(seconds=1)
        if isinstance(value, int) and not isinstance(value, bool):
            return value
        return None if value is None and nullable else wrong_type(value, label(kind))

    return dump


def epoch_load(kind: Any) -> Load:
    """The load of a TTL field: seconds to an aware datetime in UTC, or to int if the field is declared so."""
    convert = _choose(kind)
    nullable = allows_none(kind)

    def load(plain: Any) -> Any:
        if plain is None and nullable:
            return None
        if type(plain) is Decimal:
            plain = int(plain)
        return convert(plain) if type(plain) is int else refuse(plain, label(kind), "N")

    return load


def _choose(kind: Any) -> Callable[[int], Any]:
    found = without_none(kind)
    if datetime in found:
        return _from_seconds
    if int in found:
        return int
    raise ModelDefinitionError(
        f"a TTL field cannot be {label(kind)}.", hint="Annotate it as datetime or int, or either with None."
    )


def _from_seconds(seconds: int) -> datetime:
    try:
        return _EPOCH + timedelta(seconds=seconds)
    except OverflowError:
        raise BadValueError("the stored N is no time between the years 1 and 9999.") from None
