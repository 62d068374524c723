"""An item as a caller names it in a batch or a transaction: by an instance, or by its key."""

from __future__ import annotations

from typing import Any, ClassVar, Protocol

from dynamorm_async._ops.keys import Target, rebound, target_of, target_of_instance
from dynamorm_async._ops.render import Settings, place_of
from dynamorm_async._spec.fields import ModelSpec
from dynamorm_async.errors import InvalidRequestError
from dynamorm_async.types import Key

__all__ = ["Stored", "named", "spec_of"]


class Stored(Protocol):
    """An instance of a model."""

    __dynamorm_spec__: ClassVar[ModelSpec]


def spec_of(item: object, operation: str) -> ModelSpec:
    """The description of a model instance.

    Raises:
        InvalidRequestError: It is none.
    """
    spec = getattr(type(item), "__dynamorm_spec__", None)
    if isinstance(spec, ModelSpec):
        return spec
    found = f"the class {item.__name__}" if isinstance(item, type) else type(item).__name__
    raise InvalidRequestError(
        f"a model instance was expected, not {found}.", op=operation, hint='Where a key will do: User.key("acme", "1").'
    )


def named(item: Stored | Key, settings: Settings, operation: str) -> tuple[Target, Any]:
    """Which item that is in this session, and the instance if one was given.

    Raises:
        InvalidRequestError: It is neither an instance nor a key.
    """
    if type(item) is Key:  # `isinstance` is dear where the answer is no
        of_key: ModelSpec = item.spec
        return target_of(rebound(item, of_key, place_of(of_key, settings))), None
    spec = spec_of(item, operation)
    return target_of_instance(spec, place_of(spec, settings), item), item
