"""Conditions are values that can go to another process."""

from __future__ import annotations

from tests.support.processes import run_program

PROGRAM = """
import pickle, sys
from tests.support.people import Person

condition = Person.age == 1
hash(condition)
if sys.argv[1] == "send":
    sys.stdout.buffer.write(pickle.dumps(condition))
else:
    found = pickle.loads(sys.stdin.buffer.read())
    print(found == condition, hash(found) == hash(condition))
"""


def test_a_condition_that_another_process_sent_equals_and_hashes_as_one_made_here():
    """The hash that a field's type remembers is left behind: those of texts differ from process to process."""
    sent = run_program(PROGRAM, "send", PYTHONHASHSEED="1")

    assert b"True True" == run_program(PROGRAM, "receive", given=sent, PYTHONHASHSEED="2").strip()
