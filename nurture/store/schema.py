"""The tables. One schema for SQLite and PostgreSQL; the CHECKs and unique keys carry the promises.

Moments are integer microseconds since 1970 in UTC (`Utc`), so that both databases order and compare them alike.
JSON is text in both: it is read by us, whole, with one parser. Ids are text: a prefix that says the noun, then
a ULID, so that they sort by birth; an enrollment and a message are named by their natural keys instead.
"""

from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import (
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    Dialect,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    Table,
    Text,
    TypeDecorator,
    UniqueConstraint,
)

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
MICROSECOND = timedelta(microseconds=1)


def micros(moment: datetime) -> int:
    """Count the microseconds from 1970 to an aware moment; a naive one raises TypeError."""
    return (moment - EPOCH) // MICROSECOND


def moment(at: int) -> datetime:
    """Turn microseconds since 1970 into an aware UTC moment."""
    return EPOCH + timedelta(microseconds=at)


class Utc(TypeDecorator[datetime]):
    """A moment, stored as microseconds since 1970; refuses naive ones."""

    impl = BigInteger
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> int | None:
        if value is not None and value.tzinfo is None:
            raise TypeError(f"a moment without a zone: {value!r}")
        return None if value is None else micros(value)

    def process_result_value(self, value: Any, dialect: Dialect) -> datetime | None:
        return None if value is None else moment(value)


metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "ck": "ck_%(table_name)s_%(constraint_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s",
        "pk": "pk_%(table_name)s",
    }
)

MESSAGE_STATES = ("queued", "handing", "accepted", "refused", "unknown", "lost", "blocked", "cancelled")
ENROLLMENT_STATES = ("active", "finished", "left")
ROLES = ("viewer", "editor", "publisher", "admin")
SCOPES = ("ingest", "read", "write", "admin")


def _one_of(column: str, words: tuple[str, ...]) -> CheckConstraint:
    listed = ", ".join(f"'{word}'" for word in words)
    return CheckConstraint(f"{column} IN ({listed})", name=column)


def _id() -> Column[str]:
    return Column("id", Text, primary_key=True)


# --- people -----------------------------------------------------------------------------------------------------

accounts = Table(
    "accounts",
    metadata,
    _id(),  # acc_...; its row is the lock of everybody in it
    Column("ext_id", Text, unique=True),  # the product's own id; null for an account of one
    Column("name", Text),
    Column("gen", Integer, nullable=False, server_default="0"),  # raised when a turn or close concerns all its people
    Column("traits", Text, nullable=False, server_default="{}"),
)

customers = Table(
    "customers",
    metadata,
    _id(),  # cus_...
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
    Index("ix_customers_due", "due_at"),
    Index("ix_customers_revision", "revision"),
    Index("ix_customers_account", "account_id"),
    Index("ix_customers_email", "email_key"),
    Index("ix_customers_stage", "stage", "id"),
    Index("ix_customers_persona", "persona", "id"),
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

# --- what happened ----------------------------------------------------------------------------------------------

events = Table(
    "events",
    metadata,
    _id(),  # evt_...
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
    Index("ix_events_customer", "customer_id", "at"),
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
)

milestones = Table(
    "milestones",
    metadata,
    Column("customer_id", ForeignKey("customers.id"), primary_key=True),
    Column("milestone", Text, primary_key=True),
    Column("at", Utc, nullable=False),
    Column("because", Text, nullable=False),
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

# --- where they walk --------------------------------------------------------------------------------------------

enrollments = Table(
    "enrollments",
    metadata,
    Column("customer_id", ForeignKey("customers.id"), primary_key=True),
    Column("journey", Text, primary_key=True),
    Column("entry", Integer, primary_key=True),  # 1 for the first time, 2 for the second ...
    Column("revision", Integer, nullable=False),  # of the journey: the version they are pinned to
    Column("variant", Text),  # the journey whose shape they walk, where a variant was chosen
    Column("state", Text, nullable=False),
    Column("step", Text),  # where they stand; null once ended
    Column("since", Utc, nullable=False),  # when they arrived there
    Column("due_at", Utc),  # when time alone moves them on
    Column("because", Text, nullable=False),  # why they stand here, or why it ended
    Column("entered_at", Utc, nullable=False),
    Column("entered_because", Text, nullable=False),
    Column("ended_at", Utc),
    Column("facts", Text, nullable=False, server_default="{}"),  # passes, arms, what a step remembers
    _one_of("state", ENROLLMENT_STATES),
    CheckConstraint("state <> 'active' OR (step IS NOT NULL AND due_at IS NOT NULL)", name="nobody_is_stuck"),
    CheckConstraint("state = 'active' OR ended_at IS NOT NULL", name="an_end_has_a_moment"),
    Index("ix_enrollments_step", "journey", "state", "step"),
)

messages = Table(
    "messages",
    metadata,
    _id(),  # msg_...
    Column("send_id", Text, nullable=False, unique=True),  # HMAC of the natural key: the same after a restore
    Column("customer_id", ForeignKey("customers.id"), nullable=False),
    Column("journey", Text, nullable=False),
    Column("entry", Integer, nullable=False),
    Column("step", Text, nullable=False),
    Column("pass", Integer, nullable=False),
    Column("email", Text, nullable=False),  # the email document
    Column("topic", Text, nullable=False),
    Column("urgent", Boolean, nullable=False),
    Column("customer_gen", Integer, nullable=False),
    Column("account_gen", Integer, nullable=False),
    Column("state", Text, nullable=False),
    Column("because", Text, nullable=False),
    Column("decided_at", Utc, nullable=False),  # life time
    Column("not_before", Utc, nullable=False),  # life time
    Column("expires_at", Utc, nullable=False),  # life time: later than this it is skipped as late
    Column("retry_at", Utc, nullable=False),  # machine time: not tried again before
    Column("attempt", Integer, nullable=False, server_default="0"),
    Column("lease_until", Utc),  # machine time; only while handing
    Column("worker", Text),
    Column("handed_at", Utc),  # life time of the hand-over
    Column("provider_id", Text),
    Column("variant", Text),  # which text was chosen: 'wilma.de'
    Column("persona", Text),
    Column("subject", Text),
    _one_of("state", MESSAGE_STATES),
    CheckConstraint("state <> 'handing' OR lease_until IS NOT NULL", name="handing_has_a_lease"),
    UniqueConstraint("customer_id", "journey", "entry", "step", "pass"),  # at most once, across versions
    Index("ix_messages_customer", "customer_id", "decided_at"),
)
Index(
    "ix_messages_queued",
    messages.c.retry_at,
    messages.c.not_before,
    sqlite_where=messages.c.state == "queued",
    postgresql_where=messages.c.state == "queued",
)
Index(
    "ix_messages_handing",
    messages.c.lease_until,
    sqlite_where=messages.c.state == "handing",
    postgresql_where=messages.c.state == "handing",
)

attempts = Table(
    "attempts",
    metadata,
    Column("message_id", ForeignKey("messages.id"), primary_key=True),
    Column("n", Integer, primary_key=True),
    Column("started_at", Utc, nullable=False),  # machine time
    Column("finished_at", Utc),
    Column("outcome", Text),
    Column("http_status", Integer),
    Column("because", Text, nullable=False, server_default=""),
)

# --- what staff edit --------------------------------------------------------------------------------------------

documents = Table(
    "documents",
    metadata,
    Column("kind", Text, primary_key=True),
    Column("key", Text, primary_key=True),
    Column("published", Integer),  # the live revision; null: never published or archived
    Column("latest", Integer, nullable=False),
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
)

playbooks = Table(
    "playbooks",
    metadata,
    Column("revision", Integer, primary_key=True),  # one more with each publish
    Column("published_at", Utc, nullable=False),
    Column("actor", Text, nullable=False),
    Column("note", Text, nullable=False, server_default=""),
)

# --- staff, keys and the house itself ---------------------------------------------------------------------------

staff = Table(
    "staff",
    metadata,
    _id(),  # stf_...
    Column("email", Text, nullable=False, unique=True),
    Column("name", Text, nullable=False, server_default=""),
    Column("role", Text, nullable=False),
    Column("password_hash", Text, nullable=False),
    Column("disabled_at", Utc),
    Column("created_at", Utc, nullable=False),
    _one_of("role", ROLES),
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
    _id(),  # key_...
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
    _id(),  # aud_...
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
