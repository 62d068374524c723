"""From the names that users write to paths and indexes of a model."""

from __future__ import annotations

import re
from collections.abc import Sequence

from dynamorm_async._expr.functions import element_slot
from dynamorm_async._expr.path import Path
from dynamorm_async._spec.build import bare, field_names, nearest
from dynamorm_async._spec.fields import DocumentSpec, IndexSpec, ModelSpec
from dynamorm_async._spec.indexes import Index
from dynamorm_async.errors import IndexNotFoundError, InvalidRequestError, UnknownFieldError

__all__ = ["find_index", "resolve_path", "resolve_segments"]

_STEP = re.compile(r"\.([^.\[\]]+)|\[(\d+)\]")


def resolve_path(spec: ModelSpec, text: str) -> Path:
    """The path for ``"home.city"`` or ``"scores[0]"``, in Python names or attribute names.

    Raises:
        UnknownFieldError: A name that the model, or the document there, does not have.
    """
    field = spec.by_name.get(text) or spec.by_attribute.get(text)
    if field is not None:
        return field.path
    steps = list(_STEP.finditer("." + text))
    if not steps or "".join(step.group() for step in steps) != "." + text:
        raise _unknown(spec, text)
    return resolve_segments(spec, [int(step[2]) if step[1] is None else step[1] for step in steps])


def resolve_segments(spec: ModelSpec, segments: Sequence[str | int]) -> Path:
    """The path for names and positions one by one, in Python names or attribute names.

    Raises:
        UnknownFieldError: A name that the model, or the document there, does not have.
    """
    first, *rest = segments
    path = _first(spec, str(first))
    for segment in rest:
        path = _deeper(path, segment)
    return path


def _first(spec: ModelSpec, name: str) -> Path:
    field = spec.by_name.get(name) or spec.by_attribute.get(name)
    if field is None:
        raise _unknown(spec, name)
    return field.path


def _deeper(path: Path, name: str | int) -> Path:
    if isinstance(name, int):
        return path.child(name, element_slot(path.slot, name))
    document: DocumentSpec | None = getattr(bare(path.slot.type), "__dynamorm_spec__", None)
    if document is None:
        return path.child(name, element_slot(path.slot, name))
    field = document.by_name.get(name) or document.by_attribute.get(name)
    if field is None:
        raise _unknown(document, name)
    return path.child(field.attribute, field.slot)


def _unknown(spec: DocumentSpec, name: str) -> UnknownFieldError:
    # The name is the caller's own text, and may come from outside: it is shown only as far as it looks like a name.
    is_name = len(name) <= 60 and name.replace(".", "").replace("_", "").isalnum()
    return UnknownFieldError(
        f"{spec.name} has no field {name!r}." if is_name else f"{spec.name} has no field of that name.",
        model=spec.name,
        hint=nearest(name, spec.by_name) or f"Fields are: {field_names(spec)}.",
    )


def find_index(spec: ModelSpec, index: Index | str) -> IndexSpec:
    """The index by its handle, or by its Python or DynamoDB name.

    Raises:
        IndexNotFoundError: The model has no such index.
        InvalidRequestError: It is neither an index nor a name.
    """
    listed = ", ".join(found.handle for found in spec.indexes) or "none"
    if not isinstance(index, (Index, str)):
        raise InvalidRequestError(
            f"an index or its name was expected, not {type(index).__name__}.",
            op=f"{spec.name}.index",
            model=spec.name,
            hint=f"Indexes are: {listed}.",
        )
    wanted = index.handle if isinstance(index, Index) else index
    for found in spec.indexes:
        if wanted in (found.handle, found.name):
            return found
    names = [name for found in spec.indexes for name in (found.handle, found.name) if name]
    raise IndexNotFoundError(
        f"{spec.name} has no index {wanted!r}.",
        model=spec.name,
        hint=nearest(str(wanted), names) or f"Indexes are: {listed}.",
    )
