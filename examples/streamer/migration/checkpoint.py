"""How far a migration is, in a file, so that one that was stopped goes on where it was."""

from __future__ import annotations

import anyio
import attrs
import msgspec

from dynamorm_async import Cursor

__all__ = ["Checkpoint", "Part"]


@attrs.define
class Part:
    """How far one segment of one table is."""

    cursor: Cursor | None = None
    read: int = 0
    written: int = 0
    done: bool = False


@attrs.define
class _Saved:
    segments: int
    parts: dict[str, Part]


class Checkpoint:
    """The parts of a migration.

    Args:
        segments: How many parts each table has.
        path: The file; without one nothing is kept.
    """

    def __init__(self, segments: int, path: str | None = None) -> None:
        self._saved = _Saved(segments, {})
        self._path = path
        self._lock = anyio.Lock()

    async def load(self) -> None:
        """Take over what the file says, if there is one.

        Raises:
            ValueError: It is of another number of segments.
        """
        if self._path is None or not await anyio.Path(self._path).exists():
            return
        saved = msgspec.json.decode(await anyio.Path(self._path).read_bytes(), type=_Saved)
        if saved.segments != self._saved.segments:
            raise ValueError(f"the checkpoint is of {saved.segments} segments; go on with as many, or delete it")
        self._saved = saved

    def part(self, table: str, number: int) -> Part:
        """One part."""
        return self._saved.parts.setdefault(f"{table} {number}", Part())

    def parts(self, table: str) -> list[Part]:
        """All parts of a table."""
        return [self.part(table, number) for number in range(self._saved.segments)]

    async def save(self) -> None:
        """Write the file anew; it is the old or the new one at any moment."""
        if self._path is None:
            return
        async with self._lock:
            draft = anyio.Path(f"{self._path}.new")
            await draft.write_bytes(msgspec.json.encode(self._saved))
            await draft.replace(self._path)
