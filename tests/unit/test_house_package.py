"""The package under test is the one that was asked for, and is whole."""

import os
from importlib import metadata
from pathlib import Path

import dynamorm_async

CHECKOUT = Path(__file__).parents[2]


def test_the_package_under_test_is_the_one_asked_for():
    """Where the installed wheel is to be tested, the checkout's folder must not be what gets imported."""
    package = Path(dynamorm_async.__file__).parent
    from_checkout = package == CHECKOUT / "dynamorm_async"

    assert from_checkout == ("DYNAMORM_TEST_INSTALLED" not in os.environ)


def test_the_package_says_that_it_is_typed():
    """Type checkers look for this file, so it must be part of the wheel."""
    assert (Path(dynamorm_async.__file__).parent / "py.typed").is_file()


def test_the_wheel_knows_its_licence():
    """An installed distribution names its licence; a checkout has the file."""
    if "DYNAMORM_TEST_INSTALLED" in os.environ:
        assert metadata.metadata("dynamorm-async")["License-Expression"] == "Apache-2.0"
    else:
        assert "Apache License" in (CHECKOUT / "LICENSE").read_text()
