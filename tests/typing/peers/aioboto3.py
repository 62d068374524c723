"""The same mistakes with aioboto3 and the stubs types-aiobotocore-dynamodb: requests are dicts. Never executed."""

# pyright: standard
from __future__ import annotations

from types_aiobotocore_dynamodb.client import DynamoDBClient


async def verbs(client: DynamoDBClient) -> None:
    # kind: partition key of another type
    await client.get_item(TableName="orders", Key={"id": {"S": "1"}})
    await client.get_item(TableName="orders", Key={"id": {"S": 1}})  # wrong: -, -

    # kind: sort key of another type
    await client.get_item(TableName="users", Key={"org": {"S": "acme"}, "number": {"N": "1"}})
    await client.get_item(TableName="users", Key={"org": {"S": "acme"}, "number": {"S": "1"}})  # wrong: -, -

    # kind: missing sort key
    await client.get_item(TableName="users", Key={"org": {"S": "acme"}, "number": {"N": "1"}})
    await client.get_item(TableName="users", Key={"org": {"S": "acme"}})  # wrong: -, -

    # kind: no key at all
    await client.get_item(TableName="users", Key={"id": {"S": "1"}})
    await client.get_item(TableName="users")  # wrong: call-arg, reportCallIssue

    # kind: key as a tuple to get
    await client.get_item(TableName="users", Key={"id": {"S": "1"}})
    await client.get_item(TableName="users", Key=("acme", 1))  # wrong: arg-type, reportArgumentType

    # kind: unknown option of a read
    await client.get_item(TableName="users", Key={"id": {"S": "1"}}, ConsistentRead=True)
    await client.get_item(TableName="users", Key={"id": {"S": "1"}}, Consistent=True)  # wrong: call-arg, reportCallIssue

    # kind: item that may be missing
    found = await client.get_item(TableName="users", Key={"id": {"S": "1"}})
    print(found.get("Item", {}))
    print(found["Item"])  # wrong: -, reportTypedDictNotRequiredAccess

    # kind: read without await
    (await client.get_item(TableName="users", Key={"id": {"S": "1"}}))["ConsumedCapacity"]
    client.get_item(TableName="users", Key={"id": {"S": "1"}})["ConsumedCapacity"]  # wrong: index, reportIndexIssue

    # kind: equal to a value of another type
    await client.query(TableName="users", ExpressionAttributeValues={":age": {"N": "18"}})
    await client.query(TableName="users", ExpressionAttributeValues={":age": {"S": "18"}})  # wrong: -, -

    # kind: limit that is no number
    await client.query(TableName="users", Limit=10)
    await client.query(TableName="users", Limit="10")  # wrong: arg-type, reportArgumentType

    # kind: cursor of another type
    await client.query(TableName="users", ExclusiveStartKey={"id": {"S": "1"}})
    await client.query(TableName="users", ExclusiveStartKey=3)  # wrong: arg-type, reportArgumentType

    # kind: page itself as a cursor
    page = await client.query(TableName="users")
    await client.query(TableName="users", ExclusiveStartKey=page.get("LastEvaluatedKey", {}))
    await client.query(TableName="users", ExclusiveStartKey=page)  # wrong: arg-type, reportArgumentType

    # kind: page taken for an item
    print(page["Items"][0]["age"])
    print(page["age"])  # wrong: typeddict-item, reportGeneralTypeIssues

    # kind: segment without its total
    await client.scan(TableName="users", Segment=0, TotalSegments=4)
    await client.scan(TableName="users", Segment=0)  # wrong: -, -

    # kind: unknown answer asked of a write
    await client.put_item(TableName="users", Item={"id": {"S": "1"}}, ReturnValues="ALL_OLD")
    await client.put_item(TableName="users", Item={"id": {"S": "1"}}, ReturnValues="OLD")  # wrong: arg-type, reportArgumentType

    # kind: unknown option of a write
    await client.put_item(TableName="users", Item={"id": {"S": "1"}}, ConditionExpression="a = b")
    await client.put_item(TableName="users", Item={"id": {"S": "1"}}, Condition="a = b")  # wrong: call-arg, reportCallIssue

    # kind: truth value as the condition of a write
    await client.put_item(TableName="users", Item={"id": {"S": "1"}}, ConditionExpression="a = b")
    await client.put_item(TableName="users", Item={"id": {"S": "1"}}, ConditionExpression=3 < 65)  # wrong: arg-type, reportArgumentType

    # kind: forgotten await of a write
    await client.put_item(TableName="users", Item={"id": {"S": "1"}})
    client.put_item(TableName="users", Item={"id": {"S": "1"}})  # wrong: unused-coroutine, reportUnusedCoroutine

    # kind: replaced item that may be missing
    replaced = await client.put_item(TableName="users", Item={"id": {"S": "1"}}, ReturnValues="ALL_OLD")
    print(replaced.get("Attributes", {}))
    print(replaced["Attributes"])  # wrong: -, -

    # kind: update of a key
    await client.update_item(TableName="users", Key={"id": {"S": "1"}}, UpdateExpression="SET age = :a")
    await client.update_item(TableName="users", Key={"id": {"S": "1"}}, UpdateExpression="SET id = :a")  # wrong: -, -

    # kind: single item to a batch of writes
    await client.batch_write_item(RequestItems={"users": [{"PutRequest": {"Item": {"id": {"S": "1"}}}}]})
    await client.batch_write_item(RequestItems={"users": {"PutRequest": {"Item": {"id": {"S": "1"}}}}})  # wrong: dict-item, reportArgumentType

    # kind: text put into a batch
    await client.batch_write_item(RequestItems={"users": [{"PutRequest": {"Item": {"id": {"S": "1"}}}}]})
    await client.batch_write_item(RequestItems={"users": [{"PutRequest": {"Item": "user"}}]})  # wrong: list-item, reportArgumentType

    # kind: unknown verb of a transaction
    await client.transact_write_items(TransactItems=[{"Put": {"TableName": "u", "Item": {}}}])
    await client.transact_write_items(TransactItems=[{"Save": {"TableName": "u", "Item": {}}}])  # wrong: typeddict-unknown-key, reportArgumentType

    # kind: token that is no text
    await client.transact_write_items(TransactItems=[], ClientRequestToken="order-1")
    await client.transact_write_items(TransactItems=[], ClientRequestToken=7)  # wrong: arg-type, reportArgumentType

    # kind: instance instead of a key in a transaction of reads
    await client.transact_get_items(TransactItems=[{"Get": {"TableName": "u", "Key": {}}}])
    await client.transact_get_items(TransactItems=[{"TableName": "u", "Key": {}}])  # wrong: typeddict-item, reportArgumentType

    # kind: table by name
    await client.delete_table(TableName="users")
    await client.delete_table(TableName=client)  # wrong: -, reportArgumentType

    # kind: forgotten await of a table
    await client.delete_table(TableName="users")
    client.delete_table(TableName="users")  # wrong: unused-coroutine, reportUnusedCoroutine

    # kind: unknown billing of a table
    await client.update_table(TableName="users", BillingMode="PROVISIONED")
    await client.update_table(TableName="users", BillingMode="provisioned")  # wrong: arg-type, reportArgumentType
