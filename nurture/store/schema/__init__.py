"""The tables. One schema for SQLite and PostgreSQL; the CHECKs and unique keys carry the promises.

Moments are integer microseconds since 1970 in UTC (`Utc`), so that both databases order and compare them alike.
JSON is text in both: it is read by us, whole, with one parser. Ids are text: a prefix that says the noun, then
a ULID, so that they sort by birth; an enrollment and a message are named by their natural keys instead.

Takes: nothing.
Gives: the tables, and how a moment is kept.
May touch: nothing but SQLAlchemy's own descriptions.
Never: a connection.
"""

from nurture.store.schema.base import (
    CALL_STATES,
    ENROLLMENT_STATES,
    EPOCH,
    ERRAND_STATES,
    FAILED_STATES,
    MESSAGE_STATES,
    MICROSECOND,
    NOTICE_STATES,
    ROLES,
    SCOPES,
    TASK_STATES,
    Utc,
    metadata,
    micros,
    moment,
)
from nurture.store.schema.ours import (
    audit,
    errands,
    house,
    images,
    invitations,
    keys,
    notes,
    seals,
    sessions,
    staff,
    themes,
    unsealed,
)
from nurture.store.schema.persons import accounts, customers, decisions, events, milestones, stage_changes, suppressions
from nurture.store.schema.texts import documents, moves, playbooks, revisions
from nurture.store.schema.walks import attempts, calls, enrollments, handed, messages, notices, reputations, tasks

__all__ = [
    "CALL_STATES",
    "ENROLLMENT_STATES",
    "EPOCH",
    "ERRAND_STATES",
    "FAILED_STATES",
    "MESSAGE_STATES",
    "MICROSECOND",
    "NOTICE_STATES",
    "ROLES",
    "SCOPES",
    "TASK_STATES",
    "Utc",
    "metadata",
    "accounts",
    "attempts",
    "audit",
    "calls",
    "customers",
    "decisions",
    "documents",
    "enrollments",
    "errands",
    "events",
    "handed",
    "house",
    "images",
    "invitations",
    "keys",
    "messages",
    "milestones",
    "moves",
    "notes",
    "notices",
    "playbooks",
    "reputations",
    "revisions",
    "seals",
    "sessions",
    "staff",
    "stage_changes",
    "suppressions",
    "tasks",
    "themes",
    "unsealed",
    "micros",
    "moment",
]
