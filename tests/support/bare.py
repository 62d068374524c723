"""A DynamoDB client with nothing of a client's own: what an engine answers is what a test sees."""

from __future__ import annotations

import uuid
from typing import Any

import attrs
import httpx
import msgspec

__all__ = ["Answer", "Bare", "number", "schema", "text"]


@attrs.frozen
class Answer:
    """What the engine said."""

    status: int
    headers: httpx.Headers
    raw: bytes

    @property
    def body(self) -> Any:
        """The decoded body."""
        return msgspec.json.decode(self.raw)

    @property
    def error(self) -> str:
        """The code of a refusal, with the status where that is no refusal's; ``""`` for a success."""
        if self.status == 200:
            return ""
        return self.body["__type"].rpartition("#")[2] if self.status == 400 else f"HTTP {self.status}"

    def __getitem__(self, name: str) -> Any:
        assert self.status == 200, self.raw
        return self.body[name]

    def get(self, name: str) -> Any:
        """A part of a success that may be missing."""
        assert self.status == 200, self.raw
        return self.body.get(name)


@attrs.frozen
class Bare:
    """Sends operations as they are given, once; signs nothing, since no engine looks."""

    client: httpx.Client
    endpoint: str

    def send(self, operation: str, content: bytes, *, region: str, account: str, **headers: str) -> Answer:
        """Send a body as it is."""
        streams = operation in {"DescribeStream", "GetRecords", "GetShardIterator", "ListStreams"}
        scope = f"{account}/20260101/{region}/dynamodb/aws4_request"
        answer = self.client.post(
            self.endpoint,
            content=content,
            headers={
                "Content-Type": "application/x-amz-json-1.0",
                "X-Amz-Target": f"{'DynamoDBStreams' if streams else 'DynamoDB'}_20120810.{operation}",
                "X-Amz-Date": "20260101T000000Z",
                "Authorization": f"AWS4-HMAC-SHA256 Credential={scope}, SignedHeaders=host, Signature=0",
                "Accept-Encoding": "identity",
                **headers,
            },
        )
        return Answer(answer.status_code, answer.headers, answer.content)

    def __call__(
        self, operation: str, *, region: str = "us-east-1", account: str = "000000000000", **body: Any
    ) -> Answer:
        """Send one operation."""
        return self.send(operation, msgspec.json.encode(body), region=region, account=account)

    def table(self, keys: str = "pk:S", **more: Any) -> str:
        """Create a table that no other test uses.

        Args:
            keys: The partition key and the sort key, each with its type: ``"pk:S sk:N"``.
            more: Parameters of CreateTable; ``AttributeDefinitions`` are added to those of the keys.
        """
        name = f"t-{uuid.uuid4().hex[:12]}"
        defined = {**dict(pair.split(":") for pair in keys.split()), **more.pop("AttributeDefinitions", {})}
        created = self(
            "CreateTable",
            TableName=name,
            KeySchema=schema(*(pair.split(":")[0] for pair in keys.split())),
            AttributeDefinitions=[{"AttributeName": one, "AttributeType": kind} for one, kind in defined.items()],
            BillingMode="PAY_PER_REQUEST",
            **more,
        )
        assert created.status == 200, created.raw
        return name

    def put(self, table: str, **item: Any) -> None:
        """Store an item, which has to succeed."""
        stored = self("PutItem", TableName=table, Item=item)
        assert stored.status == 200, stored.raw

    def item(self, table: str, **key: Any) -> Any:
        """A stored item, or None."""
        return self("GetItem", TableName=table, Key=key, ConsistentRead=True).get("Item")


def schema(partition_key: str, sort_key: str | None = None) -> list[dict[str, str]]:
    """A key schema."""
    found = [{"AttributeName": partition_key, "KeyType": "HASH"}]
    return found if sort_key is None else [*found, {"AttributeName": sort_key, "KeyType": "RANGE"}]


def text(value: str) -> dict[str, str]:
    """A string on the wire."""
    return {"S": value}


def number(value: float | str) -> dict[str, str]:
    """A number on the wire, spelled as given."""
    return {"N": str(value)}
