"""What the demo prints, in 80 columns as in more."""

from __future__ import annotations

import inspect
import sys
from collections.abc import Callable, Generator, Sequence
from contextlib import contextmanager

from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.padding import Padding
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn
from rich.syntax import Syntax
from rich.table import Table
from rich.text import Text

from dynamorm_async.cli.demo.answers import Answer, Row
from dynamorm_async.cli.demo.models import City
from dynamorm_async.cli.demo.scenes import Scene
from dynamorm_async.cli.demo.sources import body_of, class_of

__all__ = ["Screen"]

WIDEST = 110
"""Lines longer than this are hard to read."""


class Screen:
    """Prints the demo.

    Args:
        console: Where to.
    """

    def __init__(self, console: Console | None = None) -> None:
        self.console: Console = console or Console(highlight=False)
        self.width: int = min(self.console.width, WIDEST)

    def opening(self, place: str, table: str) -> None:
        """Say what is about to happen, and show the model."""
        self._rule("dynamorm demo")
        text = f"Countries and cities of GeoNames in one table, {table}, on {place}. The model of a city:"
        self.console.print(Text(text), width=self.width)
        self._code(class_of(City))

    @contextmanager
    def loading(self, total: int) -> Generator[Callable[[int], None]]:
        """A progress bar; call what it yields with how many items were written so far."""
        columns = (TextColumn("loading"), BarColumn(), MofNCompleteColumn(), TextColumn("items"), TimeElapsedColumn())
        with Progress(*columns, console=self.console, transient=True) as progress:
            task = progress.add_task("loading", total=total)
            yield lambda done: progress.update(task, completed=done)

    def loaded(self, countries: int, cities: int, requests: int, seconds: float) -> None:
        """Say what was loaded."""
        self.console.print(f"Loaded {countries} countries and {cities:,} cities: {_cost(requests, seconds)}.")

    def scene(self, number: int, scene: Scene, answer: Answer, requests: int, seconds: float) -> None:
        """A scene: what was asked for, how it is written, what came, and what it took."""
        self._rule(f"{number}. {(inspect.getdoc(scene) or '').rstrip('.')}")
        self._code(body_of(scene))
        if answer.rows:
            self.console.print(Padding(_table(answer.rows), (0, 1, 1, 1)), width=self.width)
        if answer.remark:
            self._line(Text(answer.remark, style="yellow"))
        for plan in answer.plans:
            self._line(_two_tone(plan, " Not used: "))
        self._line(Text(_cost(requests, seconds), style="green"))

    def closing(self, requests: int, seconds: float) -> None:
        """Say what it took in all."""
        self._rule("done")
        self.console.print(f"In all: {_cost(requests, seconds)}.")

    def warn(self, text: str) -> None:
        """Say on standard error what the user has to know."""
        print(f"dynamorm: {text}", file=sys.stderr)

    def _rule(self, title: str) -> None:
        self.console.print()
        self.console.rule(Text(title, style="bold"), align="left", style="dim")

    def _code(self, source: str) -> None:
        code = Syntax(source, "python", theme="ansi_dark", background_color="default", word_wrap=True)
        self.console.print(Padding(code, (1, 2)), width=self.width)

    def _line(self, text: Text) -> None:
        self.console.print(Padding(text, (0, 2)), width=self.width)


def _two_tone(text: str, mark: str) -> Text:
    """The line with what follows a mark in the background."""
    first, found, rest = text.partition(mark)
    return Text.assemble((first, "cyan"), (found + rest, "dim"))


def _table(rows: Sequence[Row]) -> Table:
    table = Table(box=SIMPLE_HEAD, pad_edge=True, header_style="bold", show_edge=False)
    for heading, value in rows[0].items():
        table.add_column(heading, justify="right" if isinstance(value, int) else "left", overflow="ellipsis")
    for row in rows:
        table.add_row(*(Text(f"{value:,}" if isinstance(value, int) else str(value)) for value in row.values()))
    return table


def _cost(requests: int, seconds: float) -> str:
    time = f"{seconds * 1000:.1f} ms" if seconds < 1 else f"{seconds:.1f} s"
    return f"{requests:,} request{'' if requests == 1 else 's'}, {time}"
