"""Reading, changing and storing an item, again from the start when someone else was faster."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import TypeVar, cast

from dynamorm_async._caller import Called
from dynamorm_async._get import Get
from dynamorm_async._handle import resolve
from dynamorm_async._items import Put
from dynamorm_async._ops.counts import positive
from dynamorm_async._runner import Runner
from dynamorm_async._spec.fields import ModelSpec
from dynamorm_async.errors import InvalidRequestError, VersionConflictError

__all__ = ["mutate"]

M = TypeVar("M")


def _check_same_model(spec: ModelSpec, changed: object) -> None:
    """Refuse what a change returned if it would be stored as something else than what was read."""
    if getattr(type(changed), "__dynamorm_spec__", None) is not spec:
        raise InvalidRequestError(
            f"the change returned {type(changed).__name__}, not {spec.name}.",
            op=f"{spec.name}.mutate",
            model=spec.name,
            hint=f"Return another {spec.name}, or nothing after changing the one that was given.",
        )


async def mutate(
    get: Get[M], change: Callable[[M], M | Awaitable[M | None] | None], runner: Runner | None, attempts: int
) -> M:
    """Read, change and store, again from the start when someone else was faster.

    The item is read consistently, and its version guards the write.
    """
    runner, spec = resolve(runner), get._spec
    called, reading = Called(f"{spec.name}.mutate"), get.consistent()
    if spec.version is None:
        raise InvalidRequestError(
            "the model needs a version field, to see that someone else was faster.",
            op=called.text,
            model=spec.name,
            hint="Add version: Attr[int] = version() to it.",
        )
    for attempt in range(1, positive(attempts, "attempts", "mutate", spec.name) + 1):
        instance = await runner.run(reading._flow(runner), called)
        version = vars(instance)[spec.version.name]
        outcome = change(instance)
        returned = await cast("Awaitable[M | None]", outcome) if isinstance(outcome, Awaitable) else outcome
        changed = instance if returned is None else returned
        _check_same_model(spec, changed)
        # Of what was read, whatever the change made of it: `attrs.evolve` makes a new instance, with version 0.
        vars(changed)[spec.version.name] = version
        try:
            return await runner.run(Put(changed, _promise=None)._flow(runner), called)
        except VersionConflictError as error:
            if attempt == attempts:
                error.hint = (
                    "Give it more attempts=, or say the change by actions of update(), which reads nothing first."
                )
                raise
            # Full jitter over a short window: conflicts are short, and waiting in step would only meet again.
            await runner.clock.sleep(runner.dice() * min(0.01 * 2**attempt, 0.5))
    raise AssertionError("unreachable")
