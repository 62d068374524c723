"""What the service does, whatever server is before it. Every function runs in the scope of one tenant."""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal

from dynamorm_async import DynamormError, ItemNotFoundError, Page, TenantSession
from examples.service.cache import Cache
from examples.service.models import User
from examples.service.refusals import invalid, transfer_refused
from examples.service.schemas import Changes, Listing, NewUser, Transfer

__all__ = ["Users"]


class Users:
    """The users of one tenant.

    Args:
        tenant: The session of the tenant, in scope.
        cache: Users that were read, by tenant and id; shared by all tenants.
    """

    def __init__(self, tenant: TenantSession, cache: Cache[User]) -> None:
        self._tenant = tenant
        self._cache = cache

    async def create(self, new: NewUser) -> User:
        """Store a new user."""
        return await User(email=new.email, name=new.name).create()

    async def create_all(self, new: Iterable[NewUser]) -> list[User]:
        """Store any number of new users: in as many requests of 25 as it takes."""
        users = [User(email=one.email, name=one.name) for one in new]
        await self._tenant.batch_put(users, overwrite=True)  # new ids, so that nothing is there to be replaced
        return users

    async def get(self, user_id: str) -> User:
        """A user by id, at most five minutes old."""

        async def load() -> User:
            # Consistently: what is read after a write, and late, would be kept for as long as the cache keeps it.
            return await User.get(id=user_id).consistent()

        return await self._cache.get(self._place(user_id), load)

    async def by_email(self, email: str) -> User:
        """A user by address, through the index."""
        found = await User.query(User.email == email).first_or_none()
        if found is None:
            raise ItemNotFoundError("no user has this address.", model="User")
        return found

    async def listing(self, wanted: Listing) -> Page[User]:
        """A page of the tenant's users, in the order of their creation."""
        return await User.query().page(size=wanted.limit, cursor=wanted.cursor)

    async def change(self, user_id: str, changes: Changes) -> User:
        """Change a user; with a version, only that version of him."""
        fields = changes.model_dump(exclude={"version"}, exclude_none=True)
        if not fields:
            raise invalid("Nothing is to be changed.")
        unchanged = None if changes.version is None else User.version == changes.version
        try:
            return await User.with_key(id=user_id).update(if_=unchanged, **fields)
        finally:
            self._cache.forget(self._place(user_id))

    async def delete(self, user_id: str) -> None:
        """Delete a user, if there is one."""
        try:
            await User.with_key(id=user_id).delete()
        finally:
            self._cache.forget(self._place(user_id))

    async def transfer(self, wanted: Transfer) -> Decimal:
        """Move credits from one user to another, or not at all."""
        source, target, amount = wanted.from_user_id, wanted.to_user_id, wanted.amount
        if source == target:
            raise invalid("A transfer needs two users.")
        try:
            async with self._tenant.transaction() as tx:
                tx.update(User.key(id=source), User.credits.sub(amount), if_=User.credits >= amount)
                tx.update(User.key(id=target), User.credits.add(amount))
        except DynamormError as error:
            raise transfer_refused(error) from error
        finally:
            # Also after an error: it may have happened.
            self._cache.forget(self._place(source), self._place(target))
        return amount

    def _place(self, user_id: str) -> tuple[str, str]:
        return self._tenant.tenant, user_id
