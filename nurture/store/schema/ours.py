"""Staff, keys and the house itself."""

from sqlalchemy import Boolean, Column, ForeignKey, Index, Integer, LargeBinary, Table, Text, false

from nurture.store.schema.base import ERRAND_STATES, ROLES, Utc, metadata, one_of, own_id

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
    Column("visited_at", Utc),  # life time of their last look at Today: what changed since is news to them
    Column("totp_secret", Text),  # the second factor, base32; null while none is set up
    Column("totp_last", Integer),  # the step of the last code that was used: no code is taken twice
    one_of("role", ROLES),
)

invitations = Table(
    "invitations",  # one-time links: for somebody who is to join, or who forgot their password
    metadata,
    Column("token_hash", LargeBinary, primary_key=True),  # SHA-256 of the link's token
    Column("email", Text, nullable=False),
    Column("role", Text, nullable=False),
    Column("staff_id", ForeignKey("staff.id")),  # whose password it resets; null for somebody new
    Column("made_by", Text, nullable=False),
    Column("made_at", Utc, nullable=False),  # machine time, like the next two
    Column("expires_at", Utc, nullable=False),
    Column("used_at", Utc),
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

unsealed = Table(
    "audit_unsealed",  # acts that stand in no chain yet
    metadata,
    Column("audit_id", ForeignKey("audit.id"), primary_key=True),
)

seals = Table(
    "audit_seals",  # the chain over the audit: each link names one act, and the link before it
    metadata,
    Column("seq", Integer, primary_key=True, autoincrement=False),
    Column("audit_id", ForeignKey("audit.id"), nullable=False, unique=True),
    Column("content", Text, nullable=False),  # SHA-256 of what stood before and after: it outlives an erasure
    Column("hash", Text, nullable=False),  # SHA-256 over the act, its content, and the hash before
)

notes = Table(
    "notes",  # what staff write down about a customer
    metadata,
    own_id(),  # nte_...
    Column("customer_id", ForeignKey("customers.id"), nullable=False),
    Column("author", Text, nullable=False),
    Column("text", Text, nullable=False),
    Column("at", Utc, nullable=False),
    Index("ix_notes_customer", "customer_id", "at"),
)

themes = Table(
    "themes",  # what an answer is about, and whether a customer confirmed it, as staff read it
    metadata,
    Column("event_id", ForeignKey("events.id"), primary_key=True),
    Column("theme", Text, primary_key=True),
    Column("author", Text, nullable=False),
    Column("at", Utc, nullable=False),
    Column("validated", Boolean, nullable=False, server_default=false()),
    Index("ix_themes_theme", "theme"),
)

images = Table(
    "images",  # what staff uploaded for emails, served by the hash of its content
    metadata,
    Column("hash", Text, primary_key=True),
    Column("content", LargeBinary, nullable=False),
    Column("kind", Text, nullable=False),  # image/png, ...
    Column("name", Text, nullable=False),
    Column("alt", Text, nullable=False),  # '' where it is decorative
    Column("width", Integer, nullable=False),
    Column("height", Integer, nullable=False),
    Column("author", Text, nullable=False),
    Column("at", Utc, nullable=False),
)

errands = Table(
    "errands",  # long work that staff asked for: it can be left, and found again
    metadata,
    own_id(),  # ern_...
    Column("kind", Text, nullable=False),
    Column("asked", Text, nullable=False),  # JSON: what was asked for
    Column("author", Text, nullable=False),
    Column("state", Text, nullable=False),
    Column("done", Integer, nullable=False, server_default="0"),
    Column("total", Integer),  # null as long as nobody knows
    Column("result", Text),  # JSON, or why it failed
    Column("asked_at", Utc, nullable=False),  # machine time, like the next two
    Column("lease_until", Utc),
    Column("ended_at", Utc),
    one_of("state", ERRAND_STATES),
    Index("ix_errands_state", "state", "asked_at"),
)

house = Table(
    "house",  # what the installation must remember of itself: the life clock's anchor, a hold on all sending
    metadata,
    Column("name", Text, primary_key=True),
    Column("value", Text, nullable=False),
)
