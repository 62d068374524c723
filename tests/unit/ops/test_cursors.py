"""Cursors: signed, bound to one query, and refused in every other shape before anything is sent."""

from __future__ import annotations

import string

import msgspec
import pytest

from dynamorm_async import errors
from dynamorm_async._ops.cursors import CursorSigner, open_cursor
from dynamorm_async._ops.listing import Listing
from dynamorm_async._ops.plan import make_plan
from dynamorm_async._ops.shapes import raw_items
from dynamorm_async.types import Cursor
from tests.support.flows import SETTINGS, Service
from tests.support.people import Event, Person

P = Person
OLD, NEW = b"old secret, 16 b", b"new secret, 16 b"
SIGNER = CursorSigner((NEW,), 60)
NOW = 1_000.0
ITEMS = [{"org": {"S": "a"}, "id": {"S": str(number)}} for number in range(9)]


def listing(query) -> Listing:
    """The listing of a query, its items in wire form."""
    return Listing(make_plan(query._request), SETTINGS, raw_items())


BASE = P.query(P.org == "a", P.age > 3).index("by_age")


def token(query=BASE, signer=SIGNER) -> str:
    """The text of a cursor of this query."""
    found = listing(query)
    item = ITEMS[0] | {"age": {"N": "4"}, "email": {"S": "x"}}
    return str(found.cursor(found.position(item), signer, NOW))


def used(query, cursor, signer=SIGNER, now=NOW):
    """Open a page with a cursor; the service is never asked, or the test fails."""

    def answer(call):
        raise AssertionError(call.operation)

    return Service(answer).run(listing(query).page(2, cursor, signer, now))


def opened(cursor, query=BASE, signer=SIGNER, now=NOW):
    """The position of a cursor."""
    found = listing(query)
    return open_cursor(cursor, found.binding(), found.position_names(), signer, now)


POSITION = {"org": {"S": "a"}, "id": {"S": "0"}, "age": {"N": "4"}}


def test_token_opens_what_it_was_made_of():  # R64
    """A token is text for a URL, and brings back the position of the last item handed out."""
    text = token()

    assert POSITION == opened(text)
    assert set(text) <= {*string.ascii_letters, *string.digits, "-", "_", "."}
    assert len(text) < 1024


def test_every_changed_character_is_refused():  # fault 53
    """One character exchanged anywhere, even where base64 has spare bits, and the token is worth nothing."""
    text = token()
    for place, old in enumerate(text):
        for new in {"A", "B", "_", "=", "!", "."} - {old}:
            with pytest.raises(errors.InvalidCursorError):
                used(BASE, text[:place] + new + text[place + 1 :])


def test_every_flipped_bit_is_refused():  # fault 53
    """One bit flipped anywhere: refused, and not asked of the service."""
    text = token()
    for place in range(len(text)):
        for bit in range(7):
            changed = text[:place] + chr(ord(text[place]) ^ (1 << bit)) + text[place + 1 :]
            with pytest.raises(errors.InvalidCursorError):
                used(BASE, changed)


def test_every_shortened_token_is_refused():  # fault 53
    """Cut anywhere, doubled, or with something after it."""
    text = token()
    for wrong in (*(text[:length] for length in range(len(text))), text + "A", text + ".", text * 2, " " + text):
        with pytest.raises(errors.InvalidCursorError):
            used(BASE, wrong)


@pytest.mark.parametrize(
    "wrong", ["", ".", "...", "x", "v1.a.b.c", "v2" + "x" * 50, "ä" * 50, "\ud800", "a" * 1_000_000]
)
def test_what_is_no_token_is_refused(wrong):  # fault 53
    """Nothing, nonsense, other alphabets and a megabyte."""
    with pytest.raises(errors.InvalidCursorError):
        used(BASE, wrong)


@pytest.mark.parametrize("wrong", [3, b"v1", ["v1"], {"position": {}}, object()])
def test_what_is_no_text_is_refused(wrong):
    """Only a text or a Cursor is a cursor."""
    with pytest.raises(errors.InvalidCursorError, match="a text or a Cursor"):
        used(BASE, wrong)


OTHERS = {
    "other table": Event.query(Event.source == "a"),
    "other index": P.query(P.org == "a", P.age > 3).index("by_age").where(P.id > "1").index("by_age").order_by("age"),
    "table instead of index": P.query(P.org == "a"),
    "other partition": P.query(P.org == "b", P.age > 3).index("by_age"),
    "other range": P.query(P.org == "a", P.age > 4).index("by_age"),
    "other comparison": P.query(P.org == "a", P.age >= 3).index("by_age"),
    "other direction": BASE.reverse(),
    "more filter": BASE.where(P.credit > 3),
    "more residual": BASE.where(P.age != 7),
    "scan": P.scan().index("by_age"),
    "full key": P.query(P.org == "a", P.id == "0"),
    "nothing": P.query(P.org == "a", P.id.in_([])),
}


@pytest.mark.parametrize("other", sorted(set(OTHERS) - {"other index"}))
@pytest.mark.parametrize("form", [token, lambda: listing(BASE).cursor(POSITION, None, NOW)], ids=["text", "object"])
def test_cursor_of_another_query_is_refused(other, form):  # fault 53
    """Table, index, keys, conditions (also those tested here) and direction are part of what is signed."""
    with pytest.raises(errors.InvalidCursorError):
        used(OTHERS[other], form())


def test_residual_conditions_differ_by_value():
    """What is never sent binds too, with its values."""
    first, second = BASE.where(P.age != 7), BASE.where(P.age != 8)

    with pytest.raises(errors.InvalidCursorError, match="another query"):
        used(second, token(first))


@pytest.mark.parametrize(
    "same",
    [BASE.limit(3), BASE.page_size(2), BASE.select(P.id), BASE.select(P.home.city, P.age), BASE.consistent()],
    ids=["limit", "page size", "selection", "other selection", "consistency"],
)
def test_what_may_differ_from_page_to_page(same):
    """How many at once and what of them: the position is the same."""
    assert opened(token(), same) == POSITION


def test_expired_token_is_refused():  # fault 53
    """To the second: good at the end of its life, refused after it."""
    text = token()

    assert opened(text, now=NOW + 60) == POSITION
    with pytest.raises(errors.InvalidCursorError, match="expired"):
        used(BASE, text, now=NOW + 60.1)


def test_secrets_rotate():
    """The first secret signs, all verify: an old token lives on until its secret is taken away."""
    old = token(signer=CursorSigner((OLD,)))

    assert opened(old, signer=CursorSigner((NEW, OLD))) == POSITION
    with pytest.raises(errors.InvalidCursorError, match="signature"):
        used(BASE, old, CursorSigner((NEW,)))


def test_token_with_a_known_key_id_and_another_secret_is_refused():
    """The key id only says which secret to try."""
    forged = token(signer=CursorSigner((OLD,))).split(".")
    forged[1] = token().split(".")[1]

    with pytest.raises(errors.InvalidCursorError, match="signature"):
        used(BASE, ".".join(forged))


def test_text_needs_a_secret():  # security rule 3
    """Without a secret there is no text form, and none is taken."""
    cursor = listing(BASE).cursor(POSITION, None, NOW)

    with pytest.raises(errors.ConfigurationError, match="cursor_keys"):
        str(cursor)
    with pytest.raises(errors.InvalidCursorError, match="no key to verify"):
        used(BASE, token(), signer=None)


def test_cursor_object_with_other_attributes_is_refused():
    """A position must have exactly the key attributes of the index."""
    cursor = listing(BASE).cursor(POSITION, None, NOW)
    for position in ({}, {"org": {"S": "a"}}, POSITION | {"email": {"S": "x"}}):
        with pytest.raises(errors.InvalidCursorError, match="key attributes"):
            used(BASE, msgspec.structs.replace(cursor, position=position))


def test_messages_hold_no_position():
    """A key may be an address: neither errors nor representations show it."""
    cursor = Cursor({"org": {"S": "secret"}}, b"binding")
    with pytest.raises(errors.InvalidCursorError) as caught:
        used(BASE, cursor)

    assert "secret" not in repr(cursor) + str(caught.value)
    assert "secret" not in repr(CursorSigner((b"secret secret secret",)))
