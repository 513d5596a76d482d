"""What the whole language of journeys asks for: shared accounts, a trial that rests, tasks, notices, calls, moves."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("accounts", sa.Column("facts", sa.Text(), server_default="{}", nullable=False))
    op.add_column("customers", sa.Column("trial_paused_at", sa.BigInteger(), nullable=True))
    op.add_column("documents", sa.Column("draft", sa.Integer(), nullable=True))
    op.add_column("revisions", sa.Column("parent", sa.Integer(), nullable=True))
    op.add_column("revisions", sa.Column("undoes", sa.Integer(), nullable=True))
    op.add_column("playbooks", sa.Column("body", sa.Text(), server_default="{}", nullable=False))
    op.add_column("playbooks", sa.Column("undone_at", sa.BigInteger(), nullable=True))
    op.create_table(
        "tasks",
        *_of_a_step(),
        sa.Column("task", sa.Text(), nullable=False),
        sa.Column("persona", sa.Text(), nullable=True),
        sa.Column("owner", sa.Text(), nullable=True),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("because", sa.Text(), nullable=False),
        sa.Column("opened_at", sa.BigInteger(), nullable=False),
        sa.Column("due_at", sa.BigInteger(), nullable=False),
        sa.Column("snoozed_until", sa.BigInteger(), nullable=True),
        sa.Column("claimed_by", sa.Text(), nullable=True),
        sa.Column("escalated_at", sa.BigInteger(), nullable=True),
        sa.Column("closed_at", sa.BigInteger(), nullable=True),
        sa.Column("outcome", sa.Text(), nullable=True),
        sa.Column("note", sa.Text(), server_default="", nullable=False),
        *_keys_of_a_step("tasks", "state IN ('open', 'done', 'lapsed', 'closed')"),
    )
    op.create_index("ix_tasks_open", "tasks", ["state", "owner", "due_at"])
    op.create_index("ix_tasks_customer", "tasks", ["customer_id", "opened_at"])
    op.create_table(
        "notices",
        *_of_a_step(),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("label", sa.Text(), nullable=True),
        sa.Column("url", sa.Text(), nullable=True),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("because", sa.Text(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("seen_at", sa.BigInteger(), nullable=True),
        *_keys_of_a_step("notices", "state IN ('shown', 'seen', 'gone')"),
    )
    op.create_index("ix_notices_customer", "notices", ["customer_id", "state", "at"])
    op.create_table(
        "calls",
        *_of_a_step(),
        sa.Column("outbound", sa.Text(), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("because", sa.Text(), nullable=False),
        sa.Column("decided_at", sa.BigInteger(), nullable=False),
        sa.Column("retry_at", sa.BigInteger(), nullable=False),
        sa.Column("attempt", sa.Integer(), server_default="0", nullable=False),
        sa.Column("lease_until", sa.BigInteger(), nullable=True),
        sa.Column("worker", sa.Text(), nullable=True),
        sa.Column("ended_at", sa.BigInteger(), nullable=True),
        sa.Column("http_status", sa.Integer(), nullable=True),
        *_keys_of_a_step("calls", "state IN ('queued', 'calling', 'accepted', 'failed', 'cancelled')"),
    )
    op.create_index("ix_calls_state", "calls", ["state", "outbound", "retry_at"])
    op.create_index("ix_calls_customer", "calls", ["customer_id", "decided_at"])
    op.create_table(
        "moves",
        sa.Column("playbook", sa.Integer(), nullable=False),
        sa.Column("customer_id", sa.Text(), nullable=False),
        sa.Column("journey", sa.Text(), nullable=False),
        sa.Column("entry", sa.Integer(), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("undone_at", sa.BigInteger(), nullable=True),
        sa.PrimaryKeyConstraint("playbook", "customer_id", "journey", "entry", name=op.f("pk_moves")),
        sa.ForeignKeyConstraint(["customer_id"], ["customers.id"], name=op.f("fk_moves_customer_id")),
    )


def _of_a_step() -> list[sa.Column]:
    return [
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("customer_id", sa.Text(), nullable=False),
        sa.Column("journey", sa.Text(), nullable=False),
        sa.Column("entry", sa.Integer(), nullable=False),
        sa.Column("step", sa.Text(), nullable=False),
        sa.Column("pass", sa.Integer(), nullable=False),
    ]


def _keys_of_a_step(table: str, states: str) -> list[sa.Constraint]:
    return [
        sa.CheckConstraint(states, name=op.f(f"ck_{table}_state")),
        sa.ForeignKeyConstraint(["customer_id"], ["customers.id"], name=op.f(f"fk_{table}_customer_id")),
        sa.PrimaryKeyConstraint("id", name=op.f(f"pk_{table}")),
        sa.UniqueConstraint(
            "customer_id",
            "journey",
            "entry",
            "step",
            "pass",
            name=op.f(f"uq_{table}_customer_id_journey_entry_step_pass"),
        ),
    ]
