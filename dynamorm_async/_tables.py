"""The doors to tables: each runs one flow."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from dynamorm_async._ops import tables
from dynamorm_async._ops.render import table_name
from dynamorm_async._ops.tables import TableInfo
from dynamorm_async._runner import Runner
from dynamorm_async._spec.fields import ModelSpec
from dynamorm_async.errors import ConfigurationError

__all__ = ["by_table", "create", "delete", "describe", "ensure"]


def by_table(runner: Runner, specs: Iterable[ModelSpec]) -> list[list[ModelSpec]]:
    """The models that share a table together, in the order of their names; those without a table are left out."""
    found: dict[str, list[ModelSpec]] = {}
    for spec in specs:
        if spec.table.name or runner.settings.default_table:
            found.setdefault(table_name(spec, runner.settings), []).append(spec)
    return [found[name] for name in sorted(found)]


async def create(runner: Runner, specs: Sequence[ModelSpec], patience: float) -> TableInfo:
    """Make a table."""
    return await runner.run(tables.create_table(_one_table(runner, specs), runner.settings, patience=patience))


async def ensure(runner: Runner, specs: Sequence[ModelSpec], patience: float) -> TableInfo:
    """Make what is missing of a table."""
    return await runner.run(tables.ensure_table(_one_table(runner, specs), runner.settings, patience=patience))


async def delete(runner: Runner, spec: ModelSpec, patience: float) -> None:
    """Delete a table."""
    await runner.run(tables.delete_table(table_name(spec, runner.settings), patience=patience))


async def describe(runner: Runner, spec: ModelSpec) -> TableInfo:
    """Describe a table."""
    return await runner.run(tables.describe_table(table_name(spec, runner.settings)))


def _one_table(runner: Runner, specs: Sequence[ModelSpec]) -> Sequence[ModelSpec]:
    names = {table_name(spec, runner.settings): spec.name for spec in specs}
    if len(names) != 1:
        problem = f"these models live in {len(names)} tables" if names else "no model was given"
        raise ConfigurationError(f"{problem}.", hint="Make one table at a time, with all models that share it.")
    return specs
