"""What usually lies behind an error whose message alone knows the fix, for the catalogue."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

__all__ = ["CAUSES"]

CAUSES: Final[Mapping[str, tuple[tuple[str, str], ...]]] = {
    "DynamormError": (
        ("you want to catch all that this library raises", "write `except DynamormError`; nothing else is its own"),
        ("a write failed", "look at `error.outcome` before you repeat it: only `NOT_APPLIED` is safe for all writes"),
        ("somebody else has to look at it", "log `error.context` and `error.request_id`; neither has a stored value"),
    ),
    "AttributeNotLoadedError": (
        ("the query had `select()` or `only()` without this field", "name the field there, or read whole items"),
        (
            "a transaction changed it by `add()` or another action that the service works out",
            "`await item.refresh()`",
        ),
        ("it is set by the first write (`created_at()`, `updated_at()`)", "store the instance before you read it"),
        ("the index that served the query does not hold it", "write `.complete()`, or project the field"),
    ),
    "ConfigurationError": (
        ("no region", "give `Session(region=...)`, or set `AWS_REGION`, or a region in the AWS profile"),
        ("no credentials", "set `AWS_ACCESS_KEY_ID` and `AWS_SECRET_ACCESS_KEY`, or give `profile=` or `credentials=`"),
        (
            "an `http://` endpoint on another machine",
            "use `https://`, or `allow_insecure=True` in a network that you trust",
        ),
        ("an endpoint without scheme or port", "write it as `http://localhost:8000`"),
        (
            "the model names no table",
            "write `class User(Model, table=...)`, or give the session `table_name=`",
        ),
        ("`str(cursor)` without a key", "open the session with `cursor_keys=[secrets.token_bytes(32)]`"),
        ("models that share a table disagree", "declare key and indexes once, on an abstract base of both"),
        (
            "the table that is there has another key or lacks a local index",
            "make a new table and copy the items: DynamoDB cannot change either",
        ),
        ("a package is missing", "install the extra that the message names"),
    ),
    "InvalidRequestError": (
        ("`and`, `or`, `not`, or `1 < User.age < 9`", "combine conditions with `&`, `|`, `~`, each in parentheses"),
        ("`User.age < None`", "write `== None`, `!= None`, `exists()` or `not_exists()`"),
        ("a page of a query that has a limit", "leave out `limit()`, or use `pages()`, which stops at it"),
        (
            "an update of an attribute that a template or the library sets",
            "set the fields that the template is made of",
        ),
        ("two actions for one path", "put them into one action, or into two updates"),
        ("a batch of items with a version or unique values", "`overwrite=True` for a version, else a transaction"),
        (
            "more than 100 operations in a transaction, or two on one item",
            "split it, or use a batch if it need not be whole",
        ),
        ("an expression over 4 KB, or of more than 300 operators", "use fewer conditions, or several queries"),
        ("it was sent already", "begin another batch or transaction"),
    ),
    "IndexNotFoundError": (
        ("the name is misspelled", "take the name that the message suggests"),
        ("the index has another name in DynamoDB", 'declare it with that: `GlobalIndex(email, name="gsi-email")`'),
        ("the index belongs to another model of the table", "declare it on this model, too, or on a base of both"),
    ),
    "InvalidOperatorError": (
        ("the operator's name is misspelled", "take one from the list in the message"),
        ("`begins_with` on a number, a time stored as one, a list or a set", "use `between()` or `contains()`"),
        ("`begins_with` with a prefix of another type than the field's", "give text for text, bytes for binary"),
        ("another number of values than the operator takes", "`between` takes two, `exists` none, the others one"),
        ("`has_type()` with Python's name of a type", 'give DynamoDB\'s: `"S"`, `"N"`, `"SS"`'),
    ),
    "UnknownFieldError": (
        ("the name is misspelled", "take the name that the message suggests"),
        ("the attribute's name in DynamoDB was given", "use the field's name in Python; `attr(name=...)` maps it"),
        ("the field is of another model", "query that model, or read both with `Collection`"),
        ("the attribute is not declared", 'declare it; `unknown="keep"` keeps it and does not make it a field'),
        ("a field inside a document", 'name the path: `"home.city"`, or `User.home.city`'),
    ),
    "ValidationError": (
        ("a value of another type than the field's", "convert it, or annotate the field as what is stored"),
        ("a float that DynamoDB cannot hold, or a number of more than 38 digits", "round it, or store it as text"),
        ("a naive datetime", "give it a zone: `datetime.now(UTC)`"),
        ("an empty key, or a key part that has the template's separator in it", "choose another separator"),
        ("a set with members of several types, or a map whose keys are not text", "use a list, or convert the keys"),
        ("a validator of the field refused it", "mend the value; `error.errors` has the path and the problem"),
        ("`from_input()` met a name that is not in `allow`", "add it to `allow`, or refuse the request"),
    ),
    "ModelDefinitionError": (
        ("a field without an annotation", "write `age: Attr[int] = attr()`"),
        ("no partition key, or two", "mark exactly one field with `partition_key()`"),
        ("a type that cannot be stored", "use one that the message names, or `attr(converter=...)`"),
        ("a template that names no field, or one that may be None", "name fields that every item has"),
        ("an annotation that cannot be resolved", "import its name in the module, not only for type checkers"),
        ("a field named as a method of the model", 'rename it and keep the attribute: `attr(name="query")`'),
        ("two models of one table with the same tag", "give one of them another `tag=`"),
        ("a key type that `Model[...]` does not state", "state the types of the key fields, in their order"),
        ("an access pattern that no index serves", "declare the index, or change the query"),
    ),
    "ServiceError": (
        ("the service has a code that this version does not know", "`error.code` and `error.detail` have its words"),
        (
            "the endpoint is no DynamoDB, or an emulator that lacks the operation",
            "use an engine that has it: `python -m dynamorm_async.testing list`",
        ),
        ("a write failed", "look at `error.outcome` before you repeat it"),
    ),
    "TransportError": (
        ("no usable answer arrived", "see the classes below this one; `error.outcome` says whether to repeat a write"),
        ("a recording has an error that it does not name", "record it again"),
    ),
    "EngineNotAvailableError": (
        (
            "the engine `moto` is not installed",
            "`pip install 'dynamorm-async[testing]'`, or `pip install '.[testing]'` in a clone",
        ),
        (
            "the engine `dynoxide` or `ministack` is not installed",
            "`python -m dynamorm_async.testing install dynoxide`",
        ),
        ("the engine `dynamodb-local` has no jar", "set `DYNAMODB_LOCAL_JAR` to the one that you downloaded"),
        ("there is no engine of this name", "`python -m dynamorm_async.testing list` names them"),
    ),
    "EngineFailedError": (
        ("the engine ended", "its last words are in the message and in `error.log`"),
        ("it did not answer in time", "give it longer: `local(ready_within=60)`"),
    ),
    "BudgetExceededError": (
        ("more requests than meant", "`error.spent` has each with its line; a batch or a query may do with fewer"),
        ("a filter that reads what it drops", "let an index do it; `explain()` says what serves the query"),
        ("the engine does not say what was consumed", "budget `requests=` there, or use another engine"),
    ),
    "UnexpectedCallError": (
        ("the code makes a call that was not expected", "expect it, or mend the code; the message shows the nearest"),
        ("an expected call never came", "mend the code, or say `any_times()`"),
        ("the recording is older than the code", "delete the file, or give `again=True`, and record it once more"),
    ),
}
"""By the name of the class: a cause and what to do about it, in Markdown, the most usual first."""
