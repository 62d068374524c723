"""Errors found here: wrong settings, classes and calls, and results that are not what was asked for."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, ClassVar, TypeVar

from dynamorm_async.errors.base import DynamormError, Outcome

__all__ = [
    "AttributeNotLoadedError",
    "BatchIncompleteError",
    "ConfigurationError",
    "DecodeError",
    "IndexNotFoundError",
    "InvalidConsistencyError",
    "InvalidCursorError",
    "InvalidOperatorError",
    "InvalidOrderError",
    "InvalidRequestError",
    "ItemNotFoundError",
    "ItemTooLargeError",
    "KeyChangeError",
    "MissingKeyError",
    "ModelDefinitionError",
    "MultipleItemsFoundError",
    "NoSessionError",
    "NotFoundError",
    "OutcomeUnknownError",
    "PaginationStuckError",
    "ScanNotAllowedError",
    "SessionClosedError",
    "TenantViolationError",
    "UnknownFieldError",
    "ValidationError",
    "WrongEventLoopError",
]

T = TypeVar("T")


class ConfigurationError(DynamormError):
    """A session, endpoint, region or credential setting is missing or wrong."""


class NoSessionError(ConfigurationError):
    """A bare ``await Model...`` found no open session on this event loop, or more than one."""

    default_hint: ClassVar[str | None] = (
        "Pass one with .using(session), or enter `with session.scope():`, or keep exactly one session open."
    )


class SessionClosedError(ConfigurationError):
    """The session was used before it was entered or after it was closed."""

    default_hint: ClassVar[str | None] = "Use it inside `async with Session(...)`."


class WrongEventLoopError(ConfigurationError):
    """The session serves another event loop that is still running."""

    default_hint: ClassVar[str | None] = "Use one session per loop."


class ModelDefinitionError(DynamormError):
    """A model class is wrong: names the class, the field, the option and the fix. Raised at class creation."""


class InvalidRequestError(DynamormError, ValueError):
    """The call cannot be made as written. Nothing was sent."""


class UnknownFieldError(InvalidRequestError):
    """A field name that the model does not have; suggests the nearest one."""


class InvalidOperatorError(InvalidRequestError):
    """An operator that DynamoDB, or this place in a request, does not have; lists the legal ones."""


class InvalidOrderError(InvalidRequestError):
    """An ordering by something else than the sort key of the index that serves the query."""

    default_hint: ClassVar[str | None] = "Declare an index whose sort key is that field, or sort in Python."


class InvalidConsistencyError(InvalidRequestError):
    """A consistent read of a global secondary index, which DynamoDB does not offer."""

    default_hint: ClassVar[str | None] = "Leave out consistent(), or query the table itself."


class InvalidCursorError(InvalidRequestError):
    """A page cursor that is damaged, expired, or belongs to another query."""

    default_hint: ClassVar[str | None] = "Start again without a cursor."


class MissingKeyError(InvalidRequestError):
    """A part of the primary key was not given."""

    default_hint: ClassVar[str | None] = "Give every field that the key is made of."


class IndexNotFoundError(InvalidRequestError):
    """An index that the model does not declare; suggests the nearest one."""


class ScanNotAllowedError(InvalidRequestError):
    """No key or index serves this query, and a scan was not asked for by name."""

    default_hint: ClassVar[str | None] = "Declare an index for it, or ask for a scan by name: Model.scan(...)."


class KeyChangeError(InvalidRequestError):
    """An update would change the primary key, which DynamoDB cannot do in place."""

    default_hint: ClassVar[str | None] = (
        "Use move(), which deletes the old item and puts the new one in one transaction."
    )


class TenantViolationError(InvalidRequestError):
    """A request of a session scoped to one tenant reaches outside it, or cannot be shown not to. Nothing was sent."""

    default_hint: ClassVar[str | None] = "Use the session of the tenant whose items they are: db.for_tenant(...)."


class ValidationError(InvalidRequestError):
    """A value cannot be stored as the model declares it.

    Attributes:
        errors: ``(path, problem)`` pairs, one for each bad field; never the value itself.
    """

    def __init__(self, message: str = "", *, errors: Sequence[tuple[str, str]] = (), **context: Any) -> None:
        if errors and not message:
            message = "; ".join(f"{path}: {problem}" for path, problem in errors)
        super().__init__(message, **context)
        self.errors: tuple[tuple[str, str], ...] = tuple(errors)


class ItemTooLargeError(InvalidRequestError):
    """An item or request is larger than DynamoDB accepts (an item: 409 600 bytes).

    Attributes:
        size: Its size in bytes, by DynamoDB's rules.  limit: The largest allowed, in bytes.
    """

    default_hint: ClassVar[str | None] = "Split the item, or keep the large part elsewhere and store where it is."

    def __init__(self, message: str = "", *, size: int, limit: int, **context: Any) -> None:
        super().__init__(message or f"the item has {size} bytes; DynamoDB's limit is {limit}.", **context)
        self.size = size
        self.limit = limit


class ItemNotFoundError(DynamormError, LookupError):
    """No item has this key, or none matches this query."""

    default_hint: ClassVar[str | None] = "Where that is no error: get_or_none(), one_or_none(), first_or_none()."


NotFoundError = ItemNotFoundError


class MultipleItemsFoundError(DynamormError, LookupError):
    """``one()`` matched more than one item."""

    default_hint: ClassVar[str | None] = "Use first(), or give conditions that only one item meets."


class AttributeNotLoadedError(DynamormError, AttributeError):
    """The attribute was left out by a projection or is loaded on demand; there is no hidden I/O."""


class DecodeError(DynamormError):
    """A stored item does not fit its model.

    Attributes:
        path: Where in the item, e.g. ``home.city``.
        items: The items of the same page that did decode, in order, so that one bad item hides no others.
    """

    default_hint: ClassVar[str | None] = "Give the field a type that fits what is stored, or mend the item."

    def __init__(
        self, message: str = "", *, path: str | None = None, items: Sequence[object] = (), **context: Any
    ) -> None:
        super().__init__(message, **context)
        self.path = path
        self.items: tuple[object, ...] = tuple(items)


class PaginationStuckError(DynamormError):
    """The service returned the same page key twice.

    Attributes:
        cursor: Where the listing stopped.
    """

    default_hint: ClassVar[str | None] = (
        "The endpoint does not page as DynamoDB does; `error.cursor` is where it stopped."
    )

    def __init__(self, message: str = "", *, cursor: object = None, **context: Any) -> None:
        super().__init__(message, **context)
        self.cursor = cursor


class BatchIncompleteError(DynamormError):
    """A batch stopped before everything was done.

    Attributes:
        unprocessed: Exactly the instances (or keys) that were not written (or read), as the caller gave them; see
            `unprocessed_as`.
        succeeded: How many were.
        unknown: Those that were sent and whose outcome nobody knows.
        result: What a batch of reads did find: a `BatchGetResult`.
    """

    default_hint: ClassVar[str | None] = "Send `error.unprocessed` again, which is exactly what was not done."

    def __init__(
        self,
        message: str = "",
        *,
        unprocessed: Sequence[object],
        succeeded: int,
        unknown: Sequence[object] = (),
        result: object = None,
        **context: Any,
    ) -> None:
        super().__init__(message, **context)
        self.result = result
        self.unprocessed: tuple[object, ...] = tuple(unprocessed)
        self.succeeded = succeeded
        self.unknown: tuple[object, ...] = tuple(unknown)

    def unprocessed_as(self, kind: type[T]) -> tuple[T, ...]:
        """``unprocessed``, as type checkers need it to send it again: an error cannot know what was given.

        Args:
            kind: What all of it is: a model, ``Model`` if there were several, or ``Key``.

        Returns:
            The same objects in the same order.

        Raises:
            InvalidRequestError: Something of it is no such thing.

        Example:
            >>> try:
            ...     await db.batch_put(users)
            ... except BatchIncompleteError as error:
            ...     await db.batch_put(error.unprocessed_as(User))
        """
        found = tuple(one for one in self.unprocessed if isinstance(one, kind))
        if len(found) < len(self.unprocessed):
            raise InvalidRequestError(
                f"not everything that is unprocessed is of the class {kind.__name__}.",
                hint="Name the class that all of it has in common: Model, or Key.",
            )
        return found


class OutcomeUnknownError(DynamormError):
    """A write was sent, its answer was lost, and it is not known whether it took effect.

    Attributes:
        token: The idempotency token of a transaction, to repeat it safely within ten minutes.
        current: The item as it stands, as a model instance, where the service returned it; see `ConditionFailedError`.
    """

    default_outcome = Outcome.UNKNOWN
    default_hint: ClassVar[str | None] = "Read the item back before repeating the write."

    def __init__(self, message: str = "", *, token: str | None = None, current: object = None, **context: Any) -> None:
        super().__init__(message, **context)
        self.token = token
        self.current = current
