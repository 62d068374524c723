"""An abstract model has fields, and no items: whatever reads or writes one names the class and the way out."""

from __future__ import annotations

import pytest

from dynamorm_async import Attr, Model, attr, partition_key
from dynamorm_async.errors import InvalidRequestError
from dynamorm_async.testing import FakeSession


class Entity(Model[str], abstract=True):
    org: Attr[str] = partition_key()
    age: Attr[int] = attr(default=0)


CALLS = {
    "key": lambda: Entity.key("acme"),
    "get": lambda: Entity.get("acme"),
    "get_or_none": lambda: Entity.get_or_none("acme"),
    "query": lambda: Entity.query(Entity.org == "acme"),
    "scan": lambda: Entity.scan(Entity.age > 1),
    "from_item": lambda: Entity.from_item({"org": {"S": "acme"}}),
    "with_key": lambda: Entity.with_key("acme").delete(),
    "mutate": lambda: Entity.mutate("acme", lambda entity: None),
    "create": lambda: Entity(org="acme").create(),
    "put": lambda: Entity(org="acme").put(),
    "save": lambda: Entity(org="acme").save(),
    "update": lambda: Entity(org="acme").update(age=1),
    "try_update": lambda: Entity(org="acme").try_update(age=1),
    "delete": lambda: Entity(org="acme").delete(),
    "refresh": lambda: Entity(org="acme").refresh(),
    "to_item": lambda: Entity(org="acme").to_item(),
}


@pytest.mark.asyncio
@pytest.mark.parametrize("verb", CALLS)
async def test_a_verb_of_an_abstract_model(verb):
    """It is refused before anything is sent."""
    async with FakeSession():
        with pytest.raises(InvalidRequestError, match=r"Entity is abstract.*derived from Entity") as refused:
            await CALLS[verb]()

    assert refused.value.model == "Entity"


def test_no_verb_is_left_out():
    """The list above is of all there are, but for the one that makes an instance of what a client sent."""
    assert Model.reserved_names - {"from_input", "move"} == set(CALLS)


@pytest.mark.asyncio
async def test_moving_an_instance_of_an_abstract_model():
    """Where an instance is told from a key, as in a batch, it counts as neither."""
    async with FakeSession():
        with pytest.raises(InvalidRequestError, match="a model instance was expected, not Entity"):
            await Entity(org="acme").move(org="other")


@pytest.mark.asyncio
async def test_tables_of_an_abstract_model():
    """It has none that could be made or described."""
    async with FakeSession() as db:
        with pytest.raises(InvalidRequestError, match="Entity is abstract"):
            await db.create_table(Entity)
        with pytest.raises(InvalidRequestError, match="Entity is abstract"):
            await db.describe_table(Entity)


def test_the_base_of_all_models():
    """`Model` itself is abstract, too."""
    with pytest.raises(InvalidRequestError, match="Model is abstract"):
        Model.key("acme")


def test_an_abstract_model_has_no_other_attributes_than_a_model():
    """What nothing has is no question of being abstract: so `copy`, `hasattr` and the like see what they expect."""
    assert not hasattr(Entity.__dynamorm_spec__, "__deepcopy__")
