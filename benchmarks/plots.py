"""Results as SVG, for the documentation."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import matplotlib as mpl

mpl.use("svg")
from matplotlib import pyplot as plt  # after the choice of a backend that needs no screen
from matplotlib.axes import Axes

from benchmarks.report import OURS, REFERENCES
from benchmarks.works import WORKS

__all__ = ["draw"]

Results = dict[str, Any]
_OURS, _PEER, _LIMIT = "#0b7285", "#adb5bd", "#e9ecef"
_SHOWN = ("get-32", "put-32", "query-100", "batch-get-100", "batch-write-25", "transact-4")


def draw(results: Results, folder: Path) -> list[Path]:
    """Write ``bench-*.svg`` into that folder.

    Returns:
        What was written.
    """
    folder.mkdir(parents=True, exist_ok=True)
    mpl.rcParams.update({"svg.hashsalt": "bench", "svg.fonttype": "none", "font.size": 9})
    pictures = {"bench-operations": _operations, "bench-cold": _cold, "bench-growth": _growth}
    return [path for name, make in pictures.items() if (path := make(results, folder / f"{name}.svg"))]


def _operations(results: Results, path: Path) -> Path | None:
    return _panels(results, [name for name in _SHOWN if name in results["works"]], "CPU us", 1, path)


def _cold(results: Results, path: Path) -> Path | None:
    return _panels(
        results, [name for name in ("import", "first-get") if name in results["works"]], "CPU ms", 1e-3, path
    )


def _panels(results: Results, names: list[str], unit: str, factor: float, path: Path) -> Path | None:
    """A panel of bars for each work."""
    if not names:
        return None
    columns = min(2, len(names))
    rows = -(-len(names) // columns)
    figure, axes = plt.subplots(rows, columns, figsize=(9.5, 2.6 * rows), squeeze=False, layout="constrained")
    for axis, name in zip(axes.flat, names, strict=False):
        _bars(axis, results, name, factor)
        axis.set_title(f"{WORKS[name].title} ({unit})", loc="left", fontsize=10)
    return _save(figure, path)


def _bars(axis: Axes, results: Results, name: str, factor: float) -> None:
    cells = {key: cell["cpu"] * factor for key, cell in results["works"][name].items() if "cpu" in cell}
    order = sorted(cells, key=cells.__getitem__, reverse=True)
    colors = [_OURS if key == OURS else _LIMIT if key in REFERENCES else _PEER for key in order]
    bars = axis.barh([results["clients"][key]["label"] for key in order], [cells[key] for key in order], color=colors)
    axis.bar_label(bars, fmt="{:,.0f}", padding=3, fontsize=8)
    axis.spines[["top", "right", "bottom"]].set_visible(False)
    axis.set_xticks([])
    axis.margins(x=0.15)


_LINES = (
    ("Item size, KB (get)", "get", {"get-1kb": 1, "get-10kb": 10, "get-100kb": 100}),
    ("Attributes (get)", "get_wide", {"get-wide-10": 10, "get-wide-50": 50, "get-wide-200": 200}),
    ("Gets at once", "get", {"burst-10": 10, "burst-100": 100, "burst-1000": 1000, "burst-10000": 10000}),
)


def _growth(results: Results, path: Path) -> Path | None:
    lines = [line for line in _LINES if any(name in results["works"] for name in line[2])]
    if not lines:
        return None
    figure, axes = plt.subplots(1, len(lines), figsize=(3.4 * len(lines), 4.6), squeeze=False, layout="constrained")
    for axis, (title, _, points) in zip(axes.flat, lines, strict=True):
        for name, about in results["clients"].items():
            _line(axis, results, name, about["label"], points)
        axis.set(xscale="log", yscale="log", xlabel=title)
        axis.grid(visible=True, which="major", alpha=0.3)
    axes.flat[0].set_ylabel("CPU us per get")
    figure.legend(*axes.flat[0].get_legend_handles_labels(), loc="outside lower center", ncols=3, fontsize=8)
    return _save(figure, path)


def _line(axis: Axes, results: Results, name: str, label: str, points: dict[str, int]) -> None:
    cells = {work: results["works"].get(work, {}).get(name, {}) for work in points}
    found = [(points[work], cell["cpu"]) for work, cell in cells.items() if "cpu" in cell]
    if found:
        style: dict[str, Any] = {"color": _OURS, "linewidth": 2.5, "zorder": 3} if name == OURS else {"linewidth": 1.1}
        axis.plot(*zip(*found, strict=True), marker=".", label=label, **style)


def _save(figure: Any, path: Path) -> Path:
    figure.savefig(path, metadata={"Date": None})
    plt.close(figure)
    return path
