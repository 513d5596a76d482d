"""Memory: what is known, kept in one database, SQLite or PostgreSQL alike.

Takes: plain values and aware moments, and acts to run inside one transaction.
Gives: NamedTuples with aware moments, never rows of the driver; once `write` returns, what it wrote is durable.
May touch: the database it was given the address of, SQLAlchemy, and the drivers.
Never: a decision about a customer, a clock, a provider, an HTTP request; nor SQL outside this room.
"""
