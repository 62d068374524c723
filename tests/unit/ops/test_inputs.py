"""Data of strangers that a validator of the model refuses."""

from __future__ import annotations

import traceback

import pytest

from dynamorm_async import Attr, Document, Model, Nested, ValidationError, attr, partition_key


def is_address(_, __, value):
    """A validator whose text has the value, as attrs' own have."""
    if "@" not in value:
        raise ValueError(f"{value} is no address")


class Contact(Document):
    email: Attr[str] = attr(validator=is_address)


class User(Model[str], table="users"):
    id: Attr[str] = partition_key()
    email: Attr[str] = attr(validator=is_address)
    other: Attr[str] = attr(default="a@b", validator=is_address)
    contact: Nested[Contact] = attr(default=None)


@pytest.mark.parametrize(
    ("data", "paths"),
    [
        ({"email": "secret"}, ["User.email"]),
        ({"email": "secret", "other": "secret"}, ["User.email", "User.other"]),
        ({"email": "a@b", "contact": {"email": "secret"}}, ["User.contact"]),
    ],
)
def test_every_refused_field_is_named_and_no_value(data, paths):
    """What the validator says stays out, of the message and of the traceback."""
    with pytest.raises(ValidationError) as caught:
        User.from_input(data, allow=["email", "other", "contact"], id="1")

    assert paths == [path for path, _ in caught.value.errors]
    assert "secret is no address" not in "".join(traceback.format_exception(caught.value))
