"""Streamer: asynchronous requests over API Gateway WebSockets, stored with dynamorm-async."""
