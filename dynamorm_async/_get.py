"""Handles for one item that is named by its key, and the one that reads it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Generic, Never, TypeVar, cast

import msgspec

from dynamorm_async._handle import Handle, Opened
from dynamorm_async._ops.effects import Flow
from dynamorm_async._ops.items import get_item
from dynamorm_async._ops.keys import make_key, query_by
from dynamorm_async._ops.render import Settings, place_of
from dynamorm_async._runner import Runner
from dynamorm_async._spec.fields import ModelSpec
from dynamorm_async._spec.indexes import Index
from dynamorm_async._spec.paths import find_index
from dynamorm_async.errors import InvalidRequestError, ItemNotFoundError
from dynamorm_async.types import Key

__all__ = ["Get", "Named"]

R_co = TypeVar("R_co", covariant=True)


class Named(Handle[R_co], Generic[R_co], frozen=True, eq=False):
    """A handle for one item that is named by its key."""

    _spec: ModelSpec
    _given: tuple[Any, ...] = ()
    _parts: dict[str, Any] = msgspec.field(default_factory=dict[str, Any])

    def _key(self, settings: Settings) -> Key:
        return make_key(self._spec, place_of(self._spec, settings), self._given, self._parts)


class Get(Named[R_co], Generic[R_co], frozen=True, eq=False, kw_only=True):
    """A GetItem. Awaiting it gives the instance; made by ``Model.get`` and ``Model.get_or_none``.

    Example:
        >>> user = await User.get("acme", "1")
    """

    _consistent: bool = False
    _required: bool = True

    def consistent(self) -> Get[R_co]:
        """Read with strong consistency, at twice the capacity.

        Returns:
            A copy.

        Example:
            >>> user = await User.get("acme", "1").consistent()
        """
        return msgspec.structs.replace(self, _consistent=True)

    def using(self, session: Opened) -> Get[R_co]:
        """Use this session instead of the current one.

        Args:
            session: One that is open, or one of a tenant.

        Returns:
            A copy.

        Example:
            >>> user = await User.get("acme", "1").using(db)
        """
        return msgspec.structs.replace(self, _runner=session.runner)

    if not TYPE_CHECKING:  # for the checkers there is no such method

        def index(self, index: Index | str) -> Never:
            """Not of a get, which reads the table by its key.

            Raises:
                InvalidRequestError: Always; says how to query the index.
            """
            spec = self._spec
            raise InvalidRequestError(
                "a get reads the table by its key, and an index may have several items of one key.",
                op=f"{spec.name}.get",
                model=spec.name,
                hint=query_by(spec, find_index(spec, index)),
            )

    def _flow(self, runner: Runner) -> Flow[R_co]:
        return self._preview(runner.settings)

    def _preview(self, settings: Settings) -> Flow[R_co]:
        spec = self._spec
        key = self._key(settings)
        found = yield from get_item(spec, settings, key.attributes, consistent=self._consistent)
        if found is None and self._required:
            raise ItemNotFoundError("no item has this key.", table=key.table)
        return cast("R_co", found)

    @property
    def _called(self) -> str:
        return f"{self._spec.name}.get"
