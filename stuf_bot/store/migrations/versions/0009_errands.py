"""Durable calls to outside services."""

import sqlalchemy as sa
from alembic import op

revision = "0009_errands"
down_revision = "0008_architects"
branch_labels = None
depends_on = None

_waiting = sa.text("state = 'waiting'")


def upgrade() -> None:
    """Create the table."""
    op.create_table(
        "errands",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), primary_key=True),
        sa.Column("key", sa.String(300), nullable=False, unique=True),
        sa.Column("kind", sa.String(100), nullable=False),
        sa.Column("order_key", sa.String(300), nullable=False),
        sa.Column("payload", sa.Text(), nullable=False),
        sa.Column("state", sa.String(10), nullable=False),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("done_at", sa.DateTime(timezone=True)),
    )
    op.create_index("errands_waiting", "errands", ["id"], sqlite_where=_waiting, postgresql_where=_waiting)


def downgrade() -> None:
    """Drop it."""
    op.drop_table("errands")
