"""The tenant guard: looks at each request as it will go over the wire, and lets nothing of another tenant pass.

It does not trust what built the request: every key, item and key condition in the body must name the tenant in its
partition key. What cannot be shown to stay inside (a scan, PartiQL, an index that is not partitioned by tenant, a
table of no tenant model, an operation this does not know) is refused.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from typing import Any, TypeAlias

import msgspec

from dynamorm_async._expr.conditions import Comparator, Compare, Value, all_of
from dynamorm_async._ops.effects import Call
from dynamorm_async._ops.requests import ListRequest
from dynamorm_async._spec.fields import FieldSpec, IndexSpec, ModelSpec
from dynamorm_async.errors import TenantViolationError

__all__ = ["TenantGuard", "names_tenant", "within_tenant"]

_Attributes: TypeAlias = Mapping[str, Mapping[str, Any]]
_decode = msgspec.json.Decoder(dict[str, Any]).decode
_EQUAL = re.compile(r"(#\w+) = (:\w+)(?: AND |$)")
_ACTIONS = ("Put", "Update", "Delete", "ConditionCheck", "Get")
_USE_KEYS = "Use keys of this tenant only, or a session that is not scoped."
_USE_MODELS = "Get, query and write by the models, or give the statement to a session that is not scoped."


def names_tenant(spec: ModelSpec, field: FieldSpec) -> bool:
    """Whether this field holds the tenant, alone or in its template."""
    return field is spec.tenant or (
        field.template is not None and spec.tenant is not None and spec.tenant.name in field.template.fields
    )


def within_tenant(request: ListRequest, tenant: str | None) -> ListRequest:
    """The request with the tenant as one more condition, from which the planner makes the partition key."""
    spec = request.spec
    if tenant is None or spec.tenant is None:
        return request
    own = Compare(Comparator.EQ, spec.tenant.path, Value(tenant, spec.tenant.slot))
    return msgspec.structs.replace(
        request, condition=own if request.condition is None else all_of(request.condition, own)
    )


class TenantGuard(msgspec.Struct, frozen=True):
    """Checks requests against one tenant.

    Attributes:
        tenant: Its id.
        models: The models of a table, by the table's name on the wire.
    """

    tenant: str
    models: Callable[[str], Iterable[ModelSpec]]

    def check(self, call: Call) -> None:
        """Let a request pass, or not.

        Raises:
            TenantViolationError: It reaches outside the tenant, or cannot be shown not to.
        """
        check = _CHECKS.get(call.operation)
        if check is None:
            raise self._violation(call, "the operation cannot be kept inside a tenant")
        check(self, call, _decode(call.body))

    # ------------------------------------------------------------ by operation

    def _key(self, call: Call, body: Mapping[str, Any]) -> None:
        self._inside(call, body["TableName"], [body["Key"]])

    def _item(self, call: Call, body: Mapping[str, Any]) -> None:
        self._inside(call, body["TableName"], [body["Item"]])

    def _query(self, call: Call, body: Mapping[str, Any]) -> None:
        names, values = body.get("ExpressionAttributeNames", {}), body.get("ExpressionAttributeValues", {})
        equal = {names[name]: values[value] for name, value in _EQUAL.findall(body["KeyConditionExpression"])}
        start = [body["ExclusiveStartKey"]] if "ExclusiveStartKey" in body else []
        self._inside(call, body["TableName"], [equal, *start], body.get("IndexName"))

    def _batch_get(self, call: Call, body: Mapping[str, Any]) -> None:
        for table, wanted in body["RequestItems"].items():
            self._inside(call, table, wanted["Keys"])

    def _batch_write(self, call: Call, body: Mapping[str, Any]) -> None:
        for table, requests in body["RequestItems"].items():
            contents = [content for request in requests for content in request.values()]
            self._inside(call, table, [content.get("Item") or content["Key"] for content in contents])

    def _transact(self, call: Call, body: Mapping[str, Any]) -> None:
        for action in body["TransactItems"]:
            (content,) = (action[name] for name in _ACTIONS if name in action)
            self._inside(call, content["TableName"], [content.get("Item") or content["Key"]])

    def _statement(self, call: Call, _: Mapping[str, Any]) -> None:
        raise self._violation(call, "the text of a PartiQL statement does not show whose items it reaches", _USE_MODELS)

    # ------------------------------------------------------------ keys of one table

    def _inside(self, call: Call, table: str, keys: Iterable[_Attributes], index: str | None = None) -> None:
        naming = [
            (spec, field)
            for spec in self.models(table)
            for field in _partition(spec, index)
            if names_tenant(spec, field)
        ]
        for key in keys:
            tenants = {
                self._tenant_in(spec, field, key[field.attribute]) for spec, field in naming if field.attribute in key
            }
            found = tenants - {None}
            if found != {self.tenant}:
                problem = "its key is not the tenant's" if found else "its key does not name the tenant"
                raise self._violation(call, problem)

    def _tenant_in(self, spec: ModelSpec, field: FieldSpec, value: Mapping[str, Any]) -> str | None:
        text = value.get("S")
        if text is None or field.template is None:
            return text
        assert spec.tenant is not None  # noqa: S101  the field names it
        try:
            return str(field.template.parse(text)[spec.tenant.name])
        except ValueError:
            return None

    def _violation(self, call: Call, problem: str, hint: str = _USE_KEYS) -> TenantViolationError:
        return TenantViolationError(f"{problem}; nothing was sent.", op=call.operation, table=call.table, hint=hint)


def _partition(spec: ModelSpec, index: str | None) -> tuple[FieldSpec, ...]:
    places: tuple[IndexSpec, ...] = (spec.primary,) if index is None else spec.indexes
    return tuple(field for place in places if place.name == index for field in place.partition)


_CHECKS: dict[str, Callable[[TenantGuard, Call, Mapping[str, Any]], None]] = {
    "GetItem": TenantGuard._key,
    "UpdateItem": TenantGuard._key,
    "DeleteItem": TenantGuard._key,
    "PutItem": TenantGuard._item,
    "Query": TenantGuard._query,
    "BatchGetItem": TenantGuard._batch_get,
    "BatchWriteItem": TenantGuard._batch_write,
    "TransactWriteItems": TenantGuard._transact,
    "TransactGetItems": TenantGuard._transact,
    "ExecuteStatement": TenantGuard._statement,
    "BatchExecuteStatement": TenantGuard._statement,
    "ExecuteTransaction": TenantGuard._statement,
}
