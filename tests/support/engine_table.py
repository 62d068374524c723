"""Which tests ran on which engines, and how they ended: one table at the end of a run."""

from __future__ import annotations

import os
from collections import Counter, defaultdict
from pathlib import Path

import attrs
import pytest

__all__ = ["EngineTable"]

NONE = "no engine"
WORDS = {"failed": "FAILED", "wrong": "wrong", "left out": "left out", "skipped": "skipped"}


@attrs.define(eq=False)
class EngineTable:
    """A plugin that counts reports, those of other workers included, by file and engine.

    What a test records as its ``figure`` is shown below the table.

    Attributes:
        engines: The engines of the run, in the order of the columns.
        file: Where to write the table, too.
    """

    engines: list[str]
    file: str | None = None
    counts: dict[str, dict[str, Counter[str]]] = attrs.field(factory=lambda: defaultdict(lambda: defaultdict(Counter)))
    reasons: dict[str, dict[str, set[str]]] = attrs.field(factory=lambda: defaultdict(lambda: defaultdict(set)))
    figures: list[str] = attrs.field(factory=list)

    def pytest_itemcollected(self, item: pytest.Item) -> None:
        """Let the reports of a test tell its engine."""
        spec = getattr(item, "callspec", None)
        if spec is not None and isinstance(spec.params.get("engine"), str):  # else no engine of the run will do
            item.user_properties.append(("engine", spec.params["engine"]))

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Count the end of a test: its call, or what went wrong before or after."""
        engine = dict(report.user_properties).get("engine", NONE)
        outcome = ended(report)
        if outcome is None or (engine == NONE and "server" not in Path(report.location[0]).parts):
            return
        path, _, test = report.nodeid.partition("::")
        self.counts[path][str(engine)][outcome] += 1
        self.figures += [f"  {engine}: {value}  ({test})" for name, value in report.user_properties if name == "figure"]
        if outcome != "passed":
            self.reasons[WORDS[outcome]][f"{path}::{test.partition('[')[0]}"].add(why(report, str(engine)))

    def pytest_terminal_summary(self, terminalreporter: pytest.TerminalReporter) -> None:
        """Show the table, and write it where it was asked for."""
        if not self.counts:
            return
        lines = self.lines()
        terminalreporter.section("tests x engines")
        for line in lines:
            terminalreporter.write_line(line)
        if self.file:
            Path(self.file).write_text("\n".join([*lines, ""]), encoding="utf-8")

    def lines(self) -> list[str]:
        """The table, and below it the reasons of everything that did not pass."""
        columns = [*self.engines, NONE]
        rows = [["", *columns]]
        rows += [[shown(path), *(cell(found[one]) for one in columns)] for path, found in sorted(self.counts.items())]
        total = [sum((found[one] for found in self.counts.values()), Counter()) for one in columns]
        rows.append(["all", *map(cell, total)])
        widths = [max(len(row[at]) for row in rows) for at in range(len(rows[0]))]
        table = ["  ".join(text.ljust(width) for text, width in zip(row, widths, strict=True)).rstrip() for row in rows]
        figures = ["", "figures:", *sorted(self.figures)] if self.figures else []
        return [*table, *figures, *self.told()]

    def told(self) -> list[str]:
        """Why tests were left out, expected to fail, or failed."""
        lines = []
        for word in ("FAILED", "left out", "skipped", "wrong"):
            by_reason: dict[str, list[str]] = defaultdict(list)
            for test, reasons in sorted(self.reasons[word].items()):
                for reason in reasons:
                    by_reason[reason].append(test.rpartition("::")[2])
            if by_reason:
                lines += ["", f"{word}:"]
            lines += [f"  {reason}  ({', '.join(tests)})" for reason, tests in sorted(by_reason.items())]
        return lines


def ended(report: pytest.TestReport) -> str | None:
    """How a test ended; None for a phase that says nothing."""
    if report.failed:
        return "failed"
    if report.skipped:
        if hasattr(report, "wasxfail"):
            return "wrong"
        return "left out" if "LACKS " in str(report.longrepr) else "skipped"
    return "passed" if report.when == "call" else None


def why(report: pytest.TestReport, engine: str) -> str:
    """The reason that a test has, or its failure in a line, with the engine before it."""
    if hasattr(report, "wasxfail"):
        return report.wasxfail
    if isinstance(report.longrepr, tuple):
        return report.longrepr[2].removeprefix("Skipped: ").removeprefix("LACKS ")
    crash = getattr(getattr(report.longrepr, "reprcrash", None), "message", str(report.longrepr))
    return f"{engine}: {report.when}: {crash.splitlines()[0] if crash else 'failed'}"


def cell(counts: Counter[str]) -> str:
    """What a file did on an engine."""
    parts = [str(counts["passed"])] if counts["passed"] else []
    return ", ".join(parts + [f"{counts[name]} {word}" for name, word in WORDS.items() if counts[name]]) or "-"


def shown(path: str) -> str:
    """A file, as short as it is clear."""
    return path.removeprefix("tests/").removesuffix(".py").replace(f"{os.sep}test_", "/").removeprefix("server/")
