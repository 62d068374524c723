"""The same mistakes with aiodynamo, which has no models: items are dicts. Never executed."""

# pyright: standard
from __future__ import annotations

from aiodynamo.client import Client, Table
from aiodynamo.expressions import F, HashKey, RangeKey
from aiodynamo.models import ReturnValues
from aiodynamo.operations import Get, Put, Update


async def verbs(client: Client, table: Table) -> None:
    # kind: compared with a value of another type
    table.query(HashKey("org", "acme"), filter_expression=F("age").gt(18))
    table.query(HashKey("org", "acme"), filter_expression=F("age").gt("18"))  # wrong: -, -

    # kind: equal to a value of another type
    table.query(HashKey("org", "acme"), filter_expression=F("age").equals(18))
    table.query(HashKey("org", "acme"), filter_expression=F("age").equals("18"))  # wrong: -, -

    # kind: one of a single value
    table.query(HashKey("org", "acme"), filter_expression=F("age").is_in([1]))
    table.query(HashKey("org", "acme"), filter_expression=F("age").is_in(1))  # wrong: arg-type, reportArgumentType

    # kind: beginning of another type
    table.query(HashKey("org", "acme"), filter_expression=F("email").begins_with("1"))
    table.query(HashKey("org", "acme"), filter_expression=F("email").begins_with(1))  # wrong: arg-type, reportArgumentType

    # kind: unknown type of attribute
    table.query(HashKey("org", "acme"), filter_expression=F("email").exists())
    table.query(HashKey("org", "acme"), filter_expression=F("email").attribute_type("string"))  # wrong: arg-type, reportArgumentType

    # kind: condition with something that is none
    table.query(HashKey("org", "acme"), filter_expression=F("age").gt(3) & F("age").lt(9))
    table.query(HashKey("org", "acme"), filter_expression=F("age").gt(3) & 9)  # wrong: operator, reportOperatorIssue

    # kind: condition as a truth value
    print("child")
    print("adult" if F("age").gt(18) else "child")  # wrong: truthy-bool, -

    # kind: `not` instead of ~
    table.query(HashKey("org", "acme"), filter_expression=~F("age").gt(3))
    table.query(HashKey("org", "acme"), filter_expression=not F("age").gt(3))  # wrong: arg-type, reportArgumentType

    # kind: `and` between comparisons
    table.query(HashKey("org", "acme"), filter_expression=F("age").gt(3) & F("age").lt(9))
    table.query(HashKey("org", "acme"), filter_expression=F("age").gt(3) and F("age").lt(9))  # wrong: truthy-bool, -

    # kind: field as a condition
    table.query(HashKey("org", "acme"), filter_expression=F("nickname").exists())
    table.query(HashKey("org", "acme"), filter_expression=F("nickname"))  # wrong: arg-type, reportArgumentType

    # kind: update action as a condition
    table.query(HashKey("org", "acme"), filter_expression=F("age").equals(1))
    table.query(HashKey("org", "acme"), filter_expression=F("age").add(1))  # wrong: arg-type, reportArgumentType

    # kind: key field asked for as a range, where only equality can be
    table.query(HashKey("org", "acme"))
    table.query(RangeKey("org").gt("acme"))  # wrong: arg-type, reportArgumentType

    # kind: limit that is no number
    table.query(HashKey("org", "acme"), limit=10)
    table.query(HashKey("org", "acme"), limit="10")  # wrong: arg-type, reportArgumentType

    # kind: cursor of another type
    await table.query_single_page(HashKey("org", "acme"), start_key={"org": "acme"})
    await table.query_single_page(HashKey("org", "acme"), start_key=3)  # wrong: arg-type, reportArgumentType

    # kind: page itself as a cursor
    page = await table.query_single_page(HashKey("org", "acme"))
    await table.query_single_page(HashKey("org", "acme"), start_key=page.last_evaluated_key)
    await table.query_single_page(HashKey("org", "acme"), start_key=page)  # wrong: arg-type, reportArgumentType

    # kind: page taken for an item
    page.items[0]["age"]
    page.age  # wrong: attr-defined, reportAttributeAccessIssue

    # kind: names selected as texts
    table.query(HashKey("org", "acme"), projection=F("email") & F("age"))
    table.query(HashKey("org", "acme"), projection="email, age")  # wrong: arg-type, reportArgumentType

    # kind: text added to a number
    await table.update_item({"id": "1"}, F("age").add(1))
    await table.update_item({"id": "1"}, F("age").add("1"))  # wrong: arg-type, reportArgumentType

    # kind: single element added to a set
    await table.update_item({"id": "1"}, F("tags").add({"x"}))
    await table.update_item({"id": "1"}, F("tags").add("x"))  # wrong: arg-type, reportArgumentType

    # kind: element of another type appended to a list
    await table.update_item({"id": "1"}, F("scores").append([3]))
    await table.update_item({"id": "1"}, F("scores").append("3"))  # wrong: arg-type, reportArgumentType

    # kind: remove with a value
    await table.update_item({"id": "1"}, F("nickname").remove())
    await table.update_item({"id": "1"}, F("nickname").remove("x"))  # wrong: call-arg, reportCallIssue

    # kind: results of a query without await
    [item async for item in table.query(HashKey("org", "acme"))]
    len(table.query(HashKey("org", "acme")))  # wrong: arg-type, reportArgumentType

    # kind: loop over a query without async
    _ = [item["age"] async for item in table.query(HashKey("org", "acme"))]
    _ = [item["age"] for item in table.query(HashKey("org", "acme"))]  # wrong: attr-defined, reportGeneralTypeIssues

    # kind: partition key of another type
    await table.get_item({"id": "1"})
    await table.get_item({"id": 1})  # wrong: -, -

    # kind: missing sort key
    await table.get_item({"org": "acme", "number": 1})
    await table.get_item({"org": "acme"})  # wrong: -, -

    # kind: no key at all
    await table.get_item({"org": "acme", "number": 1})
    await table.get_item()  # wrong: call-arg, reportCallIssue

    # kind: key as a tuple to get
    await table.get_item({"org": "acme", "number": 1})
    await table.get_item(("acme", 1))  # wrong: arg-type, reportArgumentType

    # kind: read without await
    (await table.get_item({"id": "1"}))["age"]
    table.get_item({"id": "1"})["age"]  # wrong: index, reportIndexIssue

    # kind: condition as an update
    await table.update_item({"id": "1"}, F("age").add(1))
    await table.update_item({"id": "1"}, F("age").gt(3))  # wrong: arg-type, reportArgumentType

    # kind: truth value as the condition of a write
    await table.put_item({"id": "1"}, condition=F("age").lt(65))
    await table.put_item({"id": "1"}, condition=3 < 65)  # wrong: arg-type, reportArgumentType

    # kind: update action as the condition of a write
    await table.put_item({"id": "1"}, condition=F("age").lt(65))
    await table.put_item({"id": "1"}, condition=F("age").add(1))  # wrong: arg-type, reportArgumentType

    # kind: condition by position
    await table.put_item({"id": "1"}, condition=F("age").lt(65))
    await table.put_item({"id": "1"}, F("age").lt(65))  # wrong: arg-type, reportCallIssue

    # kind: unknown option of a write
    await table.put_item({"id": "1"}, condition=F("age").lt(65))
    await table.put_item({"id": "1"}, if_=F("age").lt(65))  # wrong: call-arg, reportCallIssue

    # kind: unknown answer asked of a write
    await table.put_item({"id": "1"}, return_values=ReturnValues.all_old)
    await table.put_item({"id": "1"}, return_values="all_old")  # wrong: arg-type, reportArgumentType

    # kind: replaced item that may be missing
    replaced = await table.put_item({"id": "1"}, return_values=ReturnValues.all_old)
    print(replaced and replaced["age"])
    replaced["age"]  # wrong: index, reportOptionalSubscript

    # kind: forgotten await of a write
    await table.put_item({"id": "1"})
    table.put_item({"id": "1"})  # wrong: unused-coroutine, reportUnusedCoroutine

    # kind: update of a key
    await table.update_item({"id": "1"}, F("age").set(2))
    await table.update_item({"id": "1"}, F("id").set("2"))  # wrong: -, -

    # kind: document in a transaction
    await client.transact_write_items([Put("users", {"id": "1"})])
    await client.transact_write_items([{"id": "1"}])  # wrong: list-item, reportArgumentType

    # kind: condition as an update in a transaction
    await client.transact_write_items([Update("users", {"id": "1"}, F("age").add(1))])
    await client.transact_write_items([Update("users", {"id": "1"}, F("age").gt(1))])  # wrong: arg-type, reportArgumentType

    # kind: token that is no text
    await client.transact_write_items([Put("users", {"id": "1"})], request_token="order-1")
    await client.transact_write_items([Put("users", {"id": "1"})], request_token=7)  # wrong: arg-type, reportArgumentType

    # kind: instance instead of a key in a transaction of reads
    await client.transact_get_items([Get("users", {"id": "1"})])
    await client.transact_get_items([{"id": "1"}])  # wrong: list-item, reportArgumentType

    # kind: table by name
    await client.table("users").delete()
    await client.table(table).delete()  # wrong: arg-type, reportArgumentType

    # kind: forgotten await of a table
    await table.delete()
    table.delete()  # wrong: unused-coroutine, reportUnusedCoroutine

    # kind: unknown option of a session
    Client(client.http, client.credentials, region="eu-west-1")
    Client(client.http, client.credentials, regoin="eu-west-1")  # wrong: call-arg, reportCallIssue
