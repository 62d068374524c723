"""Which engines a test runs on."""

import pytest

from tests.support.engines import parameters, selected


def names(chosen):
    """The engines of the parameters."""
    return [parameter.values[0] for parameter in chosen]


def test_a_plain_test_runs_on_every_engine():
    """Without marks, each engine of the run is one parameter."""
    assert ["moto", "dynoxide"] == names(parameters(["moto", "dynoxide"], []))


def test_engines_restricts():
    """``engines`` leaves the others out, whatever the run has."""
    marks = [pytest.mark.engines("dynoxide", "ministack").mark]

    assert ["dynoxide"] == names(parameters(["moto", "dynoxide"], marks))


def test_lacks_leaves_one_out():
    """``lacks`` skips the engine that has no such feature, and says why."""
    marks = [pytest.mark.lacks("dynoxide", reason="no replicas").mark]
    moto, dynoxide = parameters(["moto", "dynoxide"], marks)

    assert [] == list(moto.marks)
    assert ("skip", {"reason": "LACKS dynoxide: no replicas"}) == (dynoxide.marks[0].name, dynoxide.marks[0].kwargs)


def test_wrong_on_must_fail():
    """``wrong_on`` expects the failure strictly on the one engine, so a mended engine is noticed."""
    marks = [pytest.mark.wrong_on("moto", reason="sorts nothing").mark]
    moto, dynoxide = parameters(["moto", "dynoxide"], marks)

    expected = {"reason": "moto: sorts nothing", "strict": True, "raises": (AssertionError, LookupError)}
    assert ("xfail", expected) == (moto.marks[0].name, moto.marks[0].kwargs)
    assert [] == list(dynoxide.marks)


def test_an_engine_asked_for_must_be_there():
    """A name on the command line that cannot be started ends the run, rather than leaving its tests out."""
    with pytest.raises(pytest.UsageError, match="there is no engine 'oracle'"):
        selected(["moto,oracle"])


def test_names_between_commas_and_a_url():
    """One option may name several engines, and an endpoint that runs already."""
    assert ["moto", "http://127.0.0.1:1"] == selected(["moto, http://127.0.0.1:1"])
