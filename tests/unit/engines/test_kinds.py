"""What each engine asks of the machine, and what it says when that is missing."""

import importlib.util
import shutil

import pytest

from dynamorm_async.errors import DynamormError
from dynamorm_async.testing import engines as room
from dynamorm_async.testing.engines import DynamoDBLocal, Dynoxide, EngineKind, EngineNotAvailableError, Ministack, Moto
from dynamorm_async.testing.engines.registry import named


@pytest.fixture(autouse=True)
def bare_machine(monkeypatch, tmp_path):
    """No program on PATH, nothing in the cache."""
    monkeypatch.setenv("PATH", "")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    monkeypatch.delenv("DYNAMODB_LOCAL_JAR", raising=False)


@pytest.mark.parametrize("make", room.engines().values(), ids=room.engines())
def test_every_engine_keeps_the_protocol(make):
    """Each registered engine is an `EngineKind` that knows its own name."""
    kind = make()

    assert isinstance(kind, EngineKind)
    assert kind == named(kind.name)


@pytest.mark.parametrize(
    ("kind", "fix"),
    [
        (Dynoxide(), "python -m dynamorm_async.testing install dynoxide"),
        (Ministack(), "python -m dynamorm_async.testing install ministack"),
        (DynamoDBLocal(), "Set DYNAMODB_LOCAL_JAR"),
        (DynamoDBLocal("/no/such.jar"), "Set DYNAMODB_LOCAL_JAR"),
    ],
)
def test_a_missing_engine_names_the_fix(kind, fix):
    """What is not installed raises before any process is started, and says how to get it."""
    with pytest.raises(EngineNotAvailableError, match=fix) as caught:
        kind.command(8000)

    assert kind.name in str(caught.value)
    assert isinstance(caught.value, DynamormError)


def test_moto_names_its_extra(monkeypatch):
    """Without moto's server the message names the extra to install."""
    monkeypatch.setattr(importlib.util, "find_spec", lambda _: None)

    with pytest.raises(EngineNotAvailableError, match=r"pip install 'dynamorm-async\[testing\]'"):
        Moto().command(8000)


def test_dynamodb_local_needs_java(tmp_path):
    """A jar without a Java is said to be just that."""
    jar = tmp_path / "DynamoDBLocal.jar"
    jar.touch()

    with pytest.raises(EngineNotAvailableError, match="needs 'java' on PATH"):
        DynamoDBLocal(jar).command(8000)


def test_dynamodb_local_runs_the_named_jar(monkeypatch, tmp_path):
    """The environment names the jar; it runs in memory, and tells nobody."""
    jar = tmp_path / "DynamoDBLocal.jar"
    jar.touch()
    monkeypatch.setenv("DYNAMODB_LOCAL_JAR", str(jar))
    monkeypatch.setattr(shutil, "which", lambda name: f"/bin/{name}")

    command = DynamoDBLocal().command(8123)

    libraries = f"-Djava.library.path={tmp_path / 'DynamoDBLocal_lib'}"
    options = ("-inMemory", "-sharedDb", "-disableTelemetry", "-port", "8123")
    assert ("/bin/java", libraries, "-jar", str(jar), *options) == command.arguments
    assert command.port == 8123


def test_dynoxide_on_path_comes_first(monkeypatch):
    """A binary of the user's own is preferred to the cached one."""
    monkeypatch.setattr(shutil, "which", lambda name: f"/own/{name}")

    command = Dynoxide().command(8123)

    assert ("/own/dynoxide", "serve", "--host", "127.0.0.1", "--port", "8123") == command.arguments


def test_ministack_binds_loopback(monkeypatch):
    """It would listen on every interface by itself, so it is told not to."""
    python = Ministack().python
    python.parent.mkdir(parents=True)
    python.touch()

    assert Ministack().command(8123).environment["BIND_HOST"] == "127.0.0.1"


def test_an_unknown_name_lists_the_known():
    """A name nobody registered is answered with the ones that are."""
    with pytest.raises(EngineNotAvailableError, match="Name one of moto, dynoxide, ministack, dynamodb-local"):
        named("oracle")


def test_a_name_is_registered_once(monkeypatch):
    """An engine of one's own gets a name of its own; a taken one is refused."""
    monkeypatch.setattr("dynamorm_async.testing.engines.registry._ENGINES", {"moto": Moto})
    room.register_engine("mine", Dynoxide)

    assert Dynoxide() == named("mine")
    with pytest.raises(ValueError, match="'mine' is taken"):
        room.register_engine("mine", Moto)
