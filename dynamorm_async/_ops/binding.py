"""What ties a cursor to its listing: a digest of all that decides which items it finds, and in which order.

Conditions count as a set, and so do the values of an ``in_``: neither changes what is found, and a set of Python has
another order in another process. What is selected, and how many at once, may differ from page to page.
"""

from __future__ import annotations

import enum
import hashlib
from typing import Any

import msgspec

from dynamorm_async._expr.conditions import And, Condition, In, Or, Raw, Value, conjuncts
from dynamorm_async._expr.path import Path
from dynamorm_async._ops.plan import Plan
from dynamorm_async._ops.render import Settings, encode_json, table_name

__all__ = ["list_binding"]


def list_binding(plan: Plan, settings: Settings) -> bytes:
    """The digest of a planned query or scan in a session."""
    request = plan.request
    facts = [
        plan.operation.value,
        table_name(request.spec, settings),
        plan.index.name,
        plan.forward,
        request.spec.discriminator,
        settings.tenant,
        None if request.segment is None else [request.segment.number, request.segment.total],
        _sorted(conjuncts(request.condition), settings),
    ]
    return hashlib.sha256(encode_json(facts)).digest()[:16]


def _sorted(parts: Any, settings: Settings) -> list[str]:
    return sorted({encode_json(_plain(part, settings)).decode() for part in parts})


def _plain(part: Any, settings: Settings) -> Any:
    """A part of a condition as JSON has it, alike for all that mean the same."""
    match part:
        case Value(value, slot):
            return ["value", settings.codec.encode(slot, value)]
        case Path(segments):
            return ["path", *segments]
        case And(parts) | Or(parts):
            return [type(part).__name__, _sorted(parts, settings)]
        case In(operand, values):
            return ["In", _plain(operand, settings), _sorted(values, settings)]
        case Raw(_, tree):
            return _plain(tree, settings)
        case Condition() | msgspec.Struct():
            return [type(part).__name__, *(_plain(getattr(part, name), settings) for name in part.__struct_fields__)]
        case enum.Enum():
            return part.value
        case _:
            return part
