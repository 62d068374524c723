"""What the demo prints fits the terminal, and says what is run."""

import io

import pytest
from rich.console import Console

from dynamorm_async.cli.demo.answers import Answer, place
from dynamorm_async.cli.demo.models import City, Position
from dynamorm_async.cli.demo.scenes import SCENES
from dynamorm_async.cli.demo.screen import Screen
from dynamorm_async.cli.demo.sources import body_of, class_of

NARROWEST = 80
MARGIN = 4


@pytest.fixture(params=[NARROWEST, 120, 200])
def screen(request):
    """A screen of that many columns."""
    return Screen(Console(file=io.StringIO(), width=request.param, highlight=False))


def printed(screen):
    """What stands on it."""
    return screen.console.file.getvalue()


@pytest.mark.parametrize("scene", SCENES)
def test_titles_fit(scene):
    """The title of a scene is one line of the narrowest terminal, number and rule included."""
    assert len(f"10. {scene.__doc__} ─") <= NARROWEST
    assert "\n" not in scene.__doc__


async def example(db):
    """A scene to print."""
    found = await db.get("[bold]not markup[/bold]")

    return [found]


@pytest.mark.parametrize("source", [*map(body_of, SCENES), class_of(City)])
def test_the_code_needs_no_wrapping(source):
    """Every line that is shown as code fits into the narrowest terminal as it was written."""
    assert max(map(len, source.splitlines())) <= NARROWEST - MARGIN
    assert '"""' not in source
    assert "Answer" not in source


def test_a_scene(screen):
    """Title, code, rows, plan and cost are there, in the width of the terminal, and nothing is taken for markup."""
    rows = [{"city": "A [red] city", "population": 1_234_567}, {"city": "B", "population": 2}]
    plan = "Query on by_name; initial equal. Not used: " + ", ".join(["table (pk is not given)"] * 9) + "."

    screen.scene(3, example, Answer(rows, (plan,), "a remark"), 1, 0.0123)

    lines = printed(screen).splitlines()
    text = " ".join(printed(screen).split())
    for part in ("3. A scene to print ", "A [red] city", "1,234,567", plan, "a remark", "1 request, 12.3 ms"):
        assert part in text
    assert 'found = await db.get("[bold]not markup[/bold]") ' in text
    assert "return" not in text
    assert max(map(len, lines)) <= screen.console.width


def test_long_cells_are_cut(screen):
    """A row never takes more than one line."""
    screen.scene(1, example, Answer([{"a": "x" * 150, "b": "y" * 150, "c": 7}]), 2, 1.5)

    (row,) = [line for line in printed(screen).splitlines() if "xxx" in line]
    assert "…" in row
    assert row.rstrip().endswith("7")
    assert "2 requests, 1.5 s" in printed(screen)


def test_the_frame(screen):
    """Opening, load and closing say where it runs, with what, and what it took."""
    screen.opening("the engine moto", "dynamorm-demo-12345678")
    with screen.loading(3) as progress:
        progress(3)
    screen.loaded(88, 34_006, 1_400, 12.34)
    screen.closing(2_000, 20.0)

    text = " ".join(printed(screen).split())
    for part in (
        "in one table, dynamorm-demo-12345678, on the engine moto.",
        'class City(Model, table="geonames"):',
        "Loaded 88 countries and 34,006 cities: 1,400 requests, 12.3 s.",
        "In all: 2,000 requests, 20.0 s.",
    ):
        assert part in text


@pytest.mark.parametrize(
    ("latitude", "longitude", "text"),
    [
        (35.6895, 139.69171, "35.69° N 139.69° E"),
        (-33.86785, -70.5, "33.87° S 70.50° W"),
        (0.0, 0.0, "0.00° N 0.00° E"),
    ],
)
def test_positions(latitude, longitude, text):
    """As on a map."""
    assert place(Position(latitude=latitude, longitude=longitude)) == text
