"""Habits that cost more than they need to: seen in the requests of a minute, not in one of them."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Hashable, Iterable, Iterator, Mapping
from typing import Any, Final

from dynamorm_async._ops.advice import Hint
from dynamorm_async._spec.fields import IndexSpec, ModelSpec, Projection

__all__ = ["Habits"]

_WINDOW: Final = 60.0
"""Seconds after which counting begins anew, and what was said may be said again."""
_MOMENT: Final = 1.0
_ONE_BY_ONE: Final = 25
"""Reads of single items in one moment by one task: one after another, for a task waits for each."""
_CONSISTENT_SHARE: Final = 0.9
_READS: Final = frozenset({"GetItem", "Query", "Scan"})
_NAME: Final = re.compile(r"(?:^|, *)(#?\w+)")


class _Window:
    """What was counted since it began."""

    def __init__(self, began: float) -> None:
        self.began = began
        self.told: set[Hashable] = set()
        self.reads: Counter[str] = Counter()
        self.consistent: Counter[str] = Counter()
        self.queries: Counter[tuple[str, str]] = Counter()
        self.selected: dict[tuple[str, str], set[str] | None] = {}


class Habits:
    """Looks at every request of a session; see ``Session(watch=True)``."""

    def __init__(self) -> None:
        self._window = _Window(float("-inf"))
        self._moment = float("-inf")
        self._gets: Counter[tuple[Hashable, str]] = Counter()

    def count(
        self,
        operation: str,
        body: Mapping[str, Any],
        specs: Callable[[str], Iterable[ModelSpec]],
        *,
        task: Hashable,
        now: float,
        at_least: int,
    ) -> Iterator[tuple[str, Hint]]:
        """One more request; the model's name and advice where it shows a habit, each once in a window.

        Args:
            operation: Its wire name.
            body: Its body.
            specs: The models of a table.
            task: What sends it.
            now: The time, in seconds.
            at_least: Requests before a share is judged.
        """
        if operation not in _READS:
            return
        self._turn(now)
        spec = next(iter(specs(body["TableName"])), None)
        if spec is None:
            return
        found = (self._one_by_one(operation, body, task), self._consistency(body, at_least))
        for hint in (*found, self._projection(body, spec, at_least)):
            if hint is not None:
                yield spec.name, hint

    def _turn(self, now: float) -> None:
        if now - self._moment > _MOMENT:
            self._moment = now
            self._gets.clear()
        if now - self._window.began > _WINDOW:
            self._window = _Window(now)

    def _once(self, habit: Hashable, text: str) -> Hint | None:
        if habit in self._window.told:
            return None
        self._window.told.add(habit)
        return Hint("DA004", text)

    def _one_by_one(self, operation: str, body: Mapping[str, Any], task: Hashable) -> Hint | None:
        table = body["TableName"]
        if operation != "GetItem":
            return None
        self._gets[task, table] += 1
        if self._gets[task, table] < _ONE_BY_ONE:
            return None
        text = f"{_ONE_BY_ONE} items of {table} were read one after another: batch_get() reads 100 with one request."
        return self._once(("get", table), text)

    def _consistency(self, body: Mapping[str, Any], at_least: int) -> Hint | None:
        table = body["TableName"]
        self._window.reads[table] += 1
        self._window.consistent[table] += bool(body.get("ConsistentRead"))
        reads, consistent = self._window.reads[table], self._window.consistent[table]
        if reads < at_least or consistent < _CONSISTENT_SHARE * reads:
            return None
        text = f"{consistent} of {reads} reads of {table} were strongly consistent, at twice the price: "
        return self._once(("consistent", table), text + "few need to see a write of the last second.")

    def _projection(self, body: Mapping[str, Any], spec: ModelSpec, at_least: int) -> Hint | None:
        index = next((one for one in spec.indexes if one.name == body.get("IndexName")), None)
        if index is None or index.name is None or index.projection is not Projection.ALL:
            return None
        place = (body["TableName"], index.name)
        selected = self._seen(place, _selected(body))
        self._window.queries[place] += 1
        if selected is None or self._window.queries[place] < at_least:
            return None
        return self._once(place, _narrower(index, spec, selected))

    def _seen(self, place: tuple[str, str], selected: set[str] | None) -> set[str] | None:
        """All attributes that were asked of an index; None once somebody wanted whole items."""
        before = self._window.selected.get(place, set())
        now = None if before is None or selected is None else before | selected
        self._window.selected[place] = now
        return now


def _selected(body: Mapping[str, Any]) -> set[str] | None:
    """The attributes that a request selects; none for a count; None for all."""
    if body.get("Select") == "COUNT":
        return set()
    text = body.get("ProjectionExpression")
    if text is None:
        return None
    names: Mapping[str, str] = body.get("ExpressionAttributeNames", {})
    return {names.get(name, name) for name in _NAME.findall(text)}


def _narrower(index: IndexSpec, spec: ModelSpec, selected: set[str]) -> str:
    always = {*index.names, *spec.primary.names, *(spec.discriminator or ())[:1]}
    others = ", ".join(sorted(selected - always)) or "the keys"
    return (
        f"index {index.handle!r} holds whole items, of which only {others} is asked for: with that as its "
        "projection=(...) each write costs less, and so does each query."
    )
