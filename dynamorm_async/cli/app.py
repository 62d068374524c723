"""The command line: its commands, and how they are read."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from importlib.metadata import PackageNotFoundError, version
from typing import Annotated

from cyclopts import App, CycloptsError, Parameter

from dynamorm_async.cli.catalogue import show_errors
from dynamorm_async.cli.mistakes import WrongArgumentsError, missing_package
from dynamorm_async.cli.shell.command import shell
from dynamorm_async.errors import ConfigurationError

__all__ = ["run"]


def _absent(reason: ConfigurationError) -> Callable[..., None]:
    """A command that cannot be imported."""

    def command(*arguments: Annotated[str, Parameter(allow_leading_hyphen=True)]) -> None:  # noqa: ARG001 - takes any
        raise reason

    return command


try:
    from dynamorm_async.cli.demo.command import demo
except ModuleNotFoundError as _error:
    _demo = _absent(missing_package(_error, "demo"))
else:
    _demo = demo


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
_app.command(_demo, name="demo")
_app.command(shell)
_app.command(show_errors, name="errors")


def run(arguments: Sequence[str]) -> None:
    """Run the command that these arguments name.

    Raises:
        WrongArgumentsError: There is no such command or option, or a value is wrong.
    """
    try:
        _app(list(arguments), print_error=False, exit_on_error=False)
    except CycloptsError as error:
        raise WrongArgumentsError(str(error)) from error
