"""The dump and the load for a type, from the converter's hooks.

Where the user has registered a hook for a type, or for a base of it, that hook is the dump or load, wherever the type
stands. What it raises becomes a `BadValueError`, so that the caller learns the field.
"""

from __future__ import annotations

import enum
from collections.abc import Callable
from types import NoneType
from typing import Any, TypeGuard

from dynamorm_async._codec.annotations import label
from dynamorm_async._codec.choices import enum_dump, enum_load
from dynamorm_async._codec.ownership import Dump, Hooks, Load, is_ours, ours
from dynamorm_async._codec.scalars import SCALARS, wrong_type
from dynamorm_async._wire.faults import BadValueError
from dynamorm_async.errors import ModelDefinitionError

__all__ = ["dump_for", "dynamic_dump", "guarded", "is_plain", "load_for"]

Structure = Callable[[Any, Any], Any]


def is_plain(converter: Hooks, kind: Any) -> bool:
    """Whether no user hook is responsible for this type, in either direction."""
    return is_ours(_unstructure(converter, kind)) and is_ours(_structure(converter, kind))


def dump_for(converter: Hooks, kind: Any) -> Dump:
    """The dump for a type.

    Raises:
        ModelDefinitionError: Something inside the type cannot be stored.
    """
    hook = _unstructure(converter, kind)
    if not is_ours(hook):
        return guarded(hook, kind)
    return _only(kind, hook) if _is_subclassed(kind) else hook


def load_for(converter: Hooks, kind: Any) -> Load:
    """The load for a type.

    Raises:
        ModelDefinitionError: The type cannot be stored and no hook is registered for it.
    """
    hook = _structure(converter, kind)
    return (lambda plain: hook(plain, kind)) if is_ours(hook) else guarded(lambda plain: hook(plain, kind), kind)


def guarded(convert: Callable[[Any], Any], kind: Any) -> Callable[[Any], Any]:
    """A user's function, whose errors become a `BadValueError` with the error as its cause."""

    def call(value: Any) -> Any:
        try:
            return convert(value)
        except BadValueError:
            raise
        except Exception as error:
            raise BadValueError(f"the converter for {label(kind)} raised {type(error).__name__}.") from error

    return call


def dynamic_dump(converter: Hooks) -> Dump:
    """For a value in a place without a type: the user's hook for its class, if there is one."""

    def dump(value: Any) -> Any:
        kind: Any = value.__class__
        hook = converter.get_unstructure_hook(kind)
        # cattrs answers the identity for what it does not know.
        return value if is_ours(hook) or hook.__module__ == "cattrs.fns" else guarded(hook, kind)(value)

    return dump


def _unstructure(converter: Hooks, kind: Any) -> Dump:
    try:
        hook: Dump = converter.get_unstructure_hook(NoneType if kind is None else kind)
    except TypeError as error:  # cattrs keeps hooks by type
        raise ModelDefinitionError(
            f"{label(kind)} cannot be stored: its annotation has unhashable parts.",
            hint="Take them out of Annotated[...].",
        ) from error
    if not (_is_enum(kind) and is_ours(hook)):
        return hook
    # cattrs looks along the MRO, where `str` stands before `Enum`.
    general: Dump = converter.get_unstructure_hook(enum.Enum)
    return enum_dump(kind) if is_ours(general) else general


def _structure(converter: Hooks, kind: Any) -> Structure:
    try:
        hook: Structure = converter.get_structure_hook(NoneType if kind is None else kind)
    except Exception as error:
        # Only cattrs raises it, and only where it was needed is it loaded.
        from cattrs.errors import StructureHandlerNotFoundError  # noqa: PLC0415  see docs/design/cold-start.md

        if not isinstance(error, StructureHandlerNotFoundError):
            raise
        raise ModelDefinitionError(
            f"{label(kind)} cannot be stored: the converter has no hook for it.",
            hint="Register structure and unstructure hooks on the session's converter, or give attr(converter=...).",
        ) from error
    if not (_is_enum(kind) and is_ours(hook)):
        return hook
    general: Structure = converter.get_structure_hook(enum.Enum)
    return _ignoring_type(enum_load(kind)) if is_ours(general) else general


def _ignoring_type(load: Load) -> Structure:
    return ours(lambda plain, _: load(plain))


def _is_enum(kind: Any) -> TypeGuard[type[enum.Enum]]:
    return isinstance(kind, type) and issubclass(kind, enum.Enum)


def _is_subclassed(kind: Any) -> bool:
    """Whether it is a subclass of a scalar type, which cattrs treats as the scalar."""
    return (
        isinstance(kind, type)
        and kind not in SCALARS
        and not issubclass(kind, enum.Enum)
        and issubclass(kind, tuple(SCALARS))
    )


def _only(kind: type[Any], dump: Dump) -> Dump:
    return ours(lambda value: dump(value) if isinstance(value, kind) else wrong_type(value, kind.__name__))
