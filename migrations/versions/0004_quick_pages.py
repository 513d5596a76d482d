"""What lets the console's pages answer at once among many customers: indexes, and nothing else."""

from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.drop_index("ix_events_customer", table_name="events")
    op.create_index("ix_events_customer", "events", ["customer_id", "at", "name"])
    op.create_index("ix_customers_kind", "customers", ["persona", "stage", "id"])
    op.create_index("ix_milestones_milestone", "milestones", ["milestone"])
    op.create_index("ix_enrollments_version", "enrollments", ["journey", "state", "revision", "variant"])
