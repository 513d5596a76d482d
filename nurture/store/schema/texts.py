"""What staff edit, in revisions, and what was published when."""

from sqlalchemy import Column, ForeignKey, Integer, Table, Text

from nurture.store.schema.base import Utc, metadata

documents = Table(
    "documents",
    metadata,
    Column("kind", Text, primary_key=True),
    Column("key", Text, primary_key=True),
    Column("published", Integer),  # the live revision; null: never published or archived
    Column("latest", Integer, nullable=False),
    Column("draft", Integer),  # the revision being edited; null: no draft
)

revisions = Table(
    "revisions",
    metadata,
    Column("kind", Text, primary_key=True),
    Column("key", Text, primary_key=True),
    Column("n", Integer, primary_key=True),
    Column("text", Text, nullable=False),  # byte for byte as written; an email's folder as a JSON map of its files
    Column("sha256", Text, nullable=False),
    Column("author", Text, nullable=False),
    Column("note", Text, nullable=False, server_default=""),
    Column("saved_at", Utc, nullable=False),
    Column("playbook", Integer),  # the playbook revision in which it was first published
    Column("parent", Integer),  # the revision whose text it was made from
    Column("undoes", Integer),  # the revision whose edit it takes back, or brings back
)

playbooks = Table(
    "playbooks",
    metadata,
    Column("revision", Integer, primary_key=True),  # one more with each publish
    Column("published_at", Utc, nullable=False),
    Column("actor", Text, nullable=False),
    Column("note", Text, nullable=False, server_default=""),
    Column("body", Text, nullable=False, server_default="{}"),  # JSON: what stood before, and what people inside do
    Column("undone_at", Utc),
)

moves = Table(
    "moves",  # people inside a journey whom a publish moved, so that it can be undone
    metadata,
    Column("playbook", Integer, primary_key=True),
    Column("customer_id", ForeignKey("customers.id"), primary_key=True),
    Column("journey", Text, primary_key=True),
    Column("entry", Integer, primary_key=True),
    Column("body", Text, nullable=False),  # JSON: where they stood before, and where they stand since
    Column("undone_at", Utc),
)
