"""Models and documents as pydantic types: importing this makes them usable as bodies and answers of FastAPI.

What comes in is validated field by field, computed and lifecycle fields excluded; unknown fields are refused. What
goes out has every field that is loaded. Documents inside are treated alike, so error paths are whole. Bytes are base64
in JSON, both ways.
"""

from __future__ import annotations

import base64
import inspect
from typing import Annotated, Any, Final

import attrs
from pydantic import GetCoreSchemaHandler, GetJsonSchemaHandler
from pydantic_core import core_schema

from dynamorm_async._spec.document import Document
from dynamorm_async._spec.fields import DocumentSpec, FieldSpec

__all__ = ["install"]

_INSIDE: Final = frozenset(
    f"{part}schema" for part in ("", "items_", "values_", "lax_", "strict_", "python_", "json_")
) | {"choices", "steps"}
"""Where a schema has other schemas; elsewhere, as in a default, is what merely looks like one."""
_MANY: Final[frozenset[type[Any]]] = frozenset({list, tuple, set, frozenset})
_STANDARD: Final = str.maketrans("-_", "+/")


def install() -> None:
    """Teach models pydantic. Done by importing this module; doing it again changes nothing.

    Example:
        >>> from pydantic import TypeAdapter
        >>> install()
        >>> TypeAdapter(User).validate_python({"org": "acme", "id": "1"}).id
        '1'
    """
    Document.__get_pydantic_core_schema__ = classmethod(_schema)  # type: ignore[attr-defined]  # pydantic asks for it


def _schema(cls: type[Document], _: Any, handler: GetCoreSchemaHandler) -> core_schema.CoreSchema:
    spec = cls.__dynamorm_spec__
    given = set(inspect.signature(cls).parameters)
    incoming = core_schema.typed_dict_schema(
        {field.name: _field(field, handler, required=field.required) for field in spec.fields if field.name in given},
        extra_behavior="forbid",
        cls_name=spec.name,
    )
    outgoing = core_schema.typed_dict_schema(
        {field.name: _field(field, handler, required=False) for field in spec.fields}, cls_name=spec.name
    )

    def validate(value: Any, inner: core_schema.ValidatorFunctionWrapHandler) -> Any:
        return value if isinstance(value, cls) else cls(**inner(value))

    return core_schema.no_info_wrap_validator_function(
        validate,
        incoming,
        # Named, so that OpenAPI has one component for the model and not its fields at every use.
        ref=f"{cls.__module__}.{cls.__qualname__}:{id(cls)}",
        serialization=core_schema.plain_serializer_function_ser_schema(
            lambda instance: _loaded(spec, instance), return_schema=outgoing
        ),
    )


def _field(field: FieldSpec, handler: GetCoreSchemaHandler, *, required: bool) -> core_schema.TypedDictField:
    return core_schema.typed_dict_field(_with_base64(handler.generate_schema(field.type), handler), required=required)


def _with_base64(schema: Any, handler: GetCoreSchemaHandler) -> Any:
    """The schema of a field where bytes are base64 in JSON; pydantic's own way is UTF-8, which most bytes are not."""
    kind = schema.__class__
    if kind in _MANY:
        return kind(_with_base64(part, handler) for part in schema)
    # What has a name is a class with rules of its own, or a document, which has been here.
    if kind is not dict or "ref" in schema:
        return schema
    if schema["type"] == "bytes":
        return handler.generate_schema(Annotated[bytes, _Base64(schema)])
    if schema["type"] == "any":
        return schema | {"serialization": _IN_JSON}
    return {name: _with_base64(part, handler) if name in _INSIDE else part for name, part in schema.items()}


@attrs.frozen
class _Base64:
    """Makes an annotation of bytes one of base64, by pydantic's protocol."""

    inner: core_schema.CoreSchema

    def __get_pydantic_core_schema__(self, _: Any, handler: GetCoreSchemaHandler) -> core_schema.CoreSchema:
        return core_schema.no_info_before_validator_function(_from_base64, self.inner, serialization=_IN_JSON)

    def __get_pydantic_json_schema__(self, _: Any, handler: GetJsonSchemaHandler) -> dict[str, Any]:
        return {"type": "string", "format": "base64", "contentEncoding": "base64"}


def _from_base64(value: Any) -> Any:
    """The bytes of a text in base64, of either alphabet; anything else is left to be judged."""
    return base64.b64decode(value.translate(_STANDARD), validate=True) if isinstance(value, str) else value


def _to_base64(value: Any) -> Any:
    """What it is in JSON, where no type says which of its parts are bytes."""
    kind = value.__class__
    if kind is bytes:
        return base64.b64encode(value).decode()
    if kind is dict:
        return {name: _to_base64(part) for name, part in value.items()}
    if kind in _MANY:
        return [_to_base64(part) for part in value]
    return value


_IN_JSON: Final = core_schema.plain_serializer_function_ser_schema(_to_base64, when_used="json")


def _loaded(spec: DocumentSpec, instance: Any) -> dict[str, Any]:
    computed = {field.name for field in spec.fields if field.template is not None}
    return {
        field.name: getattr(instance, field.name)
        for field in spec.fields
        if field.name in vars(instance) or (field.name in computed and getattr(instance, field.name) is not None)
    }


install()
