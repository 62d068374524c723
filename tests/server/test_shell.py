"""``dynamorm shell``: a prompt that awaits, with a session and models at hand, that leaves nothing behind."""

import contextlib
import os
import pty
import re
import select
import subprocess
import sys
import uuid

import pytest

from dynamorm_async.cli import main

SHELL = [sys.executable, "-X", "dev", "-W", "always", "-m", "dynamorm_async", "shell"]
MODELS = '''
"""Models of somebody's application."""
import asyncio

from dynamorm_async import Attr, Model, attr, partition_key


class Base(Model, abstract=True):
    note: Attr[str] = attr(default="")


class User(Base, table="{table}"):
    id: Attr[str] = partition_key()
    age: Attr[int] = attr(default=0)


class Homeless(Model[str]):
    id: Attr[str] = partition_key()


async def wait():
    try:
        print("waiting")
        await asyncio.sleep(1000)
    finally:
        print("let go")


async def tell():
    await asyncio.sleep(0.05)
    print("told")
    await wait()


async def cling():
    try:
        await wait()
    finally:
        print("clinging")
        await asyncio.sleep(1000)


def spin():
    print("spinning")
    while True:
        pass


_PRIVATE = 1
'''


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """A folder with a module of models, where the shell is started."""
    (tmp_path / "people.py").write_text(MODELS.format(table=f"users-{uuid.uuid4().hex}"), encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    return tmp_path


def piped(folder, statements, *arguments):
    """Run statements from a pipe; answers the exit code and what was written to output and errors."""
    command = [*SHELL, *arguments]
    done = subprocess.run(
        command, input=statements, capture_output=True, text=True, timeout=100, cwd=folder, check=False
    )
    return done.returncode, done.stdout, done.stderr


class Terminal:
    """A shell in a terminal of its own."""

    def __init__(self, folder, *arguments):
        self.pid, self.fd = pty.fork()
        if self.pid == 0:
            os.chdir(folder)
            os.execve(SHELL[0], [*SHELL, *arguments], os.environ | {"TERM": "dumb"})
        self.shown = ""

    def until(self, text):
        """Read up to a text, and answer what came."""
        came = ""
        while text not in came:
            ready, _, _ = select.select([self.fd], [], [], 60)
            assert ready, f"{text!r} did not come after {came!r}"
            came += os.read(self.fd, 4096).decode()
        self.shown += came
        return came

    def type(self, line):
        """Type at the next prompt, and answer what was shown up to the one after."""
        os.write(self.fd, line.encode())
        return self.until(">>> ").replace("\r", "")

    def leave(self):
        """Ctrl-D; answers the exit code."""
        os.write(self.fd, b"\x04")
        with contextlib.suppress(OSError):
            while came := os.read(self.fd, 4096):
                self.shown += came.decode()
        return os.waitstatus_to_exitcode(os.waitpid(self.pid, 0)[1])


def test_statements_from_a_pipe(folder):
    """They await, see the models' tables on an engine of their own, and values are shown; no banner, no warning."""
    statements = """
user = await User(id="1", age=36).create()
await User.query(User.id == "1")
for _ in range(2):
    found = await User.get("1")

    found.age
(await Homeless(id="x").create()).id
class Pet(Model[str], table="pets"):
    name: Attr[str] = partition_key()
    owner: "Attr[str]" = attr(default="")
Pet.get("rex")
db.create_table(User)
1
"""

    code, shown, complained = piped(folder, statements, "people", "--local")

    assert (0, "") == (code, complained)
    assert shown.splitlines() == [
        "[User(note='', id='1', age=36)]",
        "36",
        "36",
        "'x'",
        "<Pet.get, not awaited>",
        "<Session.create_table(...), not awaited; to run it: await _>",
        "1",
    ]


def test_a_mistake_in_a_pipe_ends_it(folder, start_engine):
    """The rest does not run; the caller's line is shown, and no line of this library's own."""
    statements = 'print("first")\nUser.query("nosuch", "=", 1)\nprint("never")'

    code, shown, complained = piped(folder, statements, "people", "--endpoint", start_engine("moto").endpoint)

    assert (1, "first\n") == (code, shown)
    assert '  File "<shell>", line 2' in complained
    assert complained.count("File ") == 1
    assert complained.splitlines()[-2].startswith("dynamorm_async.errors.UnknownFieldError: ")


def test_a_text_that_cannot_be_read_runs_nothing(folder, start_engine):
    """A mistake in the last line is found before the first has run."""
    code, shown, complained = piped(folder, "print(1)\n1 +\n", "--endpoint", start_engine("moto").endpoint)

    assert (1, "") == (code, shown)
    assert 'File "<shell>", line 2' in complained


def test_every_statement_is_on_the_loop(folder, start_engine):
    """Also one that does not await: tasks, timeouts and the loop itself are there, as in a program."""
    statements = """
task = asyncio.create_task(asyncio.sleep(0.01, "slept"))
await task
limit = asyncio.timeout(3)
asyncio.get_running_loop() is task.get_loop()
_ = await asyncio.gather(asyncio.sleep(0), asyncio.sleep(0))
import contextvars
kept = contextvars.ContextVar("kept")
token = kept.set("kept")
kept.get()
"""

    code, shown, complained = piped(folder, statements, "--endpoint", start_engine("moto").endpoint)

    assert (0, "") == (code, complained)
    assert shown.splitlines() == ["'slept'", "True", "'kept'"]


def test_a_scope_that_is_never_left_lasts(folder, start_engine):
    """Whether somebody keeps it or not; the shell ends without a word about it."""
    statements = """
from dynamorm_async._runner import current_runner
kept = db.scope()
kept.__enter__()
db.for_tenant("acme").scope().__enter__()
current_runner().settings.tenant
"""

    code, shown, complained = piped(folder, statements, "--endpoint", start_engine("moto").endpoint)

    assert (0, "'acme'\n", "") == (code, shown, complained)


def test_what_a_statement_raises_does_not_end_the_loop(folder, start_engine):
    """Not even a cancellation, when it is of another task."""
    shell = Terminal(folder, "--endpoint", start_engine("moto").endpoint)
    shell.until(">>> ")

    shell.type("task = asyncio.create_task(asyncio.sleep(1000))\n")
    shell.type("task.cancel()\n")
    assert "CancelledError" in shell.type("await task\n")
    assert "KeyboardInterrupt" in shell.type("raise KeyboardInterrupt\n")
    assert "True" in shell.type("db.is_open\n")
    assert shell.leave() == 0
    assert not re.search("Warning|never|unclosed", shell.shown)


def test_a_task_goes_on_while_somebody_types(folder, start_engine):
    """And ends with the shell, if it has not before."""
    shell = Terminal(folder, "people", "--endpoint", start_engine("moto").endpoint)
    shell.until(">>> ")

    os.write(shell.fd, b"task = asyncio.create_task(tell())\n")
    assert "told" in shell.until("waiting")
    assert shell.leave() == 0
    assert "let go" in shell.shown
    assert not re.search("Warning|never|unclosed", shell.shown)


def test_a_second_interrupt_does_not_wait(folder, start_engine):
    """Of a statement that is slow to give back what it holds, or blocks; the prompt comes back."""
    shell = Terminal(folder, "people", "--endpoint", start_engine("moto").endpoint)
    shell.until(">>> ")

    os.write(shell.fd, b"import time; print('block' + 'ing'); time.sleep(1000)\n")
    shell.until("blocking")
    assert "KeyboardInterrupt" in shell.type("\x03")
    os.write(shell.fd, b"await cling()\n")
    shell.until("waiting")
    os.write(shell.fd, b"\x03")
    shell.until("clinging")
    assert "KeyboardInterrupt" in shell.type("\x03")
    assert "True" in shell.type("db.is_open\n")
    assert shell.leave() == 0


def test_exit_gives_its_code(folder, start_engine):
    """Also from a statement that awaits."""
    statements = "if await asyncio.sleep(0, True): exit(7)"

    assert piped(folder, statements, "--endpoint", start_engine("moto").endpoint)[0] == 7


def test_a_conversation(folder, start_engine):
    """The banner names what is at hand, Ctrl-C stops a statement and not the shell, Ctrl-D ends it without a word."""
    endpoint = start_engine("moto").endpoint
    shell = Terminal(folder, "people", "--endpoint", endpoint)

    opened = shell.until(">>> ")
    assert f"db: <Session {endpoint}, open>" in opened
    assert "models: User, Homeless\r\n" in opened
    assert "TableInfo(" in shell.type("await db.create_table(User)\n")
    assert "User(note='', id='1', age=36)" in shell.type('await User(id="1", age=36).create()\n')
    os.write(shell.fd, b"await wait()\n")
    shell.until("waiting")
    assert "let go" in shell.type("\x03")
    os.write(shell.fd, b"spin()\n")
    shell.until("spinning")
    assert "KeyboardInterrupt" in shell.type("\x03")
    assert "ItemNotFoundError" in shell.type('await User.get("2")\n')
    assert "36" in shell.type('(await User.get("1")).age\n')
    assert "SyntaxError" in shell.type("1 +\n")
    assert "True" in shell.type("db.is_open\n")
    assert shell.leave() == 0
    assert not re.search("Warning|never|unclosed", shell.shown)


@pytest.mark.parametrize(
    ("arguments", "text"),
    [
        (["nosuch"], "there is no module 'nosuch'. Run the shell in the folder that the module is imported from."),
        (["people.py"], "'people.py' is a file. Give the module's name: dynamorm shell people"),
        (["app/models.py"], "dynamorm shell app.models"),
        (["--local", "--region", "eu-west-1"], "Give --local or --engine alone"),
        (["--endpoint", "nonsense"], "'nonsense' is no URL"),
        ([], "no AWS region"),
    ],
)
def test_what_cannot_be_opened_is_said_in_one_line(arguments, text, folder, capsys, monkeypatch):
    """And the shell is not opened without it."""
    for name in ("AWS_REGION", "AWS_DEFAULT_REGION", "DYNAMODB_ENDPOINT", "AWS_ENDPOINT_URL_DYNAMODB"):
        monkeypatch.delenv(name, raising=False)
    assert main(["shell", *arguments]) == 1

    said = capsys.readouterr().err
    assert said.count("\n") == 1
    assert text in said


def test_a_module_that_needs_what_is_not_there_is_not_called_missing(folder):
    """The traceback names the line that needs it."""
    (folder / "needy.py").write_text("import not_installed_anywhere\n", encoding="utf-8")

    with pytest.raises(ModuleNotFoundError, match="not_installed_anywhere"):
        main(["shell", "needy"])
