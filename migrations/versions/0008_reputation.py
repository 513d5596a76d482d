"""What the policy's limits over everything ask, and what providers tell of letters, by journey and day."""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_index(
        "ix_messages_handed",
        "messages",
        ["handed_at"],
        sqlite_where=sa.text("handed_at IS NOT NULL"),
        postgresql_where=sa.text("handed_at IS NOT NULL"),
    )
    op.create_table(
        "reputations",
        sa.Column("journey", sa.Text(), nullable=False),
        sa.Column("day", sa.Text(), nullable=False),
        sa.Column("delivered", sa.Integer(), server_default="0", nullable=False),
        sa.Column("bounced", sa.Integer(), server_default="0", nullable=False),
        sa.Column("complained", sa.Integer(), server_default="0", nullable=False),
        sa.PrimaryKeyConstraint("journey", "day", name="pk_reputations"),
    )
