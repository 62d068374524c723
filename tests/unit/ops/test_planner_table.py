"""The planner's golden table: for each query its plan, and for each index that was not taken the reason."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from dynamorm_async import Attr, GlobalIndex, Model, attr, errors, partition_key, raw
from tests.support.people import Colour, Event, Invoice, Order, Person, Place, Profile, Task


class Chore(Model[str], table="chores"):
    """An index of those only that have a day."""

    owner: Attr[str] = partition_key()
    due: Attr[int | None] = attr(default=None)

    by_due = GlobalIndex(owner, due)


P, E, O, R, T, I = Person, Event, Order, Profile, Task, Invoice
DAY, NEXT = datetime(2026, 11, 21, tzinfo=UTC), datetime(2026, 11, 22, tzinfo=UTC)
TEXT, NEXT_TEXT = "2026-11-21T00:00:00.000000Z", "2026-11-22T00:00:00.000000Z"

NO_EMAIL = "its partition key attribute email is not given with =="
NO_NAME = "its partition key attribute name is not given with =="
NO_COLOUR = "its partition key attribute colour is not given with =="
NO_ORG = "its partition key attribute org is not given with =="
LESS = "fits no better: org equal"
INSTEAD = "select() what it holds, complete() it from the table, or project ALL"
UNHELD = "index 'by_size' does not hold "
ORG = {"by_email": NO_EMAIL, "by_name": NO_NAME, "by_colour": NO_COLOUR, "by_nickname": NO_NAME}
"""Why each global index of a person is not taken for a query by org."""
SPARSE = "items without nickname are not in index 'by_nickname'; add exists(), or ask for it by index()"
OTHER_THAN_COLOUR = {
    "table": NO_ORG,
    "by_age": NO_ORG,
    "by_size": NO_ORG,
    "by_email": NO_EMAIL,
    "by_name": NO_NAME,
    "by_nickname": NO_NAME,
}
LOCAL = {"by_age": LESS, "by_size": LESS}


def query(*conditions):
    """A query of people."""
    return P.query(*conditions)


ORG_A = P.org == "a"
PLANS = {
    # ---- the table: partition key, then ranges of every kind on the sort key
    "partition": (query(ORG_A), "Query table", "org equal", "#n0 = :v0", None, 0, ORG | LOCAL),
    "sort key greater": (
        query(ORG_A, P.id > "1"),
        "Query table",
        "org equal, range on id",
        "#n0 = :v0 AND #n1 > :v1",
        None,
        0,
        ORG | LOCAL,
    ),
    "sort key at least": (
        query(ORG_A, P.id >= "1"),
        "Query table",
        None,
        "#n0 = :v0 AND #n1 >= :v1",
        None,
        0,
        ORG | LOCAL,
    ),
    "sort key less": (query(ORG_A, P.id < "1"), "Query table", None, "#n0 = :v0 AND #n1 < :v1", None, 0, ORG | LOCAL),
    "sort key at most": (
        query(ORG_A, P.id <= "1"),
        "Query table",
        None,
        "#n0 = :v0 AND #n1 <= :v1",
        None,
        0,
        ORG | LOCAL,
    ),
    "sort key between": (
        query(ORG_A, P.id.between("1", "2")),
        "Query table",
        None,
        "#n0 = :v0 AND #n1 BETWEEN :v1 AND :v2",
        None,
        0,
        ORG | LOCAL,
    ),
    "sort key prefix": (
        query(ORG_A, P.id.begins_with("1")),
        "Query table",
        None,
        "#n0 = :v0 AND begins_with(#n1, :v1)",
        None,
        0,
        ORG | LOCAL,
    ),
    # F6: several ranges on one sort key become the one that a key condition may have.
    "two ends": (
        query(ORG_A, P.id >= "1", P.id <= "2"),
        "Query table",
        None,
        "#n0 = :v0 AND #n1 BETWEEN :v1 AND :v2",
        None,
        0,
        ORG | LOCAL,
    ),
    "two open ends": (
        query(ORG_A, P.id > "1", P.id < "2"),
        "Query table",
        None,
        "#n0 = :v0 AND #n1 BETWEEN :v1 AND :v2",
        None,
        2,
        ORG | LOCAL,
    ),
    "half open": (
        query(ORG_A, P.id >= "1", P.id < "2"),
        "Query table",
        None,
        "#n0 = :v0 AND #n1 BETWEEN :v1 AND :v2",
        None,
        1,
        ORG | LOCAL,
    ),
    "two lower ends": (
        query(ORG_A, P.id > "1", P.id >= "2"),
        "Query table",
        None,
        "#n0 = :v0 AND #n1 >= :v1",
        None,
        0,
        ORG | LOCAL,
    ),
    "open and closed at one value": (
        query(ORG_A, P.id >= "1", P.id > "1"),
        "Query table",
        None,
        "#n0 = :v0 AND #n1 > :v1",
        None,
        0,
        ORG | LOCAL,
    ),
    "two upper ends": (
        query(ORG_A, P.id <= "3", P.id < "2"),
        "Query table",
        None,
        "#n0 = :v0 AND #n1 < :v1",
        None,
        0,
        ORG | LOCAL,
    ),
    "three ranges": (
        query(ORG_A, P.id > "1", P.id.between("2", "5"), P.id < "9"),
        "Query table",
        None,
        "#n0 = :v0 AND #n1 BETWEEN :v1 AND :v2",
        None,
        0,
        ORG | LOCAL,
    ),
    "crossed ends": (
        query(ORG_A, P.id > "2", P.id < "1"),
        "Query table",
        None,
        "#n0 = :v0 AND #n1 > :v1",
        None,
        1,
        ORG | LOCAL,
    ),
    "prefix and end": (
        query(ORG_A, P.id.begins_with("1"), P.id < "15"),
        "Query table",
        None,
        "#n0 = :v0 AND begins_with(#n1, :v1)",
        None,
        1,
        ORG | LOCAL,
    ),
    # What a key condition cannot say is tested here, since the service takes no filter on keys.
    "sort key not equal": (query(ORG_A, P.id != "1"), "Query table", None, "#n0 = :v0", None, 1, ORG | LOCAL),  # R53
    "sort key in": (query(ORG_A, P.id.in_(["1", "2"])), "Query table", None, "#n0 = :v0", None, 1, ORG | LOCAL),
    "sort key or": (
        query(ORG_A, (P.id == "1") | (P.id == "2")),
        "Query table",
        None,
        "#n0 = :v0",
        None,
        1,
        ORG | LOCAL,
    ),
    "sort key contains": (query(ORG_A, P.id.contains("1")), "Query table", None, "#n0 = :v0", None, 1, ORG | LOCAL),
    "sort key size": (query(ORG_A, P.id.size() > 1), "Query table", None, "#n0 = :v0", None, 1, ORG | LOCAL),
    "or across keys": (
        query(ORG_A, (P.id > "1") | (P.age > 3)),
        "Query table",
        None,
        "#n0 = :v0",
        None,
        1,
        ORG | LOCAL,
    ),
    "partition twice": (query(ORG_A, P.org == "b"), "Query table", None, "#n0 = :v0", None, 1, ORG | LOCAL),
    "partition not equal too": (query(ORG_A, P.org != "b"), "Query table", None, "#n0 = :v0", None, 1, ORG | LOCAL),
    # ---- filters
    "filter": (query(ORG_A, P.credit > 3), "Query table", None, "#n0 = :v0", "#n1 > :v1", 0, ORG | LOCAL),
    "filter first": (query(P.credit > 3, ORG_A), "Query table", None, "#n0 = :v0", "#n1 > :v1", 0, ORG | LOCAL),
    "filter or": (
        query(ORG_A, (P.credit > 3) | P.tags.contains("x")),
        "Query table",
        None,
        "#n0 = :v0",
        "#n1 > :v1 OR contains(#n2, :v2)",
        0,
        ORG | LOCAL,
    ),
    "nested and is flat": (
        query((P.credit > 3) & ORG_A & (P.id > "1")),
        "Query table",
        None,
        "#n0 = :v0 AND #n1 > :v1",
        "#n2 > :v2",
        0,
        ORG | LOCAL,
    ),
    # ---- R46: a full key with nothing else to test is a GetItem
    "full key": (query(ORG_A, P.id == "1"), "GetItem table", "org and id equal", None, None, 0, ORG | LOCAL),
    "full key turned round": (query(P.id == "1", ORG_A), "GetItem table", None, None, None, 0, ORG | LOCAL),
    "full key and filter": (
        query(ORG_A, P.id == "1", P.credit > 3),
        "Query table",
        None,
        "#n0 = :v0 AND #n1 = :v1",
        "#n2 > :v2",
        0,
        ORG | LOCAL,
    ),
    "full key consistently": (
        query(ORG_A, P.id == "1").consistent(),
        "GetItem table",
        None,
        None,
        None,
        0,
        ORG | LOCAL,
    ),
    # ---- local indexes
    "local range": (
        query(ORG_A, P.age > 3),
        "Query by_age",
        "org equal, range on age",
        "#n0 = :v0 AND #n1 > :v1",
        None,
        0,
        ORG | {"table": LESS, "by_size": LESS},
    ),
    "local equality": (
        query(ORG_A, P.age == 3),
        "Query by_age",
        "org and age equal",
        "#n0 = :v0 AND #n1 = :v1",
        None,
        0,
        ORG | {"table": LESS, "by_size": LESS},
    ),
    "local consistently": (
        query(ORG_A, P.age == 3).consistent(),
        "Query by_age",
        None,
        "#n0 = :v0 AND #n1 = :v1",
        None,
        0,
        ORG | {"table": LESS, "by_size": LESS},
    ),
    "local open range": (
        query(ORG_A, P.age > 3, P.age < 9),
        "Query by_age",
        None,
        "#n0 = :v0 AND #n1 BETWEEN :v1 AND :v2",
        None,
        2,
        ORG | {"table": LESS, "by_size": LESS},
    ),
    "table before local at equal fit": (
        query(ORG_A, P.age > 3, P.id > "1"),
        "Query table",
        None,
        "#n0 = :v0 AND #n1 > :v1",
        "#n2 > :v2",
        0,
        ORG | LOCAL | {"by_age": "fits no better: org equal, range on age"},
    ),
    "equality before range": (
        query(ORG_A, P.age == 3, P.id > "1"),
        "Query by_age",
        None,
        "#n0 = :v0 AND #n1 = :v1",
        "#n2 > :v2",
        0,
        ORG | {"table": "fits no better: org equal, range on id", "by_size": LESS},
    ),
    "keys-only local fetches": (
        query(ORG_A, P.size > 3),
        "Query by_size",
        None,
        "#n0 = :v0 AND #n1 > :v1",
        None,
        0,
        ORG | {"table": LESS, "by_age": LESS},
    ),
    "keys-only local, selection": (
        query(ORG_A, P.size > 3).select(P.name),
        "Query by_size",
        None,
        "#n0 = :v0 AND #n1 > :v1",
        None,
        0,
        {"table": LESS, "by_age": LESS} | ORG,
    ),
    "keys-only local cannot filter": (
        query(ORG_A, P.size > 3, P.credit > 1).select(P.name),
        "Query table",
        None,
        "#n0 = :v0",
        "#n1 > :v1 AND #n2 > :v2",
        0,
        {
            "by_age": LESS,
            "by_size": UNHELD + "credit; " + INSTEAD,
        }
        | ORG,
    ),
    "order chooses a local index": (
        query(ORG_A).order_by("age"),
        "Query by_age",
        None,
        "#n0 = :v0",
        None,
        0,
        {
            "table": "index 'table' cannot give the order of age: it is in the order of id",
            "by_size": "index 'by_size' cannot give the order of age: it is in the order of Size",
        }
        | ORG,
    ),
    # ---- global indexes
    "global": (
        query(P.email == "x"),
        "Query by_email",
        "email equal",
        "#n0 = :v0",
        None,
        0,
        {
            "table": NO_ORG,
            "by_age": NO_ORG,
            "by_size": NO_ORG,
            "by_name": NO_NAME,
            "by_colour": NO_COLOUR,
            "by_nickname": NO_NAME,
        },
    ),
    "table before global at equal fit": (  # F4
        query(P.email == "x", ORG_A),
        "Query table",
        None,
        "#n0 = :v0",
        "#n1 = :v1",
        0,
        LOCAL | ORG | {"by_email": "fits no better: email equal"},
    ),
    "global by name": (
        query(P.email == "x", ORG_A).index("gsi-email"),
        "Query by_email",
        "asked for by index()",
        "#n0 = :v0",
        "#n1 = :v1",
        0,
        {},
    ),
    "global by handle": (
        query(P.email == "x").index(P.by_email),
        "Query by_email",
        "asked for by index()",
        "#n0 = :v0",
        None,
        0,
        {},
    ),
    "consistent read keeps to the table": (  # F4 R68
        query(P.email == "x", ORG_A).consistent(),
        "Query table",
        None,
        "#n0 = :v0",
        "#n1 = :v1",
        0,
        LOCAL | ORG | {"by_email": "a global index has no consistent reads"},
    ),
    "table sort key is a filter in a global index": (  # F5
        query(P.email == "x", P.id > "1"),
        "Query by_email",
        None,
        "#n0 = :v0",
        "#n1 > :v1",
        0,
        {
            "table": NO_ORG,
            "by_age": NO_ORG,
            "by_size": NO_ORG,
            "by_name": NO_NAME,
            "by_colour": NO_COLOUR,
            "by_nickname": NO_NAME,
        },
    ),
    "included attributes": (
        query(P.name == "J", P.age > 3).select(P.email),
        "Query by_name",
        None,
        "#n0 = :v0 AND #n1 > :v1",
        None,
        0,
        {
            "table": NO_ORG,
            "by_age": NO_ORG,
            "by_size": NO_ORG,
            "by_email": NO_EMAIL,
            "by_colour": NO_COLOUR,
            "by_nickname": SPARSE,
        },
    ),
    "keys of a keys-only index": (
        query(P.colour == Colour.RED).select(P.org, P.id),
        "Query by_colour",
        None,
        "#n0 = :v0",
        None,
        0,
        {
            "table": NO_ORG,
            "by_age": NO_ORG,
            "by_size": NO_ORG,
            "by_email": NO_EMAIL,
            "by_name": NO_NAME,
            "by_nickname": NO_NAME,
        },
    ),
    # R89: an index is sparse where its key may be missing.
    "sparse with exists": (
        query(P.name == "J", P.nickname.exists()),
        "Query by_nickname",
        None,
        "#n0 = :v0",
        None,
        1,
        {
            "table": NO_ORG,
            "by_age": NO_ORG,
            "by_size": NO_ORG,
            "by_email": NO_EMAIL,
            "by_colour": NO_COLOUR,
            "by_name": (
                "index 'by_name' does not hold Size, colour, credit, flags, home, nickname, photo, scores, tags; "
                "select() what it holds, complete() it from the table, or project ALL"
            ),
        },
    ),
    "sparse with a range": (
        query(P.name == "J", P.nickname > "a").select(P.nickname),
        "Query by_nickname",
        None,
        "#n0 = :v0 AND #n1 > :v1",
        None,
        0,
        {
            "table": NO_ORG,
            "by_age": NO_ORG,
            "by_size": NO_ORG,
            "by_email": NO_EMAIL,
            "by_colour": NO_COLOUR,
            "by_name": "index 'by_name' does not hold nickname; " + INSTEAD,
        },
    ),
    "sparse asked for": (
        query(P.name == "J").index("by_nickname"),
        "Query by_nickname",
        None,
        "#n0 = :v0",
        None,
        0,
        {},
    ),
    "sparse partition is given": (
        E.query(E.level == "high"),
        "Query by_level",
        None,
        "#n0 = :v0",
        None,
        0,
        {
            "table": "its partition key attribute source is not given with ==",
            "by_place": "its partition key attribute tenant is not given with ==",
        },
    ),
    # ---- several key attributes
    "multi-attribute partition": (
        E.query(E.region == "eu", E.tenant == "t"),
        "Query by_place",
        "tenant and region equal",
        "#n0 = :v0 AND #n1 = :v1",
        None,
        0,
        {
            "table": "its partition key attribute source is not given with ==",
            "by_level": "its partition key attribute level is not given with ==",
        },
    ),
    "multi-attribute sort": (
        E.query(E.region == "eu", E.tenant == "t", E.year == 2026, E.month >= 3),
        "Query by_place",
        "tenant and region and year equal, range on month",
        "#n0 = :v0 AND #n1 = :v1 AND #n2 = :v2 AND #n3 >= :v3",
        None,
        0,
        {
            "table": "its partition key attribute source is not given with ==",
            "by_level": "its partition key attribute level is not given with ==",
        },
    ),
    "multi-attribute range ends it": (
        E.query(E.region == "eu", E.tenant == "t", E.year > 2020, E.month == 3),
        "Query by_place",
        None,
        "#n0 = :v0 AND #n1 = :v1 AND #n2 > :v2",
        None,
        1,
        {
            "table": "its partition key attribute source is not given with ==",
            "by_level": "its partition key attribute level is not given with ==",
        },
    ),
    "multi-attribute gap": (
        E.query(E.region == "eu", E.tenant == "t", E.month == 3),
        "Query by_place",
        None,
        "#n0 = :v0 AND #n1 = :v1",
        None,
        1,
        {
            "table": "its partition key attribute source is not given with ==",
            "by_level": "its partition key attribute level is not given with ==",
        },
    ),
    # ---- templates: R42, R90
    "template of the partition": (
        O.query(O.user == "u"),
        "Query table",
        "pk equal, range on sk",
        "#n0 = :v0 AND begins_with(#n1, :v1)",
        "#n2 = :v2",
        0,
        {
            "by_state": "its partition key attribute state_key is not given with ==",
            "by_line": "its partition key attribute tenant_key is not given with ==",
        },
    ),
    "template of the whole key": (
        O.query(O.user == "u", O.placed == DAY, O.number == "1"),
        "GetItem table",
        None,
        None,
        None,
        0,
        {
            "by_state": "its partition key attribute state_key is not given with ==",
            "by_line": "its partition key attribute tenant_key is not given with ==",
        },
    ),
    "constant sort key": (R.query(R.user == "u"), "GetItem table", None, None, None, 0, {}),
    "template range": (
        O.query(O.user == "u", O.placed.between(DAY, NEXT)),
        "Query table",
        None,
        "#n0 = :v0 AND #n1 BETWEEN :v1 AND :v2",
        "#n2 BETWEEN :v3 AND :v4 AND #n3 = :v5",
        0,
        {
            "by_state": "its partition key attribute state_key is not given with ==",
            "by_line": "its partition key attribute tenant_key is not given with ==",
        },
    ),
    "template index": (
        O.query(O.state == "paid", O.placed > DAY).order_by("placed", "desc"),
        "Query by_state",
        None,
        "#n0 = :v0 AND #n1 > :v1",
        "#n2 = :v2",
        0,
        {
            "table": "its partition key attribute pk is not given with ==",
            "by_line": "its partition key attribute tenant_key is not given with ==",
        },
    ),
    "template key given whole": (
        O.query(O.pk == "USER#u", O.sk.begins_with("ORDER#2026")),
        "Query table",
        None,
        "#n0 = :v0 AND begins_with(#n1, :v1)",
        "#n2 = :v2",
        0,
        {
            "by_state": "its partition key attribute state_key is not given with ==",
            "by_line": "its partition key attribute tenant_key is not given with ==",
        },
    ),
    "padded number in a template": (
        O.query(O.tenant == "t", O.state == "new", O.line > 3),
        "Query by_line",
        None,
        "#n0 = :v0 AND #n1 BETWEEN :v1 AND :v2",
        "#n2 = :v3 AND #n3 > :v4 AND #n4 = :v5",
        0,
        {"table": "its partition key attribute pk is not given with ==", "by_state": "fits no better: state_key equal"},
    ),
    # ---- a table with a partition key alone
    "partition key alone": (T.query(T.id == "1"), "GetItem table", None, None, None, 0, {}),
    # ---- raw text is planned as if it were typed: R65
    "raw key condition": (
        query(raw("org = :o AND id > :i", o="a", i="1")),
        "Query table",
        None,
        "#n0 = :v0 AND #n1 > :v1",
        None,
        0,
        ORG | LOCAL,
    ),
    "raw finds its index": (
        query(raw(":e = email", e="x")),
        "Query by_email",
        None,
        "#n0 = :v0",
        None,
        0,
        {
            "table": NO_ORG,
            "by_age": NO_ORG,
            "by_size": NO_ORG,
            "by_name": NO_NAME,
            "by_colour": NO_COLOUR,
            "by_nickname": NO_NAME,
        },
    ),
    # ---- R91: what an index lacks comes from the table, if that is asked for
    "completed": (
        query(P.colour == Colour.RED).complete(),
        "Query by_colour",
        "colour equal",
        "#n0 = :v0",
        None,
        0,
        OTHER_THAN_COLOUR,
    ),
    "completed, what it can tell and what not": (
        query(P.colour == Colour.RED, P.id > "1", P.credit > 3).complete(),
        "Query by_colour",
        "colour equal",
        "#n0 = :v0",
        "#n1 > :v1",
        1,
        OTHER_THAN_COLOUR,
    ),
    "whole before completed at equal fit": (
        query(P.name == "J", P.email == "x").complete(),
        "Query by_email",
        "email equal",
        "#n0 = :v0",
        "#n1 = :v1",
        0,
        {
            "table": NO_ORG,
            "by_age": NO_ORG,
            "by_size": NO_ORG,
            "by_name": "fits no better: name equal",
            "by_colour": NO_COLOUR,
            "by_nickname": SPARSE,
        },
    ),
    "completed where it fits better": (
        query(P.name == "J", P.age > 3, P.credit > 1).complete(),
        "Query by_name",
        "name equal, range on age",
        "#n0 = :v0 AND #n1 > :v1",
        None,
        1,
        {
            "table": NO_ORG,
            "by_age": NO_ORG,
            "by_size": NO_ORG,
            "by_email": NO_EMAIL,
            "by_colour": NO_COLOUR,
            "by_nickname": SPARSE,
        },
    ),
    "completed scan of an index": (
        P.scan(P.credit > 3, P.id > "1").index("by_colour").complete(),
        "Scan by_colour",
        "",
        None,
        "#n0 > :v0",
        0,
        {},
    ),
    # ---- R49: an order that no index has, and one that an index has though it need not
    "sorted in memory": (
        query(ORG_A).order_by("credit", "desc", in_memory=9),
        "Query table",
        "org equal",
        "#n0 = :v0",
        None,
        0,
        ORG | LOCAL,
    ),
    "in the order of an index after all": (
        query(ORG_A).order_by("age", "desc", in_memory=9),
        "Query by_age",
        "org equal",
        "#n0 = :v0",
        None,
        0,
        ORG | {"table": LESS, "by_size": LESS},
    ),
    # ---- scans and nothing at all
    "scan": (P.scan(), "Scan table", "", None, None, 0, {}),
    "scan with filter on keys": (P.scan(P.id > "1"), "Scan table", "", None, "#n0 > :v0", 0, {}),
    "scan of an index": (P.scan().index("by_email"), "Scan by_email", "", None, None, 0, {}),
    "empty in": (query(ORG_A, P.id.in_([])), "nothing table", "", None, None, 0, {}),  # R57
    "empty in of a scan": (P.scan(P.age.in_([])), "nothing table", "", None, None, 0, {}),
}


@pytest.mark.parametrize("case", PLANS)
def test_plan(case):  # R60 R65 R48 R91
    """Index and reason, key condition, filter, how much is tested here, and why each other index was not taken."""
    query, where, reason, key, filter_, residual, rejected = PLANS[case]

    found = query.explain()

    assert (where, key, filter_, residual, rejected) == (
        f"{found.operation} {found.index}",
        found.key_condition,
        found.filter,
        found.residual,
        dict(found.rejected),
    )
    assert reason is None or reason == found.reason


def test_the_table_has_at_least_sixty_cases():  # R60
    """The table is the proof; it may grow, never shrink."""
    assert len(PLANS) >= 60


VALUES = {
    "template of the partition": {":v0": {"S": "USER#u"}, ":v1": {"S": "ORDER#"}, ":v2": {"S": "Order"}},
    "template range": {
        ":v1": {"S": f"ORDER#{TEXT}"},
        # The least text above everything of the last day that is meant, whatever number follows.
        ":v2": {"S": f"ORDER#{NEXT_TEXT[:-1]}["},
        ":v3": {"S": TEXT},
        ":v4": {"S": NEXT_TEXT},
    },
    "padded number in a template": {":v0": {"S": "TENANT#t"}, ":v1": {"S": "new#0003"}, ":v2": {"S": "new$"}},
    "three ranges": {":v1": {"S": "2"}, ":v2": {"S": "5"}},
}


@pytest.mark.parametrize("case", VALUES)
def test_values_of_a_computed_key(case):  # R90
    """What the planner computes for a key: templates are filled, and ranges reach exactly as far as they must."""
    values = PLANS[case][0].explain().body["ExpressionAttributeValues"]

    assert {name: values[name] for name in VALUES[case]} == VALUES[case]


REFUSED = {
    "no key at all": (
        query(P.credit > 3),
        errors.ScanNotAllowedError,
        "Give the partition key (org) with ==",
    ),  # R51 G10
    "equality without index": (query(P.credit == 3), errors.ScanNotAllowedError, "Declare GlobalIndex(credit)"),
    "sort key alone": (query(P.id == "1"), errors.ScanNotAllowedError, "Declare GlobalIndex(id)"),
    "no condition": (query(), errors.ScanNotAllowedError, "scan() by name"),
    "partition by range": (query(P.org > "a"), errors.ScanNotAllowedError, "with =="),
    "partition by prefix": (query(P.org.begins_with("a")), errors.ScanNotAllowedError, "with =="),  # R55
    "or across partitions": (query((P.org == "a") | (P.email == "x")), errors.ScanNotAllowedError, "with =="),
    "not a partition": (query(~(P.org == "a")), errors.ScanNotAllowedError, "with =="),
    "partition is None": (query(P.org == None), errors.ScanNotAllowedError, "with =="),  # noqa: E711
    "part of a template": (Order.query(Order.number == "1"), errors.ScanNotAllowedError, "Declare GlobalIndex(number)"),
    "half of a multi-attribute key": (
        E.query(E.tenant == "t"),
        errors.ScanNotAllowedError,
        "Declare GlobalIndex(tenant)",
    ),
    "no index on the model": (Place.query(Place.people > 3), errors.ScanNotAllowedError, "(country)"),
    "raw that no key serves": (
        query(raw("credit = :c", c=1)),
        errors.ScanNotAllowedError,
        "Declare GlobalIndex(credit)",
    ),
    "consistent read of a global index": (  # F4 R68
        query(P.email == "x").consistent(),
        errors.InvalidConsistencyError,
        "only global index 'by_email' serves",
    ),
    "consistent read of a named global index": (
        query(P.email == "x").index("by_email").consistent(),
        errors.InvalidConsistencyError,
        "no consistent reads",
    ),
    "consistent scan of a global index": (
        P.scan().index("by_email").consistent(),
        errors.InvalidConsistencyError,
        "no consistent reads",
    ),
    "order by what is no sort key": (  # G2 R49
        query(ORG_A).order_by("credit"),
        errors.InvalidOrderError,
        "index 'table' cannot give the order of credit",
    ),
    "order of an index without sort key": (
        query(P.email == "x").order_by("id"),
        errors.InvalidOrderError,
        "it has no order",
    ),
    "order of a named index": (
        query(P.email == "x").index("by_email").order_by("id"),
        errors.InvalidOrderError,
        "it has no order",
    ),
    "order inside a template": (
        # By number only within one moment; `placed` stands before it.
        Order.query(Order.user == "u").order_by("number"),
        errors.InvalidOrderError,
        "in the order of sk",
    ),
    "order by a part that sorts otherwise": (
        Invoice.query(I.tenant == "t", I.year == 2026).order_by("state"),
        errors.InvalidOrderError,
        "in the order of sk",
    ),
    "order of a scan": (P.scan().order_by("id"), errors.InvalidOrderError, "a scan has no order"),
    "reversed scan": (P.scan().reverse(), errors.InvalidOrderError, "a scan has no order"),
    "index that does not fit": (
        query(ORG_A).index("by_email"),
        errors.InvalidRequestError,
        "index 'by_email' cannot serve the query: its partition key attribute email",
    ),
    "index that holds too little": (
        query(P.colour == Colour.RED),
        errors.InvalidRequestError,
        "index 'by_colour' does not hold",
    ),
    "index that lacks what is selected": (
        query(P.name == "J").index("by_name").select(P.email, P.credit),
        errors.InvalidRequestError,
        "does not hold credit;",
    ),
    "index that lacks what is filtered": (
        query(P.name == "J", P.credit > 3).index("by_name").select(P.email),
        errors.InvalidRequestError,
        "does not hold credit;",
    ),
    "scan of an index that holds too little": (
        P.scan().index("by_colour"),
        errors.InvalidRequestError,
        "does not hold",
    ),
    "scan that filters what an index lacks": (
        P.scan(P.credit > 3).index("by_colour").select(P.id),
        errors.InvalidRequestError,
        "does not hold credit;",
    ),
    "order of a sparse index": (
        Chore.query(Chore.owner == "o").order_by("due"),
        errors.InvalidOrderError,
        "Index 'by_due' has this order, but items without due are not in index 'by_due'; add exists(), or ask",
    ),
    "or of one partition key": (
        query((P.org == "a") | (P.org == "b"), P.credit == 3),
        errors.ScanNotAllowedError,
        "Write Person.org.in_([...]) instead of the OR",
    ),
    "or of what makes a partition key": (
        Order.query((O.user == "u") | O.user.in_(["v", "w"])),
        errors.ScanNotAllowedError,
        "Write Order.user.in_([...]) instead of the OR",
    ),
    "or of what is no key": (
        query((P.credit == 1) | (P.credit == 2)),
        errors.ScanNotAllowedError,
        "Give the partition key (org) with ==",
    ),
    "or inside a document": (
        query((P.home.city == "a") | (P.home.city == "b")),
        errors.ScanNotAllowedError,
        "Give the partition key (org) with ==",
    ),
    "or of ranges": (query((P.org > "a") | (P.org > "b")), errors.ScanNotAllowedError, "Give the partition key (org)"),
    "several partitions of a global index, read consistently": (
        query(P.email.in_(["x", "y"])).consistent(),
        errors.InvalidConsistencyError,
        "only global index 'by_email' serves",
    ),
    "several partitions of a named index in another order": (
        query(P.email.in_(["x", "y"])).index("by_email").order_by("id"),
        errors.InvalidOrderError,
        "index 'by_email' cannot give the order of id",
    ),
    "several partitions that change nothing": (
        query(P.email == "x", P.credit.in_([1, 2])).order_by("id"),
        errors.InvalidOrderError,
        "index 'by_email' cannot give the order of id",
    ),
    "several values of what a named index has not": (
        query(P.org.in_(["a", "b"])).index("by_email"),
        errors.InvalidRequestError,
        "index 'by_email' cannot serve the query: its partition key attribute email",
    ),
    "sparse index by itself": (
        query(P.name == "J").order_by("nickname"),
        errors.InvalidOrderError,
        "cannot give the order of nickname",
    ),
}


@pytest.mark.parametrize("case", REFUSED)
def test_refusal(case):  # R49 R51 R60 R68
    """What cannot be planned is refused before anything is sent, with the way out; never a silent scan.

    The error names model and operation.
    """
    query, error, says = REFUSED[case]

    with pytest.raises(error) as caught:
        query.explain()

    assert says in str(caught.value)
    model = query._request.spec.name
    verb = "scan" if query._request.scan and error is not errors.InvalidConsistencyError else "query"
    assert (caught.value.model, caught.value.op) == (model, f"{model}.{verb}")


def test_unknown_index_is_refused_even_if_the_table_would_do():  # G9
    """The Go library used any name that was not there."""
    with pytest.raises(errors.IndexNotFoundError):
        query(ORG_A).index("gsi-nothing")


@pytest.mark.parametrize(
    ("query", "attribute"),
    [
        (query(ORG_A).order_by("id"), "table"),
        (query(ORG_A).order_by(P.age, "desc"), "by_age"),
        (Order.query(Order.user == "u").order_by("placed"), "table"),
        (Order.query(Order.user == "u", Order.placed == DAY).order_by("number"), "table"),
        (Order.query(Order.user == "u", Order.placed == DAY).order_by("placed"), "table"),
        (I.query(I.tenant == "t").order_by("year"), "table"),
        (I.query(I.tenant == "t", I.year == 2026, I.state == Colour.RED).order_by("note"), "table"),
        (E.query(E.tenant == "t", E.region == "r").order_by("year"), "by_place"),
        (E.query(E.tenant == "t", E.region == "r", E.year == 2026).order_by("month"), "by_place"),
        (query(ORG_A).reverse(), "table"),
    ],
)
def test_orders_that_an_index_gives(query, attribute):  # R49
    """By the sort key, by the part of a template that decides, and by what is the same for all."""
    assert query.explain().index == attribute


def test_summary_of_an_explanation_reads_as_a_sentence():  # R60
    """One line that a person can read: what, why, and why not otherwise."""
    forced = query(ORG_A, P.id != "1", P.credit > 3).index("by_age").explain()
    assert forced.summary == (
        "Query on by_age; asked for by index(); then a filter, which drops items after reading them. Each request "
        "costs 0.5 to 128 read units (eventually consistent: half a unit for each 4 KB, rounded up, of all that is "
        "read, what a filter drops included, 1 MB at most)."
    )
    completed = query(P.colour == Colour.RED, P.credit > 3).complete().order_by("credit", in_memory=9).explain()
    assert completed.summary.startswith(
        "Query on by_colour; colour equal; 1 condition(s) tested here; what the index lacks is read from the table by "
        "key; sorted here, in memory. Not used: table ("
    )
    tested = query(ORG_A, P.id != "1").explain()
    assert tested.summary.startswith(
        "Query on table; org equal; 1 condition(s) on the key tested here. Not used: by_age (fits no better: org equal)"
    )
