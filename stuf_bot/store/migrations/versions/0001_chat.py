"""Inbox, outbox, posted messages, cursor."""

import sqlalchemy as sa
from alembic import op

revision = "0001_chat"
down_revision = None
branch_labels = None
depends_on = None

_id = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
_moment = sa.DateTime(timezone=True)
_waiting = sa.text("state = 'waiting'")


def upgrade() -> None:
    """Create the tables of the doors and of the way out."""
    op.create_table(
        "inbox",
        sa.Column("id", _id, primary_key=True),
        sa.Column("key", sa.String(300), nullable=False, unique=True),
        sa.Column("kind", sa.String(100), nullable=False),
        sa.Column("order_key", sa.String(300), nullable=False),
        sa.Column("payload", sa.Text(), nullable=False),
        sa.Column("state", sa.String(10), nullable=False),
        sa.Column("reference", sa.String(20)),
        sa.Column("received_at", _moment, nullable=False),
        sa.Column("done_at", _moment),
    )
    op.create_index("inbox_waiting", "inbox", ["id"], sqlite_where=_waiting, postgresql_where=_waiting)
    op.create_table(
        "outbox",
        sa.Column("id", _id, primary_key=True),
        sa.Column("key", sa.String(300), nullable=False, unique=True),
        sa.Column("subject", sa.String(300), nullable=False, index=True),
        sa.Column("kind", sa.String(20), nullable=False),
        sa.Column("lane", sa.Integer(), nullable=False),
        sa.Column("conversation", sa.String(300), nullable=False),
        sa.Column("payload", sa.Text(), nullable=False),
        sa.Column("state", sa.String(10), nullable=False),
        sa.Column("mark", sa.BigInteger(), nullable=False),
        sa.Column("after", sa.BigInteger()),
        sa.Column("problem", sa.String(300)),
        sa.Column("created_at", _moment, nullable=False),
        sa.Column("done_at", _moment),
    )
    op.create_index(
        "outbox_waiting", "outbox", ["conversation", "id"], sqlite_where=_waiting, postgresql_where=_waiting
    )
    op.create_table(
        "posted",
        sa.Column("message_id", sa.BigInteger(), primary_key=True, autoincrement=False),
        sa.Column("key", sa.String(300), nullable=False, index=True),
        sa.Column("content_hash", sa.String(64), nullable=False),
        sa.Column("posted_at", _moment, nullable=False),
    )
    op.create_table(
        "cursor",
        sa.Column("name", sa.String(50), primary_key=True),
        sa.Column("message_id", sa.BigInteger(), nullable=False),
        sa.Column("floor", sa.BigInteger(), nullable=False),
        sa.Column("seen_at", _moment, nullable=False),
    )


def downgrade() -> None:
    """Drop them."""
    for table in ("cursor", "posted", "outbox", "inbox"):
        op.drop_table(table)
