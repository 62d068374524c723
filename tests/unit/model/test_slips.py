"""What a newcomer gets wrong is refused where it stands, in words that name the fix."""

from __future__ import annotations

import asyncio
import gc
import warnings

import pytest

from dynamorm_async import Attr, Collection, Model, Session, attr, partition_key, sort_key
from dynamorm_async.errors import InvalidRequestError, ModelDefinitionError, TableInUseError, TableNotFoundError
from dynamorm_async.testing import FakeSession


class Pupil(Model[str, str], table="pupils", tag=True):
    school: Attr[str] = partition_key()
    id: Attr[str] = sort_key()
    email: Attr[str] = attr(default="")
    age: Attr[int] = attr(default=0)
    tags: Attr[set[str]] = attr(factory=set)


class Teacher(Model[str, str], table="pupils", tag=True):
    school: Attr[str] = partition_key()
    id: Attr[str] = sort_key()


@pytest.fixture
def pupil():
    """An instance that was never stored."""
    return Pupil(school="s", id="1")


@pytest.mark.parametrize(
    "forget",
    [
        lambda pupil: pupil.create(),
        lambda pupil: pupil.put(),
        lambda pupil: pupil.update(age=1),
        lambda pupil: pupil.delete(),
        lambda pupil: pupil.try_update(age=1),
        lambda pupil: pupil.put().outcome(),
        lambda pupil: pupil.put().returning("old"),
        lambda pupil: Pupil.with_key("s", "1").delete(),
    ],
    ids=["create", "put", "update", "delete", "try_update", "outcome", "returning", "with_key"],
)
def test_a_write_that_nobody_awaits_is_told_of_at_its_line(forget, pupil):
    """Nothing was written, and without a word nobody would notice."""
    with pytest.warns(RuntimeWarning, match="put `await` before it") as told:
        forget(pupil)

    assert [__file__] == [one.filename for one in told]


def test_a_write_that_is_used_is_not_told_of(pupil):
    """Looking at the request is a use; so is awaiting, however it ends, and on any of the handles made of it."""

    async def use():
        for handle in (pupil.put(), pupil.put().outcome(), pupil.put().returning("old"), pupil.update(age=1)):
            with pytest.raises(Exception, match="no session"):
                await handle

    with warnings.catch_warnings():
        warnings.simplefilter("error")
        asyncio.run(use())
        pupil.put().call()
        pupil.put().outcome().call()
        pupil.update(age=2).returning("old").call()
        with pytest.raises(InvalidRequestError):
            pupil.update(age=2).returning("nothing")
        gc.collect()


TOGETHER = pytest.mark.parametrize("together", ["transaction", "batch"])


@TOGETHER
def test_writes_put_together_that_nobody_sends_are_told_of(together, pupil):
    """A transaction or a batch outside of ``async with``, and without its ``execute()``."""

    async def forget():
        async with FakeSession() as db:
            getattr(db, together)().put(pupil)

    with pytest.warns(RuntimeWarning, match="put together and never sent"):
        asyncio.run(forget())


@TOGETHER
def test_writes_put_together_are_not_told_of_where_they_are_sent_or_given_up(together, pupil):
    """Sent, which this session refuses; dropped with the block that raised; or none at all."""

    async def give_up():
        async with FakeSession() as db:
            getattr(db, together)()
            with pytest.raises(LookupError):
                async with getattr(db, together)() as writes:
                    writes.put(pupil)
                    raise LookupError
            await getattr(db, together)().put(pupil).execute()

    with warnings.catch_warnings():
        warnings.simplefilter("error")
        with pytest.raises(AssertionError):
            asyncio.run(give_up())
        gc.collect()


@pytest.mark.parametrize(
    ("slip", "error", "text"),
    [
        (lambda: Pupil.get("s", "1").email, AttributeError, "Await it first: (await ...).email"),
        (lambda: Pupil.query(Pupil.school == "s").mails, AttributeError, "Await it first"),
        (lambda: list(Pupil.query(Pupil.school == "s")), TypeError, "Write `await` before it, or `async for`"),
        (lambda: len(Pupil.query(Pupil.school == "s")), TypeError, "<Pupil.query, not awaited> holds no items yet"),
        (lambda: Pupil.scan()[0], TypeError, "holds no items yet"),
        (lambda: bool(Pupil.scan()), TypeError, "holds no items yet"),
        (lambda: "x" in Pupil.scan(), TypeError, "holds no items yet"),
        (lambda: Session().__enter__(), TypeError, "`async with`"),
        (lambda: Pupil.query(Pupil.school == "s").select("id"), InvalidRequestError, "Write select(Pupil.school, ...)"),
        (lambda: Pupil.query(Pupil.school == "s").only("id"), InvalidRequestError, "Write only(Pupil.school, ...)"),
        (lambda: Pupil.query("s"), InvalidRequestError, "as in Pupil.school == value"),
        (lambda: Pupil.query(Pupil.school == "s").order_by("-id"), InvalidRequestError, "Did you mean 'id'?"),
        (lambda: Pupil.with_key("s", "1").update(age=Pupil.age + 1), InvalidRequestError, "Pupil.age.set(...)"),
    ],
)
def test_what_is_refused_at_once(slip, error, text):
    """Before anything is sent."""
    with pytest.raises(error) as caught:
        slip()

    assert text in str(caught.value)


@pytest.mark.parametrize(
    ("action", "text"),
    [
        (Pupil.age == 3, "not a condition (== compares). Write User.age.set(3)"),
        (Pupil.age + 1, "not a value that is not set to anything"),
        ("age", "not str"),
    ],
)
def test_what_is_no_action(action, text):
    """A comparison, or a computed value that nothing is set to."""
    handle = Pupil.with_key("s", "1").update(action)

    with pytest.raises(InvalidRequestError) as caught:
        handle.call()

    assert text in str(caught.value)


def test_a_misspelt_option_of_a_model_is_named():
    """Python itself would say that there are no options at all."""
    with pytest.raises(ModelDefinitionError, match="'tabel' is no option of a model"):

        class Wrong(Model[str], tabel="wrong"):
            id: Attr[str] = partition_key()


def test_options_of_other_bases_reach_them():
    """A base beside Model may take options of its own."""

    class Base:
        def __init_subclass__(cls, *, colour="", **options):
            super().__init_subclass__(**options)
            cls.colour = colour

    class Painted(Base, Model[str], table="painted", colour="red"):
        id: Attr[str] = partition_key()

    class PaintedToo(Model[str], Base, table="painted", colour="blue"):
        id: Attr[str] = partition_key()

    assert (Painted.colour, PaintedToo.colour) == ("red", "blue")


def test_a_missing_table_is_named():
    """And one that is in the way."""
    assert str(TableNotFoundError(table="pupils")).startswith("there is no table 'pupils' here. Create it with")
    assert "'pupils' exists already" in str(TableInUseError(table="pupils"))
    assert "answered ResourceNotFoundException" in str(TableNotFoundError(code="ResourceNotFoundException"))


# ---------------------------------------------------------------- what the prompt shows

SECRET = "555-0100"


@pytest.mark.parametrize(
    ("thing", "shown"),
    [
        (Pupil.age >= 18, "<Condition: age >= …>"),
        ((Pupil.email == SECRET) & (Pupil.age < 3), "<Condition: email = … AND age < …>"),
        (
            ((Pupil.email == SECRET) | (Pupil.age < 3)) & ~(Pupil.age != 5),
            "<Condition: (email = … OR age < …) AND NOT age <> …>",
        ),
        (~((Pupil.age < 3) & (Pupil.age > 1)), "<Condition: NOT (age < … AND age > …)>"),
        (Pupil.email.begins_with(SECRET), "<Condition: begins_with(email, …)>"),
        (Pupil.tags.contains(SECRET), "<Condition: contains(tags, …)>"),
        (Pupil.tags.size() > 3, "<Condition: size(tags) > …>"),
        (Pupil.age.between(1, 2), "<Condition: age BETWEEN … AND …>"),
        (Pupil.email.in_([SECRET, "x"]), "<Condition: email IN (2 values)>"),
        (Pupil.email.exists(), "<Condition: attribute_exists(email)>"),
        (Pupil.email.not_exists(), "<Condition: attribute_not_exists(email)>"),
        (Pupil.age.add(1), "<Action: SET age = age + …>"),
        (Pupil.email.set(SECRET), "<Action: SET email = …>"),
        (Pupil.email.remove(), "<Action: REMOVE email>"),
        (Pupil.tags.add({SECRET}), "<Action: ADD tags …>"),
        (Pupil.age + 1, "<age + …>"),
    ],
)
def test_expressions_are_shown_in_words_without_their_values(thing, shown):
    """One line, as DynamoDB would have it, and a value is three dots."""
    assert repr(thing) == shown


def test_everything_else_is_one_line_without_values(pupil):
    """Handles, plans, keys and whatever else comes to the prompt."""
    pupil.email = SECRET
    key = Pupil.key("s", SECRET)
    query = Pupil.query(Pupil.school == SECRET, Pupil.age >= 18)
    things = [key, Pupil.with_key("s", SECRET), query, query.explain(), query.plan(), query.limit(3), Pupil.scan()]
    things += [
        Pupil.get("s", SECRET),
        Collection(Pupil, Teacher),
        Pupil.__dynamorm_spec__,
        Session(),
        Session().metrics,
    ]

    for thing in things:
        assert SECRET not in repr(thing)
        assert "\n" not in repr(thing)
        assert " at 0x" not in repr(thing)
        assert len(repr(thing)) <= 200, repr(thing)


@pytest.mark.parametrize("verb", ["batch_put", "batch_delete"])
def test_one_item_where_a_list_belongs(verb, pupil):
    """Python would say that an instance cannot be iterated, from somewhere inside."""

    async def slip():
        async with FakeSession() as db:
            await getattr(db, verb)(pupil)

    with pytest.raises(InvalidRequestError, match=r"the items are a list, not one Pupil\. Write \[item, \.\.\.\]"):
        asyncio.run(slip())


@pytest.mark.parametrize(
    ("call", "text"),
    [
        (lambda db, one: db.statements([one, one]), r"statements: .*not list.*statements\(\*several\)"),
        (lambda db, one: db.transact_statements([one]), r"transact_statements: .*not list"),
        (lambda db, _: db.batch_get(Pupil, None), r"Pupil.batch_get: .*not one NoneType.*\[key"),
        (lambda db, _: db.batch_get(Pupil, "s"), r"Pupil.batch_get: .*not one str"),
    ],
)
def test_one_thing_where_several_are_wanted_is_refused(call, text):
    """Or several where one is wanted; before anything is sent."""

    async def slip():
        async with FakeSession() as db:
            with pytest.raises(InvalidRequestError, match=text):
                await call(db, db.statement("SELECT * FROM {pupils}", pupils=Pupil))

    asyncio.run(slip())


def test_an_instance_where_a_class_is_wanted_is_refused(pupil):
    """Rows go into a class."""
    with pytest.raises(InvalidRequestError, match="not one Pupil"):
        Pupil.query(Pupil.school == "s").into(pupil)
