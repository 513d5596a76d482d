"""Staff, keys and the house itself."""

from sqlalchemy import Column, ForeignKey, LargeBinary, Table, Text

from nurture.store.schema.base import ROLES, Utc, metadata, one_of, own_id

staff = Table(
    "staff",
    metadata,
    own_id(),  # stf_...
    Column("email", Text, nullable=False, unique=True),
    Column("name", Text, nullable=False, server_default=""),
    Column("role", Text, nullable=False),
    Column("password_hash", Text, nullable=False),
    Column("disabled_at", Utc),
    Column("created_at", Utc, nullable=False),
    one_of("role", ROLES),
)

sessions = Table(
    "sessions",
    metadata,
    Column("token_hash", LargeBinary, primary_key=True),  # SHA-256 of the cookie
    Column("staff_id", ForeignKey("staff.id"), nullable=False),
    Column("csrf", Text, nullable=False),
    Column("started_at", Utc, nullable=False),  # machine time, like the next
    Column("seen_at", Utc, nullable=False),
)

keys = Table(
    "keys",
    metadata,
    own_id(),  # key_...
    Column("name", Text, nullable=False),
    Column("hash", LargeBinary, nullable=False, unique=True),  # SHA-256 of the whole key
    Column("hint", Text, nullable=False),  # its last four characters
    Column("scopes", Text, nullable=False),  # comma-separated
    Column("created_at", Utc, nullable=False),
    Column("revoked_at", Utc),
)

audit = Table(
    "audit",
    metadata,
    own_id(),  # aud_...
    Column("at", Utc, nullable=False),
    Column("actor", Text, nullable=False),
    Column("act", Text, nullable=False),
    Column("subject", Text, nullable=False),
    Column("before", Text),
    Column("after", Text),
)

house = Table(
    "house",  # what the installation must remember of itself: the life clock's anchor, a hold on all sending
    metadata,
    Column("name", Text, primary_key=True),
    Column("value", Text, nullable=False),
)
