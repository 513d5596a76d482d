"""The post: the only room that knows how to reach the world.

Takes: letters that are ready, and the moment (machine time) after which not one byte may leave.
Gives: a verdict for each: accepted, refused, unknown, retry or breaker, and because of what.
May touch: sockets, TLS, the outbox folder, Jinja in its sandbox, the monotonic clock.
Never: the database, the wall clock, a decision about whom to write to, a second try of its own.
"""
