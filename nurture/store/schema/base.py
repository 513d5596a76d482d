"""What every table is made of: moments, ids, words, and the one collection they belong to."""

from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Column,
    Dialect,
    ForeignKey,
    Integer,
    MetaData,
    Text,
    TypeDecorator,
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
FAILED_STATES = ("refused", "unknown", "lost", "blocked")  # of a message: somebody should look
ENROLLMENT_STATES = ("active", "finished", "left")
TASK_STATES = ("open", "done", "lapsed", "closed")
NOTICE_STATES = ("shown", "seen", "gone")
CALL_STATES = ("queued", "calling", "accepted", "failed", "cancelled")
ERRAND_STATES = ("waiting", "running", "done", "failed", "stopped")
ROLES = ("viewer", "editor", "publisher", "admin")
SCOPES = ("ingest", "read", "write", "admin")


def one_of(column: str, words: tuple[str, ...]) -> CheckConstraint:
    """Let a column hold one of these words and nothing else."""
    listed = ", ".join(f"'{word}'" for word in words)
    return CheckConstraint(f"{column} IN ({listed})", name=column)


def own_id() -> Column[str]:
    """Make a key that says the noun, and sorts by birth."""
    return Column("id", Text, primary_key=True)


def of_a_step() -> list[Column[Any]]:
    """Make what names an effect of a step, across versions: whose, in which journey, where, which time round."""
    return [
        Column("customer_id", ForeignKey("customers.id"), nullable=False),
        Column("journey", Text, nullable=False),
        Column("entry", Integer, nullable=False),
        Column("step", Text, nullable=False),
        Column("pass", Integer, nullable=False),
    ]
