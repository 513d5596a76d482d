"""What the console asks for: owners and holds of customers, notes, themes, invitations, images, errands."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

ROLES = "role IN ('viewer', 'editor', 'publisher', 'admin')"
ANSWERS = sa.text("name = 'survey_answered'")
ASIDE = sa.text("failures > 0")
FAILED = sa.text("state IN ('refused', 'unknown', 'lost', 'blocked')")


def upgrade() -> None:
    _of_customers()
    _of_staff()
    _of_what_staff_write()
    op.create_table(
        "errands",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("asked", sa.Text(), nullable=False),
        sa.Column("author", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("done", sa.Integer(), server_default="0", nullable=False),
        sa.Column("total", sa.Integer(), nullable=True),
        sa.Column("result", sa.Text(), nullable=True),
        sa.Column("asked_at", sa.BigInteger(), nullable=False),
        sa.Column("lease_until", sa.BigInteger(), nullable=True),
        sa.Column("ended_at", sa.BigInteger(), nullable=True),
        sa.CheckConstraint(
            "state IN ('waiting', 'running', 'done', 'failed', 'stopped')", name=op.f("ck_errands_state")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_errands")),
    )
    op.create_index("ix_errands_state", "errands", ["state", "asked_at"])


def _of_customers() -> None:
    op.add_column("customers", sa.Column("owner", sa.Text(), nullable=True))
    op.add_column("customers", sa.Column("held_at", sa.BigInteger(), nullable=True))
    op.add_column("customers", sa.Column("held_because", sa.Text(), nullable=True))
    op.create_index("ix_customers_owner", "customers", ["owner", "id"])
    op.create_index("ix_customers_aside", "customers", ["id"], sqlite_where=ASIDE, postgresql_where=ASIDE)
    op.create_index("ix_messages_failed", "messages", ["decided_at"], sqlite_where=FAILED, postgresql_where=FAILED)
    op.create_index("ix_stage_changes_at", "stage_changes", ["at"])
    op.create_index("ix_enrollments_entered", "enrollments", ["journey", "entered_at"])
    op.create_index("ix_events_answers", "events", ["at"], sqlite_where=ANSWERS, postgresql_where=ANSWERS)


def _of_staff() -> None:
    op.add_column("staff", sa.Column("visited_at", sa.BigInteger(), nullable=True))
    op.add_column("staff", sa.Column("totp_secret", sa.Text(), nullable=True))
    op.add_column("staff", sa.Column("totp_last", sa.Integer(), nullable=True))
    op.create_table(
        "invitations",
        sa.Column("token_hash", sa.LargeBinary(), nullable=False),
        sa.Column("email", sa.Text(), nullable=False),
        sa.Column("role", sa.Text(), nullable=False),
        sa.Column("staff_id", sa.Text(), nullable=True),
        sa.Column("made_by", sa.Text(), nullable=False),
        sa.Column("made_at", sa.BigInteger(), nullable=False),
        sa.Column("expires_at", sa.BigInteger(), nullable=False),
        sa.Column("used_at", sa.BigInteger(), nullable=True),
        sa.CheckConstraint(ROLES, name=op.f("ck_invitations_role")),
        sa.PrimaryKeyConstraint("token_hash", name=op.f("pk_invitations")),
        sa.ForeignKeyConstraint(["staff_id"], ["staff.id"], name=op.f("fk_invitations_staff_id")),
    )


def _of_what_staff_write() -> None:
    op.create_table(
        "notes",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("customer_id", sa.Text(), nullable=False),
        sa.Column("author", sa.Text(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_notes")),
        sa.ForeignKeyConstraint(["customer_id"], ["customers.id"], name=op.f("fk_notes_customer_id")),
    )
    op.create_index("ix_notes_customer", "notes", ["customer_id", "at"])
    op.create_table(
        "themes",
        sa.Column("event_id", sa.Text(), nullable=False),
        sa.Column("theme", sa.Text(), nullable=False),
        sa.Column("author", sa.Text(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("validated", sa.Boolean(), server_default=sa.false(), nullable=False),
        sa.PrimaryKeyConstraint("event_id", "theme", name=op.f("pk_themes")),
        sa.ForeignKeyConstraint(["event_id"], ["events.id"], name=op.f("fk_themes_event_id")),
    )
    op.create_index("ix_themes_theme", "themes", ["theme"])
    op.create_table(
        "images",
        sa.Column("hash", sa.Text(), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("alt", sa.Text(), nullable=False),
        sa.Column("width", sa.Integer(), nullable=False),
        sa.Column("height", sa.Integer(), nullable=False),
        sa.Column("author", sa.Text(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("hash", name=op.f("pk_images")),
    )
