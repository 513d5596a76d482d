"""Who they are and what happened to them."""

from sqlalchemy import Boolean, CheckConstraint, Column, ForeignKey, Index, Integer, Table, Text, UniqueConstraint

from nurture.store.schema.base import Utc, metadata, own_id

accounts = Table(
    "accounts",
    metadata,
    own_id(),  # acc_...; its row is the lock of everybody in it
    Column("ext_id", Text, unique=True),  # the product's own id; null for an account of one
    Column("name", Text),
    Column("gen", Integer, nullable=False, server_default="0"),  # raised when a turn or close concerns all its people
    Column("traits", Text, nullable=False, server_default="{}"),
    Column("facts", Text, nullable=False, server_default="{}"),  # what its people share: engine/snapshot.py: Account
)

customers = Table(
    "customers",
    metadata,
    own_id(),  # cus_...
    Column("account_id", ForeignKey("accounts.id"), nullable=False),
    Column("ext_id", Text, unique=True),  # the product's user id; null for a lead
    Column("email", Text, nullable=False),  # as given
    Column("email_key", Text, nullable=False),  # casefolded and normalised: one lead per address
    Column("email_hash", Text, nullable=False),  # HMAC of the email_key: what suppression counts by
    Column("stage", Text, nullable=False),
    Column("stage_since", Utc, nullable=False),
    Column("persona", Text),
    Column("persona_because", Text, nullable=False, server_default=""),
    Column("persona_locked", Boolean, nullable=False, server_default="0"),
    Column("gen", Integer, nullable=False, server_default="0"),  # raised by every turn and every close
    Column("zone", Text),  # IANA name; null: the policy's else_zone
    Column("locale", Text),
    Column("signed_up_at", Utc),
    Column("trial_starts_at", Utc),
    Column("trial_ends_at", Utc),
    Column("traits", Text, nullable=False, server_default="{}"),  # name, first_name, company, role, plan among them
    Column("facts", Text, nullable=False, server_default="{}"),  # engine/snapshot.py: Facts
    Column("due_at", Utc),  # the next moment anything about them can change; null: only a fact can
    Column("due_because", Text, nullable=False, server_default=""),
    Column("revision", Integer, nullable=False, server_default="0"),  # the playbook they were last settled under
    Column("failures", Integer, nullable=False, server_default="0"),  # settles in a row that raised
    Column("created_at", Utc, nullable=False),
    Column("trial_paused_at", Utc),  # null: the trial runs
    Column("owner", Text),  # who of ours looks after them: an owner of the policy
    Column("held_at", Utc),  # since when staff hold them: nothing is decided and nothing goes out; null: nobody does
    Column("held_because", Text),
    Index("ix_customers_due", "due_at"),
    Index("ix_customers_revision", "revision"),
    Index("ix_customers_account", "account_id"),
    Index("ix_customers_email", "email_key"),
    Index("ix_customers_address", "email_hash"),
    Index("ix_customers_stage", "stage", "id"),
    Index("ix_customers_persona", "persona", "id"),
    Index("ix_customers_kind", "persona", "stage", "id"),
    Index("ix_customers_owner", "owner", "id"),
)
Index(
    "ix_customers_aside",
    customers.c.id,
    sqlite_where=customers.c.failures > 0,
    postgresql_where=customers.c.failures > 0,
)
Index(
    "uq_customers_lead",
    customers.c.email_key,
    unique=True,
    sqlite_where=customers.c.ext_id.is_(None),
    postgresql_where=customers.c.ext_id.is_(None),
)

suppressions = Table(
    "suppressions",
    metadata,
    Column("email_hash", Text, primary_key=True),  # HMAC of the email_key: outlives erasure
    Column("scope", Text, primary_key=True),  # 'all' or a topic
    Column("reason", Text, nullable=False),
    Column("at", Utc, nullable=False),
)

events = Table(
    "events",
    metadata,
    own_id(),  # evt_...
    Column("source", Text, nullable=False),
    Column("ext_id", Text, nullable=False),  # the sender's id, or our own for one that came without
    Column("customer_id", ForeignKey("customers.id")),  # null while held
    Column("held_for", Text),  # 'id:...' or 'email:...' of a customer not yet known
    Column("name", Text, nullable=False),
    Column("at", Utc, nullable=False),  # its own moment
    Column("received_at", Utc, nullable=False),
    Column("properties", Text, nullable=False, server_default="{}"),
    UniqueConstraint("source", "ext_id"),
    CheckConstraint("customer_id IS NOT NULL OR held_for IS NOT NULL", name="owned"),
    Index("ix_events_customer", "customer_id", "at", "name"),
)
Index(
    "ix_events_answers",
    events.c.at,
    sqlite_where=events.c.name == "survey_answered",
    postgresql_where=events.c.name == "survey_answered",
)
Index(
    "ix_events_held",
    events.c.held_for,
    sqlite_where=events.c.customer_id.is_(None),
    postgresql_where=events.c.customer_id.is_(None),
)

stage_changes = Table(
    "stage_changes",
    metadata,
    Column("customer_id", ForeignKey("customers.id"), primary_key=True),
    Column("n", Integer, primary_key=True),  # 1, 2, 3 ... per customer
    Column("from_stage", Text),  # null: the birth of the customer
    Column("to_stage", Text, nullable=False),
    Column("at", Utc, nullable=False),
    Column("because", Text, nullable=False),
    Index("ix_stage_changes_at", "at"),
)

milestones = Table(
    "milestones",
    metadata,
    Column("customer_id", ForeignKey("customers.id"), primary_key=True),
    Column("milestone", Text, primary_key=True),
    Column("at", Utc, nullable=False),
    Column("because", Text, nullable=False),
    Index("ix_milestones_milestone", "milestone"),
)

decisions = Table(
    "decisions",
    metadata,
    Column("customer_id", Text, primary_key=True),
    Column("at", Utc, primary_key=True),  # life time of the settle
    Column("n", Integer, primary_key=True),  # decisions of one customer at one moment
    Column("cause", Text, nullable=False),  # what woke them: 'signed_up', 'time', 'event project_created', ...
    Column("body", Text, nullable=False),  # JSON list of notes: engine/decision.py
)
