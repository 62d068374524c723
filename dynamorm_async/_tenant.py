"""`TenantSession`: a session that cannot leave one tenant."""

from __future__ import annotations

from collections.abc import Iterable
from contextlib import AbstractContextManager

import msgspec

from dynamorm_async._doors import Doors
from dynamorm_async._ops.render import table_name
from dynamorm_async._ops.tenancy import TenantGuard
from dynamorm_async._runner import Runner, Scope
from dynamorm_async._spec.fields import ModelSpec
from dynamorm_async._spec.registry import registry
from dynamorm_async.errors import InvalidRequestError
from dynamorm_async.transports.guarding import GuardingTransport

__all__ = ["TenantSession"]


class TenantSession(Doors):
    """A session scoped to one tenant; made by ``Session.for_tenant``, over the same connections.

    Keys and new items get the tenant by themselves. Every request is looked at as it goes out: one whose keys are not
    the tenant's, a scan, a PartiQL statement and an index that is not partitioned by tenant are refused before anything
    is sent. A model takes part by a `tenant` field in the template of its partition key.

    Example:
        >>> acme = db.for_tenant("acme")
        >>> with acme.scope():
        ...     notes = await Note.query(Note.topic == "news")
    """

    def __init__(self, runner: Runner, tenant: str) -> None:
        if not tenant or not isinstance(tenant, str):
            raise InvalidRequestError("a tenant is a text that is not empty.", op="session.for_tenant")
        settings = msgspec.structs.replace(runner.settings, tenant=tenant)

        def models(table: str) -> Iterable[ModelSpec]:
            return [spec for spec in registry if spec.tenant is not None and _lives_in(spec, table)]

        def _lives_in(spec: ModelSpec, table: str) -> bool:
            named = spec.table.name or settings.default_table
            return named is not None and table_name(spec, settings) == table

        self.tenant = tenant
        self._runner = runner.beside(settings, GuardingTransport(runner.transport, TenantGuard(tenant, models)))

    @property
    def runner(self) -> Runner:
        """What runs the calls of this tenant."""
        return self._runner

    def scope(self) -> AbstractContextManager[None]:
        """Use this tenant for every bare ``await Model...`` inside.

        Returns:
            What ``with`` enters.

        Example:
            >>> with db.for_tenant("acme").scope():
            ...     note = await Note.get(note_id="1")
        """
        return Scope(self._runner)

    def __repr__(self) -> str:
        return "<TenantSession>"
