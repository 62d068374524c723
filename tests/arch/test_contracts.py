"""The import contracts catch what they are there to catch, wherever the import stands."""

import pytest

AT_RUN_TIME = "import {module}\n"
FOR_CHECKERS = "from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    import {module}\n"
IN_A_FUNCTION = "def planted() -> None:\n    import {module}\n"

FORBIDDEN = {
    "layers": ("_spec/fields.py", "dynamorm_async._ops.effects"),
    "pure": ("_ops/effects.py", "asyncio"),
    "sdk": ("testing/__init__.py", "botocore.session"),
    "root": ("__init__.py", "dynamorm_async.testing"),
}


def test_the_package_keeps_every_contract(verdicts, contracts):
    """The copy as it is: without this, a contract that is broken anyway would seem to catch the planted import."""
    assert {contract["name"]: "KEPT" for contract in contracts.values()} == verdicts()


@pytest.mark.parametrize(
    "way", [AT_RUN_TIME, FOR_CHECKERS, IN_A_FUNCTION], ids=["run time", "TYPE_CHECKING", "in a function"]
)
@pytest.mark.parametrize("contract", FORBIDDEN)
def test_a_forbidden_import_is_caught(contract, way, copy, contracts, verdicts):
    """One import against the direction breaks the contract, at run time, for checkers only, or inside a function."""
    file, module = FORBIDDEN[contract]
    planted = copy / "dynamorm_async" / file
    planted.write_text(f"{planted.read_text()}\n{way.format(module=module)}")

    assert verdicts()[contracts[contract]["name"]] == "BROKEN"


def test_a_room_without_a_place_is_caught(copy, contracts, verdicts):
    """A new room must be given its place in the order before anything is built in it."""
    (copy / "dynamorm_async" / "_attic.py").touch()

    assert verdicts()[contracts["layers"]["name"]] == "BROKEN"


def test_siblings_are_blind_to_each_other(copy, contracts, verdicts):
    """Two rooms of one layer do not import each other."""
    planted = copy / "dynamorm_async" / "_expr" / "slot.py"
    planted.write_text(f"{planted.read_text()}\nimport dynamorm_async._wire\n")

    assert verdicts()[contracts["layers"]["name"]] == "BROKEN"
