"""What delivery events ask: who is reached at an address."""

from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_index("ix_customers_address", "customers", ["email_hash"])
