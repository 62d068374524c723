"""A small service in the manner of Lift: users of many tenants, over FastAPI or aiohttp."""
