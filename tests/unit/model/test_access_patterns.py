"""Declared access patterns are planned when they are declared, and listed with their plans."""

from __future__ import annotations

import enum
from collections.abc import Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Literal

import pytest

from dynamorm_async import (
    Attr,
    GlobalIndex,
    Model,
    ModelDefinitionError,
    Query,
    access_pattern,
    attr,
    partition_key,
    registry,
    sort_key,
    tenant,
)

if TYPE_CHECKING:
    from elsewhere import Found, Wanted


class Color(enum.Enum):
    RED = "red"


class Thing(Model[str, datetime], table="things"):
    org: Attr[str] = partition_key()
    at: Attr[datetime] = sort_key()
    color: Attr[Color] = attr(default=Color.RED)
    weight: Attr[int] = attr(default=0)

    by_color = GlobalIndex(color, weight)


def listed(name):
    """The pattern whose function has this name."""
    (found,) = [one for one in registry.access_patterns() if one.name.endswith(name)]
    return found


def test_a_pattern_is_listed_with_its_plan():
    """Operation, index and reason are known before anything is sent."""

    @access_pattern
    def heavy_of(color: Color, least: int = 10) -> Query[Thing]:
        return Thing.query(Thing.color == color, Thing.weight >= least)

    found = listed("heavy_of")

    assert ("Thing", "Query", "by_color") == (found.model, found.operation, found.index)
    assert "range on weight" in found.plan
    assert "color: 'Color', least: 'int' = 10" in found.signature


def test_the_function_stays_what_it_is():
    """It makes its query as before."""

    @access_pattern
    def since(org: str, at: datetime) -> Query[Thing]:
        return Thing.query(Thing.org == org, Thing.at >= at)

    request = since("acme", datetime.fromisoformat("2026-01-01T00:00:00Z")).call()

    assert "Query" == request.operation


def test_a_pattern_that_nothing_serves_stops_the_import():
    """The missing index is named where the pattern stands."""
    with pytest.raises(ModelDefinitionError, match=r"by_weight.*no key or index.*GlobalIndex\(weight\)"):

        @access_pattern
        def by_weight(weight: int) -> Query[Thing]:
            return Thing.query(Thing.weight == weight)


def test_a_pattern_with_a_wrong_field_stops_the_import():
    """As strings are checked, too."""
    with pytest.raises(ModelDefinitionError, match=r"wrong_field.*orgg.*Did you mean 'org'"):

        @access_pattern
        def wrong_field(org: str) -> Query[Thing]:
            return Thing.query("orgg", "=", org)


class Memo(Model, table="memos"):
    pk: Attr[str] = partition_key("T#{tenant_id}")
    sk: Attr[str] = sort_key("MEMO#{number}")
    tenant_id: Attr[str] = tenant()
    number: Attr[str]
    topic: Attr[str] = attr(default="")


def test_a_pattern_of_a_tenant_is_planned_as_in_its_session():
    """Which adds the tenant; a query that nothing serves even so stops the import."""

    @access_pattern
    def memo(number: str) -> Query[Memo]:
        return Memo.query(Memo.number == number)

    found = listed("memo")

    assert ("Memo", "GetItem", "table") == (found.model, found.operation, found.index)
    assert "pk and sk equal" in found.plan
    with pytest.raises(ModelDefinitionError, match=r"on_a_topic.*no order.*in the order of sk|cannot give the order"):

        @access_pattern
        def on_a_topic(topic: str) -> Query[Memo]:
            return Memo.query(Memo.topic == topic).order_by(Memo.topic)


def test_a_parameter_without_a_sample_asks_for_one():
    """An annotation of a key type, or a default."""
    with pytest.raises(ModelDefinitionError, match=r"unsampled\(what\).*Annotate"):

        @access_pattern
        def unsampled(what: dict[str, str]) -> Query[Thing]:
            return Thing.query(Thing.org == what["org"])


def test_a_result_that_only_checkers_know_is_not_asked_for():
    """Samples are of parameters; what is returned is looked at itself."""

    @access_pattern
    def with_a_hidden_result(org: str) -> Found:
        return Thing.query(Thing.org == org)

    assert "Query" == listed("with_a_hidden_result").operation


def test_a_parameter_that_only_checkers_know_is_named():
    """With where its import belongs."""
    with pytest.raises(ModelDefinitionError, match=r"hidden_parameter.*'Wanted'.*outside `if TYPE_CHECKING:`"):

        @access_pattern
        def hidden_parameter(org: Wanted) -> Query[Thing]:
            return Thing.query(Thing.org == org)


def test_parameters_of_every_kind_get_their_samples():
    """By position only, by name only, as many as wanted, and with a default."""

    @access_pattern
    def by_position(org: str, /) -> Query[Thing]:
        return Thing.query(Thing.org == org)

    @access_pattern
    def by_name(*, org: str, most: int = 3, **more: int) -> Query[Thing]:
        return Thing.query(Thing.org == org, Thing.weight < most, *(Thing.weight != one for one in more.values()))

    @access_pattern
    def any_number(first: str, *others: str) -> Query[Thing]:
        return Thing.query(Thing.org.in_([first, *others]))

    assert ["Query"] * 3 == [listed(name).operation for name in ("by_position", "by_name", "any_number")]


@pytest.mark.parametrize(
    "kind", [list[str], Sequence[str], set[str], frozenset[str], tuple[str, ...], list[str] | None]
)
def test_a_pattern_of_several_partitions_has_a_list(kind):
    """Its sample has one element."""

    def several(orgs):
        return Thing.query(Thing.org.in_(orgs))

    several.__annotations__ = {"orgs": kind}
    access_pattern(several)

    assert ("Thing", "Query") == (listed("several").model, listed("several").operation)


def test_a_literal_is_its_first_choice():
    """As a member of an enum is."""

    @access_pattern
    def of_literal(org: Literal["a", "b"]) -> Query[Thing]:
        return Thing.query(Thing.org == org)

    assert "Query" == listed("of_literal").operation


async def asynchronous(org: str) -> Query[Thing]:
    """No pattern."""
    return Thing.query(Thing.org == org)


def paged(org: str):
    """What is awaited for a page."""
    return Thing.query(Thing.org == org).page()


def got(org: str, at: datetime):
    """What is awaited for an item."""
    return Thing.get(org, at)


def picky(org: str):
    """Takes no sample."""
    return Thing.query(Thing.org == str(int(org)))


@pytest.mark.parametrize(
    ("function", "text"),
    [
        (classmethod(picky), r"picky: a class method.*@staticmethod"),
        (asynchronous, r"asynchronous: it is `async def`.*Write `def`"),
        (paged, r"paged: it returns coroutine, and no query\. Return the query itself, without page\(\)"),
        (got, r"got: it returns Get, and no query"),
        (picky, r"picky: with a sample for each argument it raises ValueError\. .*default"),
    ],
)
def test_what_makes_no_query_stops_the_import(function, text):
    """In words that say what to return instead."""
    with pytest.raises(ModelDefinitionError, match=text):
        access_pattern(function)
