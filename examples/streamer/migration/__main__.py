"""``python -m examples.streamer.migration``: copy the old tables, and prove that the copy is whole."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Sequence

import anyio

from dynamorm_async import DynamormError, Session
from examples.streamer.config import Config
from examples.streamer.migration.checkpoint import Checkpoint
from examples.streamer.migration.copying import Migration, Options
from examples.streamer.migration.verifying import verify

__all__ = ["main"]


def parser() -> argparse.ArgumentParser:
    """What the command line looks like."""
    found = argparse.ArgumentParser(prog="python -m examples.streamer.migration", description=__doc__)
    found.add_argument("--dry-run", action="store_true", help="read and turn everything, write nothing")
    found.add_argument("--live", action="store_true", help="the new tables are in use: never overwrite what is there")
    found.add_argument("--segments", type=int, default=4, help="parts of each table read at once (%(default)s)")
    found.add_argument("--rate", type=float, help="items in a second, of all tables together")
    found.add_argument("--checkpoint", metavar="FILE", help="note here how far it is; go on from there if it exists")
    found.add_argument("--sample", type=int, default=1_000, help="items of each table to compare (%(default)s)")
    found.add_argument("--verify-only", action="store_true", help="copy nothing, compare only")
    return found


def session() -> Session:
    """Reaches the new tables by Streamer's own variables, and the old ones by ``OLD_CONNECTIONS_TABLE`` and so on."""
    config = Config.from_env()
    names = ("Connections", "Requests", "Subscriptions")
    old = {name: os.environ.get(f"OLD_{name.upper()}_TABLE", name) for name in names}
    return config.session(table_names=config.table_names | old)


async def copy(db: Session, chosen: argparse.Namespace) -> None:
    """Copy, and say how much."""
    options = Options(segments=chosen.segments, rate=chosen.rate, live=chosen.live, dry_run=chosen.dry_run)
    for table in await Migration(db, options, Checkpoint(chosen.segments, chosen.checkpoint)).run():
        print(f"{table.name}: {table.read} read, {table.written} written")


async def compare(db: Session, sample: int) -> bool:
    """Compare, and say what was found."""
    found = await verify(db, sample)
    for table in found:
        print(
            f"{table.name}: {table.old} old, {table.new} new, {table.compared} compared, "
            f"{table.missing} missing, {table.different} different: {'good' if table.is_good else 'NOT GOOD'}"
        )
    return all(table.is_good for table in found)


async def run(chosen: argparse.Namespace) -> bool:
    """Do what was asked for; whether all is well."""
    async with session() as db:
        if not chosen.verify_only:
            await copy(db, chosen)
        return chosen.dry_run or chosen.live or await compare(db, chosen.sample)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line.

    Returns:
        The exit code: 1 if something failed or the copy is not whole, 2 if it cannot be done as it was asked for.
    """
    chosen = parser().parse_args(arguments)
    for name in ("segments", "rate"):
        number = getattr(chosen, name)
        if number is not None and not number > 0:
            print(f"--{name} has to be more than 0.", file=sys.stderr)
            return 2
    try:
        return 0 if anyio.run(run, chosen) else 1
    except* (DynamormError, ValueError) as group:
        for error in group.exceptions:
            print(error, file=sys.stderr)
    return 1


if __name__ == "__main__":
    sys.exit(main())
