"""A get by an index: there is none, and the error has the query to write."""

from __future__ import annotations

import pytest

from dynamorm_async import Attr, GlobalIndex, LocalIndex, Model, attr, computed, errors, partition_key, sort_key


class Member(Model[str, str], table="members"):
    org: Attr[str] = partition_key()
    id: Attr[str] = sort_key()
    email: Attr[str] = attr(default="")
    city: Attr[str] = attr(default="")
    street: Attr[str] = attr(default="")
    place: Attr[str] = computed("{city}#{street}")

    by_id = LocalIndex(email)
    by_org = GlobalIndex(org, city)
    by_email = GlobalIndex(email, sort=city)
    by_place = GlobalIndex(place)


@pytest.mark.parametrize(
    ("parts", "query"),
    [
        ({"email": "e"}, "By index 'by_email' write Member.query(Member.email == ...).one(), or one_or_none()."),
        (
            {"city": "c", "email": "e"},
            "By index 'by_email' write Member.query(Member.email == ..., Member.city == ...).one(), or one_or_none().",
        ),
        (
            {"street": "s", "city": "c"},
            "By index 'by_place' write Member.query(Member.city == ..., Member.street == ...).one(), or one_or_none().",
        ),
    ],
)
@pytest.mark.parametrize("verb", ["get", "get_or_none", "with_key"])
def test_key_of_an_index_is_answered_with_the_query_to_write(verb, parts, query):  # R67
    """Whichever the verb; the index is named, and every field that was given stands in the query."""
    handle = getattr(Member, verb)(**parts)

    with pytest.raises(errors.MissingKeyError) as caught:
        (handle.get() if verb == "with_key" else handle).call()

    assert caught.value.hint == query
    assert caught.value.model == "Member"


@pytest.mark.parametrize("parts", [{"org": "o"}, {"org": "o", "email": "e"}, {"city": "c"}])
def test_part_of_the_table_s_key_is_asked_for_the_rest(parts):
    """Where the partition is known, or no index has what is: the sort key is what is missing."""
    with pytest.raises(errors.MissingKeyError, match=r"Give org, id, or use Member\.query"):
        Member.get(**parts).call()


@pytest.mark.parametrize("index", ["by_email", Member.by_email])
def test_index_of_a_get_is_answered_with_the_query_to_write(index):  # R67
    """A query can say that there are several; a get could not."""
    with pytest.raises(errors.InvalidRequestError, match=r"Member\.get: a get reads the table") as caught:
        Member.get("o", "i").index(index)

    assert caught.value.hint == "By index 'by_email' write Member.query(Member.email == ...).one(), or one_or_none()."


def test_query_that_is_written_instead_reads_what_it_needs():  # R67
    """One item or two, of the index, as its explanation says."""
    explained = Member.query(Member.email == "e").limit(1).explain()

    assert (explained.operation, explained.index, explained.body["Limit"]) == ("Query", "by_email", 1)


def test_unknown_index_of_a_get_is_named():
    """As that of a query."""
    with pytest.raises(errors.IndexNotFoundError, match="by_email"):
        Member.get("o", "i").index("by_mail")
