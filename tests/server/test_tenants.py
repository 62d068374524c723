"""A session scoped to a tenant cannot reach another's items, whatever is asked of it: R139 and fault 20."""

from __future__ import annotations

import pytest

from dynamorm_async import Attr, GlobalIndex, Model, attr, computed, errors, partition_key, sort_key, tenant

pytestmark = pytest.mark.asyncio


class Note(Model, table="notes"):
    pk: Attr[str] = partition_key("T#{tenant_id}")
    sk: Attr[str] = sort_key("NOTE#{note_id}")
    tenant_id: Attr[str] = tenant()
    note_id: Attr[str]
    topic: Attr[str] = attr(default="")
    by_topic_key: Attr[str] = computed("T#{tenant_id}#{topic}")

    by_topic = GlobalIndex("by_topic_key")
    by_bare_topic = GlobalIndex("topic")


class Foreign(Model[str], table="foreign"):
    id: Attr[str] = partition_key()


@pytest.fixture
def no_sending(db, monkeypatch):
    """Fail if anything is sent from now on."""

    async def refuse(call, attempt):
        pytest.fail(f"{call.operation} was sent")

    return lambda: monkeypatch.setattr(db.runner.transport, "send", refuse, raising=False)


async def two_tenants(db):
    """A note of each of two tenants with the same id."""
    await db.create_table(Note)
    acme, other = db.for_tenant("acme"), db.for_tenant("other")
    await Note(note_id="1", topic="news").create().using(acme)
    await Note(note_id="1", topic="news").create().using(other)
    return acme, other


async def test_the_tenant_is_filled_in_and_kept_apart(db):
    """Equal keys of two tenants are two items; each sees its own."""
    acme, other = await two_tenants(db)

    with acme.scope():
        mine = await Note.get(note_id="1")
        listed = await Note.query(Note.note_id == "1")
        by_topic = await Note.query(Note.topic == "news")

    assert [mine] == listed == by_topic
    assert "acme" == mine.tenant_id
    assert "other" == (await Note.get(note_id="1").using(other)).tenant_id


async def test_plan_and_explanation_are_of_the_tenant_s_query(db):  # R60
    """What is awaited can be explained: in the session's scope, and with the session given; not without the tenant."""
    acme, _ = await two_tenants(db)
    query = Note.query(Note.note_id == "1")

    with acme.scope():
        explained, planned, request = query.explain(), query.plan(), query.call()
    given = query.using(acme)

    assert explained == given.explain()
    assert (explained.operation, explained.body) == (request.operation, request.body)
    assert explained.body["Key"] == {"pk": {"S": "T#acme"}, "sk": {"S": "NOTE#1"}}
    assert planned.operation.value == given.plan().operation.value == "GetItem"
    for look in (query.plan, query.explain):
        with pytest.raises(errors.ScanNotAllowedError):
            look()


async def test_another_tenant_s_key_is_refused(db):
    """Get, update, delete, batch and transaction alike."""
    acme, _ = await two_tenants(db)
    foreign = Note.key(tenant_id="other", note_id="1")

    with acme.scope():
        for attempt in (
            lambda: Note.get(foreign),
            lambda: Note.with_key(foreign).update(topic="x"),
            lambda: Note.with_key(foreign).delete(),
            lambda: acme.batch_get(Note, [foreign]),
            lambda: acme.batch_delete([foreign]),
            lambda: acme.transact_get(foreign),
        ):
            with pytest.raises((errors.TenantViolationError, errors.BatchIncompleteError)) as caught:
                await attempt()
            assert isinstance(caught.value, errors.TenantViolationError) or isinstance(
                caught.value.__cause__, errors.TenantViolationError
            )
    assert "news" == (await Note.get(foreign).using(db)).topic


async def test_another_tenant_s_item_is_refused(db):
    """An instance read elsewhere cannot be written here."""
    acme, other = await two_tenants(db)
    foreign = await Note.get(note_id="1").using(other)

    for attempt in (foreign.put(), foreign.update(topic="x"), foreign.delete()):
        with pytest.raises(errors.TenantViolationError):
            await attempt.using(acme)
    with pytest.raises(errors.TenantViolationError):
        async with acme.transaction() as tx:
            tx.put(foreign)


async def test_another_tenant_s_query_is_refused(db):
    """By field and by key."""
    acme, _ = await two_tenants(db)

    with acme.scope():
        for condition in (Note.pk == "T#other", Note.tenant_id == "other"):
            with pytest.raises(errors.TenantViolationError):
                await Note.query(condition)


async def test_a_scan_is_refused(db):
    """It reads everybody's items."""
    acme, _ = await two_tenants(db)

    with pytest.raises(errors.TenantViolationError):
        await Note.scan().using(acme)


@pytest.mark.parametrize("door", ["await", "page", "statements", "transact_statements"])
async def test_a_statement_is_refused(db, no_sending, door):
    """Even one that names the tenant: a text proves nothing. What to write instead is said."""
    acme, _ = await two_tenants(db)
    one = acme.statement("SELECT * FROM {notes} WHERE pk = ?", "T#acme", notes=Note)
    doors = {
        "await": lambda: one,
        "page": one.page,
        "statements": lambda: acme.statements(one),
        "transact_statements": lambda: acme.transact_statements(one),
    }
    no_sending()

    with pytest.raises(
        errors.TenantViolationError, match="PartiQL statement does not show whose items it reaches"
    ) as caught:
        await doors[door]()

    assert "query and write by the models" in caught.value.hint
    assert errors.Outcome.NOT_APPLIED is caught.value.outcome


async def test_an_index_without_the_tenant_is_refused(db):
    """Its partitions hold everybody's items."""
    acme, _ = await two_tenants(db)

    with pytest.raises(errors.TenantViolationError):
        await Note.query(Note.topic == "news").index(Note.by_bare_topic).using(acme)


async def test_a_model_without_a_tenant_is_refused(db):
    """What cannot be shown to be the tenant's is not."""
    acme = db.for_tenant("acme")

    with pytest.raises(errors.TenantViolationError):
        await Foreign.get("1").using(acme)


async def test_a_separator_in_the_tenant_is_refused(db):
    """``acme#x`` is not a way into another partition."""
    with pytest.raises(errors.ValidationError):
        await Note.get(note_id="1").using(db.for_tenant("acme#x"))


async def test_nothing_is_sent_for_a_violation(db, no_sending):
    """The refusal comes before the network."""
    acme, _ = await two_tenants(db)
    no_sending()

    with pytest.raises(errors.TenantViolationError) as caught:
        await Note.get(Note.key(tenant_id="other", note_id="1")).using(acme)

    assert errors.Outcome.NOT_APPLIED is caught.value.outcome
    assert "other" not in str(caught.value)
