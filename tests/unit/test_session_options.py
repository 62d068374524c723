"""The options of a session as type checkers know them from its other doors."""

from __future__ import annotations

import attrs

from dynamorm_async import Session
from dynamorm_async._options import SessionOptions


def test_the_options_are_those_of_the_constructor():
    """A new option of `Session` has to be named there as well."""
    arguments = {field.name for field in attrs.fields(Session) if field.init}

    assert arguments == SessionOptions.__optional_keys__
