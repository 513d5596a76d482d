"""The post, calls, and who staff are: the only room that knows how to reach the world.

Takes: letters and calls that are ready, and the moment (machine time) after which not one byte may leave; the answer
    that a browser brought back from the company's own accounts.
Gives: for each what became of it, such as accepted, refused or unknown, and because of what; an address that is proven.
May touch: sockets, TLS, the outbox folder, Jinja in its sandbox, the monotonic clock.
Never: the database, the wall clock, a decision about whom to write to, a second try of its own.
"""
