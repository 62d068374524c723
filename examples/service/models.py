"""What is stored: the users of all tenants in one table, each tenant in a partition of its own."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal

from dynamorm_async import (
    Attr,
    GlobalIndex,
    Model,
    attr,
    auto_id,
    computed,
    created_at,
    partition_key,
    sort_key,
    tenant,
    ulid,
    updated_at,
    version,
)

__all__ = ["WELCOME", "User"]

WELCOME = Decimal(100)
"""Credits that every user begins with."""


class User(Model, table="users"):
    """A user of one tenant. Ids grow with time, so a listing is in the order of creation."""

    pk: Attr[str] = partition_key("TENANT#{tenant_id}")
    sk: Attr[str] = sort_key("USER#{id}")
    tenant_id: Attr[str] = tenant()
    id: Attr[str] = auto_id(ulid)
    email: Attr[str]
    name: Attr[str]
    credits: Attr[Decimal] = attr(default=WELCOME)
    created_at: Attr[datetime] = created_at()
    updated_at: Attr[datetime] = updated_at()
    version: Attr[int] = version()
    # The tenant is in the key of the index, too, so that a lookup cannot leave it.
    email_key: Attr[str] = computed("TENANT#{tenant_id}#EMAIL#{email}")

    by_email = GlobalIndex("email_key", name="email-index")
