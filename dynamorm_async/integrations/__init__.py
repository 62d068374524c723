"""What every web application and Lambda function around models would otherwise write for itself.

`fastapi`, `aiohttp` and `lambda_` each need what they are named for; nothing of them is imported before.
"""

__all__: tuple[str, ...] = ()
