"""Whether an expression is of a field of the model that it is given to.

An attribute's name is not enough: another model may have the name for something else, in another form. So a path knows
the slot of the field that it was made from.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from dynamorm_async._expr.path import Path
from dynamorm_async._spec.build import field_names, nearest
from dynamorm_async._spec.fields import DocumentSpec, ModelSpec
from dynamorm_async.errors import UnknownFieldError

__all__ = ["check_path", "own_paths"]


def check_path(spec: ModelSpec, path: Path, verb: str) -> None:
    """Refuse a path that starts at no field of the model.

    Raises:
        UnknownFieldError: It is of another model, or of a document by itself.
    """
    if id(path.top or path.slot) not in spec.origins and not _is_same_elsewhere(spec, path):
        raise _foreign(spec, path, verb)


def own_paths(spec: ModelSpec, paths: Iterable[Path], verb: str) -> tuple[Path, ...]:
    """These paths, each of which is refused in the same way."""
    own = tuple(paths)
    for path in own:
        check_path(spec, path, verb)
    return own


def _is_same_elsewhere(spec: ModelSpec, path: Path) -> bool:
    """Whether the model has this very field, and the path is of another class.

    That can be a subclass, the same model that was made anew (in a notebook, by a reload), or that of another process.
    """
    origin = path.origin
    for one in spec.members or (spec,):
        own = one.by_attribute.get(path.attribute)
        if own is None or own.slot != origin:
            continue
        if origin.label in {own.slot.label, *_labels((*one.cls.__mro__, *_made_of(one.cls)), path.attribute)}:
            return True
    return False


def _labels(classes: Iterable[type[Any]], attribute: str) -> Iterator[str]:
    for cls in classes:
        known: DocumentSpec | None = vars(cls).get("__dynamorm_spec__")
        if known is not None and attribute in known.by_attribute:
            yield known.by_attribute[attribute].slot.label


def _made_of(cls: type[Any]) -> Iterator[type[Any]]:
    for made in cls.__subclasses__():
        yield made
        yield from _made_of(made)


def _foreign(spec: ModelSpec, path: Path, verb: str) -> UnknownFieldError:
    label = path.origin.label
    owner, _, name = label.rpartition(".")
    if owner == spec.name:
        problem = f"{label} is a field of another class {spec.name}, or was declared otherwise when it was made."
        return UnknownFieldError(problem, op=f"{spec.name}.{verb}", model=spec.name, hint=_AGAIN)
    own = spec.by_name.get(name)
    hint = nearest(name, spec.by_name) if own is None else f"Write {own.slot.label}."
    return UnknownFieldError(
        f"{label} is a field of another model, not of {spec.name}.",
        op=f"{spec.name}.{verb}",
        model=spec.name,
        hint=hint or f"Fields of {spec.name} are: {field_names(spec)}.",
    )


_AGAIN = "Take the field from the class that the item is of."
