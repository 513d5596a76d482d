"""A chain over the audit, and the rule that nothing in it is rewritten or taken out."""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

STAYS = "what stands in the audit stays"
COLUMNS = ("id", "at", "actor", "act", "subject")


def upgrade() -> None:
    op.create_table(
        "audit_unsealed",
        sa.Column("audit_id", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["audit_id"], ["audit.id"], name="fk_audit_unsealed_audit_id"),
        sa.PrimaryKeyConstraint("audit_id", name="pk_audit_unsealed"),
    )
    op.create_table(
        "audit_seals",
        sa.Column("seq", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("audit_id", sa.Text(), nullable=False),
        sa.Column("content", sa.Text(), nullable=False),
        sa.Column("hash", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["audit_id"], ["audit.id"], name="fk_audit_seals_audit_id"),
        sa.PrimaryKeyConstraint("seq", name="pk_audit_seals"),
        sa.UniqueConstraint("audit_id", name="uq_audit_seals_audit_id"),
    )
    op.execute("INSERT INTO audit_unsealed SELECT id FROM audit")
    _keep_acts_as_written()


def _keep_acts_as_written() -> None:
    """Refuse every change but one: an erasure empties what stood before and after."""
    other = " OR ".join(f"NEW.{name} <> OLD.{name}" for name in COLUMNS)
    rewritten = f"{other} OR NEW.before IS NOT NULL OR NEW.after IS NOT NULL"
    rules = [
        ("audit_stays", "DELETE ON audit", ""),
        ("audit_reads_the_same", "UPDATE ON audit", rewritten),
        ("seals_stay", "DELETE ON audit_seals", ""),
        ("seals_read_the_same", "UPDATE ON audit_seals", ""),
    ]
    if op.get_bind().dialect.name == "sqlite":
        for name, what, where in rules:
            when = f" WHEN {where}" if where else ""
            op.execute(f"CREATE TRIGGER {name} BEFORE {what}{when} BEGIN SELECT RAISE(ABORT, '{STAYS}'); END")
        return
    op.execute(
        "CREATE FUNCTION audit_stays() RETURNS trigger LANGUAGE plpgsql AS"
        f" $$ BEGIN RAISE integrity_constraint_violation USING MESSAGE = '{STAYS}'; END $$"
    )
    for name, what, where in rules:
        when = f" WHEN ({where})" if where else ""
        op.execute(f"CREATE TRIGGER {name} BEFORE {what} FOR EACH ROW{when} EXECUTE FUNCTION audit_stays()")
    for table in ("audit", "audit_seals"):
        op.execute(f"CREATE TRIGGER {table}_is_not_emptied BEFORE TRUNCATE ON {table} EXECUTE FUNCTION audit_stays()")
