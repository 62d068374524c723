"""One small adapter per client.

An adapter is a module that opens with its dependencies as inline script metadata (PEP 723), from which the harness
makes its virtual environment, and has

``LABEL``
    the name in the tables;
``MODELS``
    whether reads return typed objects (False: dictionaries);
``DIALECT``
    how it stores datetimes, one of `benchmarks.item.wire_datetime`; ``iso`` if not given;
``async setup(endpoint)``
    an object whose methods are the works below. Importing the module imports the client, and `setup` plus one ``get``
    is a cold start. A method that is missing shows as ``-``.

===================== ==========================================================================================
``get()``             one item of 12 attributes, of whatever size the stub serves
``get_wide(width)``   one item of that many attributes
``put(kilobytes=1)``  one item of 12 attributes
``query()``           one query, all its items as a list, of whatever length the stub serves
``batch_get()``       `item.INDEXED` items by key, as a list
``batch_write()``     25 items
``transact()``        one transaction of four: two puts, an update with a condition, a delete with a condition
``stream(count)``     reads that many events over as many pages as it takes, keeping none; returns how many
``decode(body)``      not async: the bytes of a Query page to a list of items
``encode()``          not async: one item to the bytes of a PutItem body
``read(item)``        not async: an item that ``get`` returned, as a dictionary of Python values, to prove it right
``close()``           release everything
===================== ==========================================================================================
"""
