"""What is wrong with a class body is said while the class is made: faults 1 to 8, and their kin."""

from __future__ import annotations

import enum
import re
from datetime import datetime

import pytest

from dynamorm_async import (
    Attr,
    Document,
    GlobalIndex,
    LocalIndex,
    Model,
    ModelDefinitionError,
    Nested,
    attr,
    partition_key,
    sort_key,
    ttl,
    version,
)


def refused(*words):
    """The class body must be refused, naming these things."""
    pattern = ".*".join(re.escape(word) for word in words)
    return pytest.raises(ModelDefinitionError, match=f"(?s){pattern}")


def test_fault_1_two_fields_with_one_attribute_name():
    """Both fields are named."""
    with refused("Broken.b", "'x'", "a's already"):

        class Broken(Model, table="t"):
            id: Attr[str] = partition_key()
            a: Attr[str] = attr(name="x")
            b: Attr[str] = attr(name="x")


def test_an_attribute_name_that_is_another_field_s_python_name():
    """A name must mean one field, whichever way it is used."""
    with refused("Broken.a", "'b'"):

        class Broken(Model, table="t"):
            id: Attr[str] = partition_key()
            a: Attr[str] = attr(name="b")
            b: Attr[str] = attr(name="c")


@pytest.mark.parametrize("kind", [bool, float, list[str], dict[str, str], set[str], tuple[str, ...], str | None])
def test_fault_2_a_key_of_a_type_that_cannot_be_a_key(kind):
    """DynamoDB's keys are text, numbers and binary; a key is never None."""
    with refused("Broken.id", "partition key"):

        class Broken(Model, table="t"):
            id: Attr[kind] = partition_key()


def test_fault_3_a_template_with_an_unknown_field():
    """The unknown name and the known ones are given."""
    with refused("Broken.pk", "'user'", "Fields are"):

        class Broken(Model, table="t"):
            pk: Attr[str] = partition_key("USER#{user}")
            user_id: Attr[str]


def test_fault_3_a_template_with_two_fields_side_by_side():
    """Such a key could not be read back."""
    with refused("Broken.pk", "{a}{b}", "separator"):

        class Broken(Model, table="t"):
            pk: Attr[str] = partition_key("{a}{b}")
            a: Attr[str]
            b: Attr[str]


@pytest.mark.parametrize("template", ["", "USER#{", "USER#{a!r}", "USER#{a:>3}", "USER#{0}"])
def test_a_malformed_template(template):
    """The template is shown and the right form is told."""
    with refused("Broken.pk", "template"):

        class Broken(Model, table="t"):
            pk: Attr[str] = partition_key(template)
            a: Attr[str]


def test_a_template_of_a_field_without_a_text_form():
    """A list cannot be part of a key."""
    with refused("Broken.pk", "'a'", "no text form"):

        class Broken(Model, table="t"):
            pk: Attr[str] = partition_key("X#{a}")
            a: Attr[list[str]]


def test_fault_4_an_index_on_an_unknown_field():
    """The nearest name is suggested."""
    with refused("Broken.by_email", "'emial'", "Did you mean 'email'?"):

        class Broken(Model, table="t"):
            id: Attr[str] = partition_key()
            email: Attr[str]
            by_email = GlobalIndex("emial")


def test_fault_4_an_index_name_twice():
    """Both handles are named."""
    with refused("Broken.second", "'gsi'", "first"):

        class Broken(Model, table="t"):
            id: Attr[str] = partition_key()
            a: Attr[str]
            first = GlobalIndex("a", name="gsi")
            second = GlobalIndex("id", name="gsi")


@pytest.mark.parametrize("name", ["name", "size", "a.b", "a#b", ":x", "two words", "🦆", "x" * 255])
def test_fault_5_any_attribute_name_of_1_to_255_bytes(name):
    """Reserved words and odd characters are names like any other."""

    class Fine(Model, table="t"):
        id: Attr[str] = partition_key()
        value: Attr[str] = attr(name=name)

    assert name == Fine.__dynamorm_spec__.by_name["value"].attribute


@pytest.mark.parametrize("name", ["x" * 256, "🦆" * 64])
def test_fault_5_an_attribute_name_that_is_too_long(name):
    """The limit is 255 bytes of UTF-8."""
    with refused("Broken.value", "255 bytes"):

        class Broken(Model, table="t"):
            id: Attr[str] = partition_key()
            value: Attr[str] = attr(name=name)


def test_fault_7_a_version_of_a_wrong_type():
    """A version counts."""
    with refused("Broken.version", "Attr[int]"):

        class Broken(Model, table="t"):
            id: Attr[str] = partition_key()
            version: Attr[str] = version()


def test_fault_7_a_ttl_of_a_wrong_type():
    """A TTL is a time."""
    with refused("Broken.expires", "Attr[datetime]"):

        class Broken(Model, table="t"):
            id: Attr[str] = partition_key()
            expires: Attr[str] = ttl()


def test_fault_7_two_versions():
    """A model has one."""
    with refused("Broken.b", "version field"):

        class Broken(Model, table="t"):
            id: Attr[str] = partition_key()
            a: Attr[int] = version()
            b: Attr[int] = version()


def test_fault_8_a_document_that_contains_itself():
    """Children are items of their own."""
    with refused("contains itself", "key"):

        class Node(Document):
            children: Attr[list[Node]]


def test_fault_8_a_type_that_is_defined_nowhere():
    """The name is told while the class is made, not at its first use."""
    with refused("Broken", "'Nowhere'"):

        class Broken(Model, table="t"):
            id: Attr[str] = partition_key()
            home: Nested[Nowhere]  # noqa: F821  that is the point


def test_fault_8_a_type_of_an_abstract_base_that_is_defined_nowhere():
    """Its fields are expressions by themselves, so it is told where the base is made."""
    with refused("Base", "'Nowhere'"):

        class Base(Model, abstract=True):
            home: Nested[Nowhere]  # noqa: F821  that is the point


def test_fault_8_one_tag_for_two_models_of_a_table():
    """A stored item must say which model it is."""

    class First(Model, table="shared", tag="thing"):
        id: Attr[str] = partition_key()

    with refused("Second", "'thing'", "First"):

        class Second(Model, table="shared", tag="thing"):
            id: Attr[str] = partition_key()


def test_no_partition_key():
    """The way to declare one is told."""
    with refused("Broken", "no partition key", "partition_key()"):

        class Broken(Model, table="t"):
            id: Attr[str]


def test_two_partition_keys():
    """The second is blamed. # R19"""
    with refused("Broken.b", "partition key"):

        class Broken(Model, table="t"):
            a: Attr[str] = partition_key()
            b: Attr[str] = partition_key()


def test_a_field_without_an_annotation():
    """attrs alone would drop the annotated fields silently."""
    with refused("Broken", "annotation"):

        class Broken(Model, table="t"):
            id: Attr[str] = partition_key()
            age = attr(default=0)


@pytest.mark.parametrize("name", ["query", "get", "put", "scan", "update", "key"])
def test_a_field_named_like_a_verb(name):
    """It would hide the verb; another name for the same attribute is offered."""
    with refused(f"Broken.{name}", f"attr(name={name!r})"):
        type(
            "Broken",
            (Model,),
            {"__annotations__": {"id": Attr[str], name: Attr[str]}, "id": partition_key()},
            table="t",
        )


def test_a_shared_mutable_default():
    """A factory is asked for."""
    with refused("Broken.tags", "mutable", "factory=list"):

        class Broken(Model, table="t"):
            id: Attr[str] = partition_key()
            tags: Attr[list[str]] = attr(default=[])


def test_a_map_with_other_than_text_keys():
    """DynamoDB's maps have text keys."""
    with refused("Broken.counts", "text keys"):

        class Broken(Model, table="t"):
            id: Attr[str] = partition_key()
            counts: Attr[dict[int, str]]


def test_a_local_index_without_a_sort_key():
    """A local index needs a composite key."""
    with refused("Broken", "local index", "sort_key()"):

        class Broken(Model, table="t"):
            id: Attr[str] = partition_key()
            age: Attr[int]
            by_age = LocalIndex("age")


def test_an_index_key_of_a_wrong_type():
    """Index keys are scalars, too. # R35"""
    with refused("Broken.tags", "index 'by_tags'"):

        class Broken(Model, table="t"):
            id: Attr[str] = partition_key()
            tags: Attr[set[str]]
            by_tags = GlobalIndex("tags")


def test_more_indexes_than_dynamodb_allows():
    """20 global and 5 local indexes. # R35"""
    body = {"__annotations__": {"id": Attr[str]}, "id": partition_key()}
    body |= {f"index_{number}": GlobalIndex("id", name=f"gsi-{number}") for number in range(21)}

    with refused("Broken", "21 global", "20"):
        type("Broken", (Model,), body, table="t")


def test_a_lifecycle_field_inside_a_document():
    """Only models have them."""
    with refused("Inner.version", "version"):

        class Inner(Document):
            version: Attr[int] = version()


def test_key_types_stated_otherwise_than_declared():
    """Model[...] is checked against the fields."""
    with refused("Broken.id", "Model["):

        class Broken(Model[int], table="t"):
            id: Attr[str] = partition_key()


def test_more_key_types_stated_than_the_key_has():
    """Type checkers would refuse every right key."""
    with refused("Broken", "2 key types"):

        class Broken(Model[str, int], table="t"):
            id: Attr[str] = partition_key()


def test_a_templated_attribute_that_is_no_text():
    """A template makes text."""
    with refused("Broken.pk", "Attr[str]"):

        class Broken(Model, table="t"):
            pk: Attr[int] = partition_key("X#{a}")
            a: Attr[str]


def test_a_failed_class_leaves_nothing_behind():
    """A name whose class failed can be defined rightly afterwards. # R44"""
    with refused("Again"):

        class Again(Model, table="again"):
            id: Attr[str]

    class Again(Model, table="again"):
        id: Attr[str] = partition_key()

    assert "Again" == Again.__dynamorm_spec__.name


def test_every_legal_key_type():
    """Text, numbers, binary and what is stored as one of them. # R20"""

    class Color(enum.Enum):
        RED = "red"

    class Fine(Model, table="t"):
        color: Attr[Color] = partition_key()
        at: Attr[datetime] = sort_key()

    assert (Color, datetime) == (Fine.__dynamorm_spec__.partition.type, Fine.__dynamorm_spec__.sort.type)
