"""Installing an engine puts it into the cache whole, verified, or not at all."""

import base64
import hashlib
import io
import sys
import tarfile

import pytest

from dynamorm_async.testing import __main__ as command_line
from dynamorm_async.testing.engines import EngineNotAvailableError, cache
from dynamorm_async.testing.engines.dynoxide import unpack, verify


def pack(path, name, content):
    """Write a package file with one member."""
    with tarfile.open(path, "w:gz") as package:
        member = tarfile.TarInfo(name)
        member.size = len(content)
        package.addfile(member, io.BytesIO(content))


def test_a_file_of_another_hash_is_refused(tmp_path):
    """One changed byte and nothing is unpacked."""
    file = tmp_path / "engine.tgz"
    file.write_bytes(b"not what was pinned")

    with pytest.raises(EngineNotAvailableError, match="is not the file that was pinned"):
        verify(file)


def test_the_pinned_file_passes(tmp_path):
    """The hash is compared the way npm writes it: algorithm, dash, base64."""
    file = tmp_path / "engine.tgz"
    file.write_bytes(b"pinned")
    digest = base64.b64encode(hashlib.sha512(b"pinned").digest()).decode()

    verify(file, f"sha512-{digest}")


def test_unpacking_takes_the_binary_and_nothing_else(tmp_path):
    """The member is written where we say, executable, whatever its own path and mode."""
    pack(tmp_path / "engine.tgz", "package/dynoxide", b"binary")
    target = tmp_path / "out"

    unpack(tmp_path / "engine.tgz", target)

    assert b"binary" == target.read_bytes()
    assert 0o755 == target.stat().st_mode & 0o777


def test_an_interrupted_install_leaves_nothing(tmp_path):
    """An error on the way leaves neither half an engine nor the working folder."""
    target = tmp_path / "cache" / "engine"

    with pytest.raises(RuntimeError, match="disk full"), cache.whole(target) as made:
        (made / "half").touch()
        raise RuntimeError("disk full")

    assert [] == list(target.parent.iterdir())


def test_the_second_of_two_installs_is_dropped(tmp_path):
    """Two processes that install at once leave one engine."""
    target = tmp_path / "engine"
    with cache.whole(target) as made:
        (made / "first").touch()
        with cache.whole(target) as other:
            (other / "second").touch()

    assert ["second"] == [path.name for path in target.iterdir()]
    assert [target] == list(tmp_path.iterdir())


def test_a_missing_installer_is_one_line(monkeypatch, tmp_path, capsys):
    """Without npm the command ends with code 1 and says what to install."""
    monkeypatch.setenv("PATH", "")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    monkeypatch.setattr("sys.platform", "linux")
    monkeypatch.setattr("platform.machine", lambda: "x86_64")

    assert 1 == command_line.main(["install", "dynoxide"])
    assert "'npm' is not on PATH. Install Node.js, or put a dynoxide binary on PATH.\n" == capsys.readouterr().err


def test_another_platform_is_one_line(monkeypatch, tmp_path, capsys):
    """The pinned binary is for one platform; elsewhere the user brings one."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    monkeypatch.setattr("sys.platform", "darwin")

    assert 1 == command_line.main(["install", "dynoxide"])
    assert "Put a binary of your own on PATH." in capsys.readouterr().err


def test_a_failing_installer_is_quoted():
    """What the installer wrote is in the message."""
    with pytest.raises(EngineNotAvailableError, match="ended with code 3:\nno luck"):
        cache.run([sys.executable, "-c", "import sys; sys.stderr.write('no luck'); sys.exit(3)"], needs="")


def test_list_shows_each_engine(monkeypatch, tmp_path, capsys):
    """``list`` has a line for each engine: ready, or what to do."""
    monkeypatch.setenv("PATH", "")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))

    assert 0 == command_line.main(["list"])
    lines = capsys.readouterr().out.splitlines()
    assert "moto: ready to start" == lines[0]
    assert lines[1].endswith("Install it with: python -m dynamorm_async.testing install dynoxide")
