"""How Alembic runs a migration here: on the connection it is given (nurture/store/migrate.py), in its transaction."""

from typing import Any, Literal

from alembic import context
from alembic.autogenerate.api import AutogenContext

from nurture.store.schema import Utc, metadata


def render_item(kind: str, item: Any, _: AutogenContext) -> str | Literal[False]:
    """Write a moment as what it is in the database: a migration must not change when our types do."""
    return "sa.BigInteger()" if kind == "type" and isinstance(item, Utc) else False


connection = context.config.attributes["connection"]
context.configure(
    connection=connection,
    target_metadata=metadata,
    render_as_batch=True,  # SQLite changes a table by copying it
    render_item=render_item,
    compare_type=True,
)
context.run_migrations()
