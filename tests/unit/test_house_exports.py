"""What the package offers by name is there, once, and costs nothing until it is used."""

import importlib
import json
import pkgutil
import subprocess
import sys

import pytest

import dynamorm_async

HEAVY = {"aioboto3", "aiobotocore", "aiohttp", "boto3", "botocore", "cyclopts", "moto", "pytest", "rich", "uvloop"}
"""The AWS SDK, which a session imports when it needs it, and every optional package."""

PUBLIC = [
    name
    for _, name, _ in pkgutil.walk_packages(dynamorm_async.__path__, "dynamorm_async.")
    if not any(part.startswith("_") for part in name.split(".")) and not name.startswith("dynamorm_async.cli")
]


def test_every_public_name_is_there():
    """Each name of the root's ``__all__`` can be had, and ``dir()`` shows it to a person who looks."""
    for name in dynamorm_async.__all__:
        assert getattr(dynamorm_async, name) is not None
    assert set(dynamorm_async.__all__) <= set(dir(dynamorm_async))


def test_an_unknown_name_is_said_to_be_unknown():
    """The root answers for names as any module does."""
    with pytest.raises(AttributeError, match="Sesion"):
        _ = dynamorm_async.Sesion


@pytest.mark.parametrize("name", PUBLIC)
def test_a_public_module_lists_its_names(name):
    """``__all__`` is sorted the way the formatter keeps it, without repetition, and every name in it exists."""
    module = importlib.import_module(name)

    assert len(module.__all__) == len(set(module.__all__))
    for exported in module.__all__:
        assert hasattr(module, exported), f"{name}.{exported}"


def test_importing_the_package_imports_no_sdk_and_no_extra():
    """What a Lambda pays for at cold start is our own modules and the five libraries they stand on."""
    program = (
        "import json, sys, dynamorm_async as root\n"
        "for name in root.__all__: getattr(root, name)\n"
        "print(json.dumps(sorted({name.partition('.')[0] for name in sys.modules})))"
    )
    shown = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True).stdout

    assert HEAVY.isdisjoint(json.loads(shown))
