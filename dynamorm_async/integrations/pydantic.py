"""Models and documents as pydantic types: importing this makes them usable as bodies and answers of FastAPI.

What comes in is validated field by field, computed and lifecycle fields excluded; unknown fields are refused. What
goes out has every field that is loaded. Documents inside are treated alike, so error paths are whole.
"""

from __future__ import annotations

import inspect
from typing import Any

from pydantic import GetCoreSchemaHandler
from pydantic_core import core_schema

from dynamorm_async._spec.document import Document
from dynamorm_async._spec.fields import DocumentSpec, FieldSpec

__all__ = ["install"]


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
    return core_schema.typed_dict_field(handler.generate_schema(field.type), required=required)


def _loaded(spec: DocumentSpec, instance: Any) -> dict[str, Any]:
    computed = {field.name for field in spec.fields if field.template is not None}
    return {
        field.name: getattr(instance, field.name)
        for field in spec.fields
        if field.name in vars(instance) or (field.name in computed and getattr(instance, field.name) is not None)
    }


install()
