"""A field of another model is refused wherever it is given, before anything is sent; what is the model's own is not."""

from __future__ import annotations

import copy
import pickle
from datetime import UTC, datetime
from typing import Generic, TypeVar

import pytest

from dynamorm_async import (
    Attr,
    Collection,
    Document,
    GlobalIndex,
    Model,
    Nested,
    Session,
    attr,
    computed,
    partition_key,
    raw,
    sort_key,
    ttl,
    version,
)
from dynamorm_async.errors import InvalidRequestError, UnknownFieldError
from dynamorm_async.testing import FakeSession
from tests.support.scripted import ScriptedTransport

T = TypeVar("T")


class Place(Document):
    city: Attr[str] = attr(default="")


class Stamped(Document):
    """A mixin."""

    note: Attr[str] = attr(default="")


class Pupil(Stamped, Model[str, str], table="pupils"):
    school: Attr[str] = partition_key()
    id: Attr[str] = sort_key()
    age: Attr[int] = attr(default=0)
    marks: Attr[list[int]] = attr(factory=list)
    home: Nested[Place] = attr(factory=Place)
    rank: Attr[str | None] = attr(default=None)
    label: Attr[str] = computed("{school}-{rank}")

    by_rank = GlobalIndex(rank)


class Prefect(Pupil, table="pupils"):
    """Shares the table, has a field more, and one in another form."""

    duty: Attr[int] = attr(default=0)
    rank: Attr[int | None] = attr(default=None)  # type: ignore[assignment]  # in another form


class Owned(Model, abstract=True):
    """Its key is made of a field that only a model has."""

    pk: Attr[str] = partition_key("{kind}#{owner}")
    owner: Attr[str]
    home: Nested[Place] = attr(factory=Place)
    until: Attr[datetime | None] = ttl()


class Kept(Owned, Generic[T], abstract=True):
    """A base of a base, and a type that only a model knows."""

    value: Attr[T]


class Box(Kept[int], table="boxes"):
    kind: Attr[str] = attr(default="box")
    value: Attr[int]


class Counted(Model[str], table="counted"):
    id: Attr[str] = partition_key()
    version: Attr[int] = version()


class Club(Model[str, int], table="clubs"):
    """Has names of a pupil for other things."""

    school: Attr[str] = partition_key()
    id: Attr[int] = sort_key()
    age: Attr[str] = attr(default="")
    marks: Attr[list[str]] = attr(factory=list)
    fee: Attr[int] = attr(default=0)
    home: Nested[Place] = attr(factory=Place)


PUPIL = Pupil(school="s", id="1")
KEY = ("s", "1")
QUERY = Pupil.query(Pupil.school == "s")
FOREIGN = {
    "update": ("update", "fee", lambda: PUPIL.update(Club.fee.set(1)).call()),
    "update of a name that both have": ("update", "age", lambda: PUPIL.update(Club.age.set("x")).call()),
    "update inside a document": ("update", "home", lambda: PUPIL.update(Club.home.city.set("x")).call()),
    "update by key": ("update", "age", lambda: Pupil.with_key(*KEY).update(Club.age.set("x")).call()),
    "update of an element": ("update", "marks", lambda: PUPIL.update(Club.marks[0].set("x")).call()),
    "try_update": ("update", "fee", lambda: PUPIL.try_update(Club.fee.set(1)).call()),
    "value of an update": ("update", "fee", lambda: PUPIL.update(Pupil.age.set(Club.fee)).call()),
    "sum": ("update", "fee", lambda: PUPIL.update(Pupil.age.set(Pupil.age + Club.fee)).call()),
    "if_not_exists": ("update", "fee", lambda: PUPIL.update(Pupil.age.set(Club.fee.if_not_exists(1))).call()),
    "condition of an update": ("update", "fee", lambda: PUPIL.update(age=1, if_=Club.fee.not_exists()).call()),
    "condition of a put": ("put", "age", lambda: PUPIL.put(if_=Club.age == "x").call()),
    "condition of a create": ("create", "age", lambda: PUPIL.create(if_=Club.age == "x").call()),
    "condition of a save": ("save", "age", lambda: PUPIL.save(if_=Club.age == "x").call()),
    "condition of a move": ("move", "age", lambda: PUPIL.move(id="2", if_=Club.age == "x").call()),
    "condition of a deletion": ("delete", "fee", lambda: PUPIL.delete(if_=Club.fee.not_exists()).call()),
    "condition inside others": (
        "delete",
        "fee",
        lambda: PUPIL.delete(if_=~((Pupil.age == 1) & (Pupil.age.exists() | Club.fee.between(1, 2)))).call(),
    ),
    "compared field": ("delete", "fee", lambda: PUPIL.delete(if_=Pupil.age == Club.fee).call()),
    "compared size": ("delete", "marks", lambda: PUPIL.delete(if_=Pupil.marks.size() > Club.marks.size()).call()),
    "query": ("query", "id", lambda: Pupil.query(Pupil.school == "s", Club.id == 1)),
    "query of a name alike in both": ("query", "school", lambda: Pupil.query(Club.school == "s")),
    "scan": ("scan", "age", lambda: Pupil.scan(Club.age == "x")),
    "where": ("query", "age", lambda: QUERY.where(Club.age.in_(["x"]))),
    "where of a scan": ("scan", "age", lambda: Pupil.scan().where(Club.age.contains("x"))),
    "value of a fluent condition": ("query", "fee", lambda: QUERY.where("age", ">", Club.fee)),
    "select": ("select", "age", lambda: QUERY.select(Pupil.id, Club.age)),
    "only": ("only", "age", lambda: QUERY.only(Club.age)),
    "order_by": ("order_by", "id", lambda: QUERY.order_by(Club.id)),
    "from_input": ("from_input", "age", lambda: Pupil.from_input({"age": 1}, allow=[Club.age])),
}


@pytest.mark.parametrize("case", FOREIGN)
def test_a_field_of_another_model_is_refused(case):
    """Equal names do not make it the same field: it would be stored in another form, or never be found."""
    verb, field, make = FOREIGN[case]

    with pytest.raises(UnknownFieldError) as caught:
        make()

    error = caught.value
    assert (f"Pupil.{verb}", "Pupil") == (error.op, error.model)
    assert f"Pupil.{verb}: Club.{field} is a field of another model, not of Pupil." in str(error)
    assert error.hint == (f"Write Pupil.{field}." if field != "fee" else error.hint)


@pytest.mark.asyncio
async def test_nothing_of_it_is_sent():
    """Nor does a transaction keep what was refused."""
    transport = ScriptedTransport(lambda _: {})
    async with Session(transport=transport) as db:
        transaction = db.transaction()
        for refused in (
            lambda: transaction.update(PUPIL, Club.fee.set(1)),
            lambda: transaction.update(Pupil.key(*KEY), age=1, if_=Club.fee.exists()),
            lambda: transaction.put(PUPIL, if_=Club.fee.exists()),
            lambda: transaction.create(PUPIL, if_=Club.fee.exists()),
            lambda: transaction.delete(PUPIL, if_=Club.fee.exists()),
            lambda: transaction.check(Pupil.key(*KEY), Club.fee == 1),
        ):
            with pytest.raises(UnknownFieldError, match=r"^Pupil\.\w+: Club\.fee is"):
                refused()
        with pytest.raises(UnknownFieldError):
            await PUPIL.update(Club.fee.set(1))

    assert (0, []) == (len(transaction), transport.calls)


@pytest.mark.asyncio
async def test_an_expectation_of_another_model_is_refused():
    """A test that expects what cannot come would fail elsewhere, in other words."""
    async with FakeSession() as db:
        expected = db.expect_query(Pupil).any_times()
        with pytest.raises(UnknownFieldError):
            expected.with_condition(Club.age == "x")


@pytest.mark.asyncio
async def test_what_mutate_stores_is_of_the_model_that_it_reads():
    """Another model's instance would be stored elsewhere, and the item stay as it was."""
    async with FakeSession() as db:
        db.expect_get(Counted).will_return(Counted(id="1"))
        with pytest.raises(InvalidRequestError, match=r"Counted\.mutate: the change returned Pupil, not Counted"):
            await Counted.mutate("1", lambda _: PUPIL)


OWN = {
    "all kinds of conditions": lambda: QUERY.where(
        Pupil.age.between(1, 2), Pupil.home.city.begins_with("x"), ~Pupil.marks[0].exists(), Pupil.marks.size() > 1
    ),
    "of a mixin": lambda: QUERY.where(Stamped.note == "x"),
    "of a mixin, by the model": lambda: QUERY.where(Pupil.note == "x"),
    "of a parent": lambda: Prefect.query(Pupil.school == "s", Pupil.age > 1, Pupil.home.city == "x"),
    "of a subclass": lambda: QUERY.where(Prefect.age == 1).select(Prefect.age).order_by(Prefect.id),
    "action of a parent": lambda: Prefect.with_key(*KEY).update(Pupil.age.add(1), if_=Pupil.home.city == "x"),
    "action of a subclass": lambda: PUPIL.update(Prefect.age.add(1)),
    "of an abstract base": lambda: Box.query(Owned.pk == "box#me", Owned.home.city == "x").select(Owned.owner),
    "of the base of a base": lambda: Box.query(Kept.pk == "box#me").order_by(Kept.until, in_memory=3),
    "action of an abstract base": lambda: Box.with_key(kind="box", owner="me").update(Owned.home.city.set("x")),
    "time of an abstract base": lambda: Box.query(Owned.pk == "box#me", Owned.until > datetime.now(UTC)),
    "a computed field": lambda: PUPIL.delete(if_=Pupil.label == "s-1"),
    "the key of an index": lambda: Pupil.query(Pupil.rank == "1").index(Pupil.by_rank),
    "raw": lambda: QUERY.where(raw("age > :age AND home.city = :city", age=1, city="x")),
    "copied": lambda: QUERY.where(copy.deepcopy(Pupil.age == 1), copy.deepcopy(Pupil.home.city == "x")),
    "of an abstract base, from another process": lambda: Box.scan(pickle.loads(pickle.dumps(Kept.owner == "me"))),
    "from another process": lambda: QUERY.where(pickle.loads(pickle.dumps((Pupil.age == 1) & (Stamped.note == "")))),
}


@pytest.mark.parametrize("case", OWN)
def test_a_field_that_the_model_has_is_taken(case):
    """Its own, those of its bases and subclasses that are alike, and those inside its documents."""
    assert OWN[case]().call() is not None


def test_the_value_for_a_field_of_an_abstract_base_is_stored_as_the_models():
    """In the same form, a TTL in seconds for one."""
    when = datetime(2026, 11, 21, tzinfo=UTC)

    assert (
        Box.query(Owned.pk == "box#me", Owned.until > when).call()
        == Box.query(Box.pk == "box#me", Box.until > when).call()
    )


def test_a_field_of_an_abstract_base_whose_type_only_the_model_knows_is_the_models():
    """The error says what to write."""
    with pytest.raises(UnknownFieldError) as caught:
        Box.query(Owned.pk == "box#me", Kept.value == 1)

    assert caught.value.hint == "Write Box.value."


def test_what_a_relative_has_in_another_form_is_refused():
    """A subclass that declares a field anew, and one that only the subclass has."""
    for wrong in (
        lambda: Prefect.query(Pupil.rank == "1"),
        lambda: Pupil.query(Prefect.rank == 1),
        lambda: PUPIL.update(Prefect.duty.set(1)).call(),
    ):
        with pytest.raises(UnknownFieldError):
            wrong()


def test_a_field_of_a_document_by_itself_is_refused():
    """It is reached through the model, or it would mean an attribute of the item."""
    with pytest.raises(UnknownFieldError, match=r"Place\.city is a field of another model"):
        QUERY.where(Place.city == "x")


def pupils():
    """The same class once more, as a notebook makes it."""

    class Pupil(Model[str, str], table="pupils"):
        school: Attr[str] = partition_key()
        id: Attr[str] = sort_key()
        age: Attr[int] = attr(default=0)
        marks: Attr[list[str]] = attr(factory=list)

    return Pupil


def test_a_class_that_was_made_again_understands_the_expressions_of_the_former():
    """Where they say the same; a field that has another type since is named."""
    former, again = pupils(), pupils()

    assert (
        again.query(former.school == "s", former.age > 1).call()
        == again.query(again.school == "s", again.age > 1).call()
    )
    with pytest.raises(UnknownFieldError, match=r"Pupil\.marks is a field of another class Pupil, or was declared"):
        again.query(Pupil.marks == [1])


class Other(Model[str], table="others"):
    user: Attr[str] = partition_key()
    total: Attr[int] = attr(default=0)


class Profile(Model[str, str], table="mixed", tag=True):
    user: Attr[str] = partition_key()
    part: Attr[str] = sort_key()
    total: Attr[str] = attr(default="")


class Purchase(Model[str, str], table="mixed", tag=True):
    user: Attr[str] = partition_key()
    part: Attr[str] = sort_key()
    total: Attr[int] = attr(default=0)


def test_a_collection_takes_the_fields_of_each_of_its_models():
    """In the form of the one that they are of, and no others."""
    both = Collection(Profile, Purchase)

    values = [
        both.query(Purchase.user == "u", total).call().body["ExpressionAttributeValues"].values()
        for total in (Profile.total == "1", Purchase.total == 1, copy.deepcopy(Purchase.total == 1))
    ]

    assert [{"S": "1"} in found for found in values] == [True, False, False]
    assert [{"N": "1"} in found for found in values] == [False, True, True]
    with pytest.raises(UnknownFieldError, match=r"^Profile\+Purchase\.scan: Pupil\.age is"):
        both.scan(Pupil.age == 1)
    with pytest.raises(UnknownFieldError, match=r"Write Profile\.total"):
        both.query(Profile.user == "u").where(Other.total == 1)


def test_plans_that_are_kept_by_shape_are_filled_with_the_values_of_each_query():
    """A query that a model has planned does not let the same names of another model through."""
    QUERY.where(Pupil.age == 1).call()

    with pytest.raises(UnknownFieldError):
        QUERY.where(Club.age == "1").call()
