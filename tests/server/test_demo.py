"""``dynamorm demo`` on engines that run here: it shows what it says, and leaves nothing behind however it ends."""

import asyncio
import os
import pty
import re
import signal
import struct
import subprocess
import sys
import termios
import time
from fcntl import ioctl
from pathlib import Path

import pytest

from dynamorm_async import DynamormError, Session
from dynamorm_async.cli import main
from dynamorm_async.cli.demo import command
from dynamorm_async.cli.demo.models import TABLE, City, Country
from dynamorm_async.cli.demo.scenes import SCENES

FEW = ["--cities", "100"]
SO_MANY_THAT_LOADING_TAKES_A_WHILE = ["--cities", "30000"]
DEMO = [sys.executable, "-m", "dynamorm_async", "demo"]


def calling(endpoint, operation, body):
    """Send one operation."""

    async def call():
        async with Session(endpoint=endpoint) as db:
            return await db.call(operation, body)

    return asyncio.run(call())


def tables(engine):
    """The tables of an engine that a demo has made."""

    async def ask():
        async with Session(endpoint=engine.endpoint) as db:
            return await tables_of(db)

    return asyncio.run(ask())


async def tables_of(db):
    """The tables that a demo has made, on every page: other tests leave theirs on the same engine."""
    found, start = [], {}
    while True:
        answer = await db.call("ListTables", start)
        found += [name for name in answer["TableNames"] if name.startswith("dynamorm-demo-")]
        if "LastEvaluatedTableName" not in answer:
            return found
        start = {"ExclusiveStartTableName": answer["LastEvaluatedTableName"]}


# ---------------------------------------------------------------- what it shows


@pytest.fixture(scope="module")
def shown(engine):
    """What a whole run at the smallest size prints."""
    done = subprocess.run([*DEMO, "--endpoint", engine.endpoint, *FEW], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")
    return done.stdout


def test_every_scene_is_shown(shown):
    """Each with its number, its code, how it was done and what it took; at the end the total."""
    parts = re.split(r"\n\d+\. ", shown)[1:]

    assert [scene.__doc__.rstrip(".") for scene in SCENES] == [part.partition(" ─")[0] for part in parts]
    for part in parts:
        assert "await " in part or "async for" in part
        assert re.search(r"(Query on|GetItem of|UpdateItem of|TransactWriteItems of) ", part)
        assert re.search(r"\d+ requests?, [\d.]+ m?s", part)
    assert re.search(r"Loaded \d+ countries and 100 cities: \d+ requests?", shown)
    assert "In all: " in shown


def test_the_scenes_find_what_is_there(shown):
    """The data are real, the indexes serve, and what must be refused is refused."""
    for index in ("by_population", "by_timezone", "by_name"):
        assert f"Query on {index}; " in shown
    for line in (
        r"Tokyo +JP +[\d,]+ +Asia/Tokyo +35\.69° N 139\.69° E",
        r"2 +Guangzhou|2 +Chengdu",
        r"ConditionFailedError: City\.update",
        r"VersionConflictError: City\.update",
        r"update Country +ConditionalCheckFailed +Japan",
    ):
        assert re.search(line, shown), line


def test_the_table_is_deleted(shown, engine):
    """On an endpoint that goes on running nothing stays."""
    assert tables(engine) == []


@pytest.mark.parametrize("columns", [80, 120])
def test_in_a_terminal(columns, engine):
    """With colours and a bar, and no line is wider than the terminal."""
    ours, theirs = pty.openpty()
    ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", 50, columns, 0, 0))
    environment = {name: value for name, value in os.environ.items() if name not in {"COLUMNS", "NO_COLOR", "LINES"}}
    arguments = [*DEMO, "--endpoint", engine.endpoint, *FEW]
    with subprocess.Popen(
        arguments, stdin=theirs, stdout=theirs, stderr=theirs, env=environment | {"TERM": "xterm"}
    ) as child:
        os.close(theirs)
        written = everything(ours)

    text = re.sub(r"\x1b\[[0-9;?]*[A-Za-z]", "", written)
    assert child.returncode == 0
    assert "\x1b[1m" in written
    assert "━" in text
    assert max(len(line) for line in re.split(r"[\r\n]+", text)) <= columns


def everything(terminal):
    """What is written to a terminal until its other end closes."""
    written = b""
    try:
        while piece := os.read(terminal, 65536):
            written += piece
    except OSError:  # how Linux says that the other end is closed
        pass
    finally:
        os.close(terminal)
    return written.decode()


# ---------------------------------------------------------------- what goes wrong


def test_a_table_that_exists_is_left_alone(engine, table_name, capsys):
    """The demo says that it is there, and neither writes to it nor deletes it."""

    async def make():
        async with Session(endpoint=engine.endpoint, table_names={TABLE: table_name}) as db:
            await db.create_table(Country, City)

    asyncio.run(make())

    code = main(["demo", "--endpoint", engine.endpoint, "--table", table_name, *FEW])

    said = capsys.readouterr().err
    assert code == 1
    assert said.startswith("dynamorm: CreateTable: ")
    assert said.count("\n") == 1
    assert calling(engine.endpoint, "Scan", {"TableName": table_name})["Count"] == 0


@pytest.mark.parametrize(("error", "code"), [(DynamormError("so it is."), 1), (KeyboardInterrupt(), 130)])
def test_a_scene_that_fails(error, code, engine, capsys, monkeypatch):
    """It is said in one line, and the table is gone."""

    async def scene(db):
        """Fail."""
        assert await tables_of(db)
        raise error

    monkeypatch.setattr(command, "SCENES", (scene,))

    assert main(["demo", "--endpoint", engine.endpoint, *FEW]) == code
    assert capsys.readouterr().err.count("\n") == 1
    assert tables(engine) == []


def test_a_table_that_cannot_be_deleted(engine, capsys, monkeypatch):
    """Its name is said, so that its owner can delete it."""

    async def refuse(self, model, *, patience=0.0):
        raise DynamormError("no.")

    monkeypatch.setattr(command, "SCENES", ())
    monkeypatch.setattr(Session, "delete_table", refuse)

    assert main(["demo", "--endpoint", engine.endpoint, *FEW]) == 0

    (left,) = tables(engine)
    assert capsys.readouterr().err == (f"dynamorm: the table {left} could not be deleted; please delete it yourself.\n")
    calling(engine.endpoint, "DeleteTable", {"TableName": left})


# ---------------------------------------------------------------- Ctrl-C


def children(pid):
    """The processes that a process has started."""
    found = []
    for file in Path("/proc").glob("[0-9]*/stat"):
        try:
            facts = file.read_text()
        except (FileNotFoundError, ProcessLookupError):
            continue
        if int(facts.rpartition(")")[2].split()[1]) == pid:
            found.append(int(file.parent.name))
    return found


def alive(pid):
    """Whether the process runs; one that only waits to be reaped does not."""
    try:
        return "\nState:\tZ" not in Path(f"/proc/{pid}/status").read_text()
    except (FileNotFoundError, ProcessLookupError):
        return False


def gone_soon(pids):
    """Wait, for a bounded time, until the processes are gone."""
    for _ in range(500):
        if not any(map(alive, pids)):
            return True
        time.sleep(0.01)
    return False


def interrupted(arguments, number):
    """Send a signal to a demo and all in its group, as a terminal does, while it loads.

    Answers its exit code, what it said, and the processes it had started.
    """
    command = [*DEMO, *arguments, *SO_MANY_THAT_LOADING_TAKES_A_WHILE]
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, start_new_session=True
    ) as child:
        for line in child.stdout:
            if "= GlobalIndex(initial" in line:
                break
        started = children(child.pid)
        os.killpg(child.pid, number)
        _, said = child.communicate(timeout=50)
        return child.returncode, said, started


@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_a_signal_stops_its_own_engine(number, code, engine):
    """The engine goes with the demo, and one line says that it was stopped."""
    returned, said, started = interrupted(["--engine", engine.name], number)

    assert (code, "dynamorm: stopped.\n") == (returned, said)
    assert started
    assert gone_soon(started)


@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_a_signal_takes_the_table_away(number, code, engine):
    """At an endpoint that goes on running the table is deleted before the demo ends."""
    returned, said, started = interrupted(["--endpoint", engine.endpoint], number)

    assert (code, "dynamorm: stopped.\n") == (returned, said)
    assert started == []
    assert tables(engine) == []
