"""``dynamorm demo``: its options, and the run."""

from __future__ import annotations

import asyncio
import contextlib
import secrets
import signal
import threading
import time
from collections.abc import Callable, Coroutine
from typing import Annotated, Any

from cyclopts import Parameter
from cyclopts.validators import Number

from dynamorm_async import ConfigurationError, Session
from dynamorm_async.cli.demo.geonames import largest_cities
from dynamorm_async.cli.demo.measuring import Counter
from dynamorm_async.cli.demo.scenes import SCENES
from dynamorm_async.cli.demo.screen import Screen
from dynamorm_async.cli.demo.stage import Place, stage

__all__ = ["demo"]

FEWEST = 100
"""With fewer cities some scenes would find nothing."""


def demo(
    *,
    cities: Annotated[int | None, Parameter(validator=Number(gte=FEWEST))] = None,
    engine: str | None = None,
    endpoint: str | None = None,
    region: str | None = None,
    table: str | None = None,
    allow_insecure: Annotated[bool, Parameter(negative=())] = False,
) -> None:
    """Show the library at work on real countries and cities: one table, two models, eleven scenes.

    Without options it starts moto's server, which needs no account and ends with the demo.

    Parameters
    ----------
    cities
        How many of the largest cities to load, at least 100. By default 400 on moto, which is slow with more,
        and all of them, some 34 000, elsewhere.
    engine
        The engine to start here: moto, dynoxide, ministack or dynamodb-local.
    endpoint
        The URL of a DynamoDB that runs already, such as http://127.0.0.1:8000.
    region
        The region of the endpoint. Without an endpoint: run on AWS in this region, with your credentials
        and at your cost.
    table
        The name of the table. It must not exist, and it is deleted at the end. By default a new name.
    allow_insecure
        Permit an http:// endpoint on another machine.
    """
    name = table or f"dynamorm-demo-{secrets.token_hex(4)}"
    place = Place(
        engine=_engine(engine, endpoint, region),
        endpoint=endpoint,
        region=region,
        table=name,
        allow_insecure=allow_insecure,
    )
    _run(_play(place, place.cities if cities is None else cities))


def _engine(engine: str | None, endpoint: str | None, region: str | None) -> str | None:
    """The engine to start, if any.

    Raises:
        ConfigurationError: An engine and an endpoint were asked for at once.
    """
    if engine is None:
        return "moto" if endpoint is None and region is None else None
    if endpoint is not None or region is not None:
        raise ConfigurationError(
            "an engine that is started here has its own endpoint.",
            hint="Give --engine alone, or --endpoint and --region without it.",
        )
    if "://" in engine:
        raise ConfigurationError("an engine is named, not located.", hint="Give the URL with --endpoint.")
    return engine


async def _play(place: Place, count: int | None) -> None:
    screen, counter, started = Screen(), Counter(), time.perf_counter()
    async with stage(place, counter, screen.warn) as db:
        screen.opening(str(place), place.table)
        await _load(db, count, screen, counter)
        for number, scene in enumerate(SCENES, 1):
            before, began = counter.requests, time.perf_counter()
            answer = await scene(db)
            screen.scene(number, scene, answer, counter.requests - before, time.perf_counter() - began)
    screen.closing(counter.requests, time.perf_counter() - started)


async def _load(db: Session, count: int | None, screen: Screen, counter: Counter) -> None:
    countries, cities = largest_cities(count)
    before, began = counter.requests, time.perf_counter()
    with screen.loading(len(countries) + len(cities)) as progress:
        await db.batch_put([*countries, *cities], overwrite=True, progress=progress)
    screen.loaded(len(countries), len(cities), counter.requests - before, time.perf_counter() - began)


# ---------------------------------------------------------------- the event loop


def _run(main: Coroutine[Any, Any, None]) -> None:
    """Run it on uvloop if that is installed; Ctrl-C and SIGTERM stop it in order."""
    with asyncio.Runner(loop_factory=_fastest_loop()) as runner:
        runner.run(_stoppable(main))


async def _stoppable(main: Coroutine[Any, Any, None]) -> None:
    task = asyncio.current_task()
    if task is not None and threading.current_thread() is threading.main_thread():
        with contextlib.suppress(NotImplementedError):  # as on Windows
            asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, task.cancel)
    await main


def _fastest_loop() -> Callable[[], asyncio.AbstractEventLoop] | None:
    try:
        import uvloop  # noqa: PLC0415 - used if it is there
    except ImportError:
        return None
    return uvloop.new_event_loop
