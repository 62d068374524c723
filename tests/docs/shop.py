# Two models of one table, for the examples that read both. Run after scene.py, whose Order it replaces.


class Profile(Model, table="shop", tag=True):
    user: Attr[str] = attr()
    pk: Attr[str] = partition_key("USER#{user}")
    sk: Attr[str] = sort_key("PROFILE")


class Order(Model, table="shop", tag=True):
    user: Attr[str] = attr()
    number: Attr[str] = attr()
    pk: Attr[str] = partition_key("USER#{user}")
    sk: Attr[str] = sort_key("ORDER#{number}")


await db.create_table(Profile, Order)
await Profile(user="u").create()
await Order(user="u", number="1").create()
