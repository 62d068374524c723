"""The command line: its commands, and how they are read."""

from __future__ import annotations

from collections.abc import Sequence
from importlib.metadata import PackageNotFoundError, version

from cyclopts import App, CycloptsError

from dynamorm_async.cli.demo.command import demo
from dynamorm_async.cli.mistakes import WrongArgumentsError

__all__ = ["run"]


def _version() -> str:
    try:
        return version("dynamorm-async")
    except PackageNotFoundError:  # run from a checkout
        return "not installed"


_app = App(
    name="dynamorm",
    help="dynamorm-async: the async-first DynamoDB ORM.",
    version=_version,
    # `main` says how it ended: see there.
    suppress_keyboard_interrupt=False,
    result_action="return_value",
)
_app.command(demo)


def run(arguments: Sequence[str]) -> None:
    """Run the command that these arguments name.

    Raises:
        WrongArgumentsError: There is no such command or option, or a value is wrong.
    """
    try:
        _app(list(arguments), print_error=False, exit_on_error=False)
    except CycloptsError as error:
        raise WrongArgumentsError(str(error)) from error
