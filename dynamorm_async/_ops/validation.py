"""Runs the attrs validators of a model before anything is sent."""

from __future__ import annotations

from typing import Any

from dynamorm_async._spec.fields import ModelSpec
from dynamorm_async.errors import ValidationError

__all__ = ["refusal", "refusals", "validate"]


def validate(spec: ModelSpec, instance: Any) -> None:
    """Run the model's attrs validators, all of them, before anything is sent.

    Raises:
        ValidationError: Lists every field whose validator refused.
    """
    errors = refusals(spec, instance)
    if errors:
        raise ValidationError(errors=errors, op=f"{spec.name}.put", model=spec.name)


def refusals(spec: ModelSpec, instance: Any) -> list[tuple[str, str]]:
    """The fields whose validators refuse their values, with the kind of error."""
    errors: list[tuple[str, str]] = []
    for attribute, check in spec.validated:
        try:
            check(instance, attribute, instance.__dict__.get(attribute.name))
        except (ValueError, TypeError) as error:
            # A validator's text may hold the value; attrs' own end with it. Only its kind is passed on.
            errors.append((f"{spec.name}.{attribute.name}", refusal(error)))
    return errors


def refusal(error: Exception) -> str:
    """What to say of a validator that refused a value."""
    return f"the validator refused it ({type(error).__name__})"
