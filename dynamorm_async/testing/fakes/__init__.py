"""`FakeSession`: a session that expects calls and answers them, for unit tests without any engine.

It is a fake, not a database: it stores nothing. Everything above the wire is the real library, so requests are
planned, checked, encoded and decoded as they are in production; a call that was not expected fails at its line.
"""

from dynamorm_async.testing.fakes.expectations import Expectation
from dynamorm_async.testing.fakes.session import FakeSession, FakeTenantSession
from dynamorm_async.testing.fakes.together import BatchExpectation, TransactionExpectation

__all__ = ("BatchExpectation", "Expectation", "FakeSession", "FakeTenantSession", "TransactionExpectation")
