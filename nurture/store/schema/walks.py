"""Where they walk, and what goes out or waits for a person because of it."""

from sqlalchemy import Boolean, CheckConstraint, Column, ForeignKey, Index, Integer, Table, Text, UniqueConstraint

from nurture.store.schema.base import (
    CALL_STATES,
    ENROLLMENT_STATES,
    FAILED_STATES,
    MESSAGE_STATES,
    NOTICE_STATES,
    TASK_STATES,
    Utc,
    metadata,
    of_a_step,
    one_of,
    own_id,
)

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
    one_of("state", ENROLLMENT_STATES),
    CheckConstraint("state <> 'active' OR (step IS NOT NULL AND due_at IS NOT NULL)", name="nobody_is_stuck"),
    CheckConstraint("state = 'active' OR ended_at IS NOT NULL", name="an_end_has_a_moment"),
    Index("ix_enrollments_step", "journey", "state", "step"),
    Index("ix_enrollments_version", "journey", "state", "revision", "variant"),
    Index("ix_enrollments_entered", "journey", "entered_at"),
)

messages = Table(
    "messages",
    metadata,
    own_id(),  # msg_...
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
    one_of("state", MESSAGE_STATES),
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
    "ix_messages_handed",
    messages.c.handed_at,
    sqlite_where=messages.c.handed_at.is_not(None),
    postgresql_where=messages.c.handed_at.is_not(None),
)
Index(
    "ix_messages_failed",
    messages.c.decided_at,
    sqlite_where=messages.c.state.in_(FAILED_STATES),
    postgresql_where=messages.c.state.in_(FAILED_STATES),
)
Index(
    "ix_messages_handing",
    messages.c.lease_until,
    sqlite_where=messages.c.state == "handing",
    postgresql_where=messages.c.state == "handing",
)

reputations = Table(
    "reputations",  # what providers told of letters, counted once for each letter and word
    metadata,
    Column("journey", Text, primary_key=True),
    Column("day", Text, primary_key=True),  # of life time, in UTC: 2026-11-23
    Column("delivered", Integer, nullable=False, server_default="0"),
    Column("bounced", Integer, nullable=False, server_default="0"),
    Column("complained", Integer, nullable=False, server_default="0"),
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

handed = Table(
    "handed",  # letters that the journal knows of and a restored database did not: they are never sent again
    metadata,
    Column("send_id", Text, primary_key=True),
    Column("at", Utc, nullable=False),  # life time of the hand-over
)

tasks = Table(
    "tasks",  # care: what a person of ours does
    metadata,
    own_id(),  # tsk_...
    *of_a_step(),
    Column("task", Text, nullable=False),  # the task document
    Column("persona", Text),  # whose brief and talking points it shows
    Column("owner", Text),  # an owner of the policy; null: nobody's yet
    Column("state", Text, nullable=False),
    Column("because", Text, nullable=False),
    Column("opened_at", Utc, nullable=False),  # life time, like all of these
    Column("due_at", Utc, nullable=False),
    Column("snoozed_until", Utc),
    Column("claimed_by", Text),  # the member of staff who took it
    Column("escalated_at", Utc),
    Column("closed_at", Utc),
    Column("outcome", Text),
    Column("note", Text, nullable=False, server_default=""),
    one_of("state", TASK_STATES),
    UniqueConstraint("customer_id", "journey", "entry", "step", "pass"),
    Index("ix_tasks_open", "state", "owner", "due_at"),
    Index("ix_tasks_customer", "customer_id", "opened_at"),
)

notices = Table(
    "notices",  # messages in the product
    metadata,
    own_id(),  # ntc_...
    *of_a_step(),
    Column("title", Text, nullable=False),
    Column("body", Text, nullable=False),
    Column("label", Text),
    Column("url", Text),
    Column("state", Text, nullable=False),
    Column("because", Text, nullable=False),
    Column("at", Utc, nullable=False),
    Column("seen_at", Utc),
    one_of("state", NOTICE_STATES),
    UniqueConstraint("customer_id", "journey", "entry", "step", "pass"),
    Index("ix_notices_customer", "customer_id", "state", "at"),
)

calls = Table(
    "calls",  # outbound webhooks
    metadata,
    own_id(),  # cal_...: the webhook-id, the same at every attempt
    *of_a_step(),
    Column("outbound", Text, nullable=False),  # the outbound document
    Column("body", Text, nullable=False),  # JSON, as it is sent
    Column("state", Text, nullable=False),
    Column("because", Text, nullable=False),
    Column("decided_at", Utc, nullable=False),  # life time
    Column("retry_at", Utc, nullable=False),  # machine time, like the rest
    Column("attempt", Integer, nullable=False, server_default="0"),
    Column("lease_until", Utc),
    Column("worker", Text),
    Column("ended_at", Utc),
    Column("http_status", Integer),
    one_of("state", CALL_STATES),
    UniqueConstraint("customer_id", "journey", "entry", "step", "pass"),
    Index("ix_calls_state", "state", "outbound", "retry_at"),
    Index("ix_calls_customer", "customer_id", "decided_at"),
)
