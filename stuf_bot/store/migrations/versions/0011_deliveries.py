"""What came in from outside: how much, what nobody could handle, and how far GitHub was looked at."""

import sqlalchemy as sa
from alembic import op

revision = "0011_deliveries"
down_revision = "0010_relays"
branch_labels = None
depends_on = None

_moment = sa.DateTime(timezone=True)


def upgrade() -> None:
    """Create the tables."""
    op.create_table(
        "kept_deliveries",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), primary_key=True),
        sa.Column("key", sa.String(300), nullable=False, unique=True),
        sa.Column("source", sa.String(20), nullable=False),
        sa.Column("delivery_id", sa.String(200), nullable=False),
        sa.Column("kind", sa.String(200), nullable=False),
        sa.Column("subject", sa.String(300), nullable=False),
        sa.Column("why", sa.String(10), nullable=False),
        sa.Column("reference", sa.String(20), nullable=False),
        sa.Column("state", sa.String(10), nullable=False),
        sa.Column("size", sa.Integer(), nullable=False),
        sa.Column("kept_at", _moment, nullable=False),
        sa.Column("replays", sa.Integer(), nullable=False),
        sa.Column("replayed_at", _moment),
        sa.Column("replayed_by", sa.BigInteger()),
        sa.Column("body", sa.Text(), nullable=False),
        sqlite_autoincrement=True,
    )
    op.create_table(
        "delivery_counts",
        sa.Column("day", sa.Date(), primary_key=True),
        sa.Column("source", sa.String(20), primary_key=True),
        sa.Column("outcome", sa.String(40), primary_key=True),
        sa.Column("number", sa.Integer(), nullable=False),
    )
    op.create_table(
        "seen_objects",
        sa.Column("key", sa.String(300), primary_key=True),
        sa.Column("updated_at", _moment, nullable=False),
    )
    op.create_table(
        "looks",
        sa.Column("repository", sa.String(200), primary_key=True),
        sa.Column("looked_at", _moment, nullable=False),
    )


def downgrade() -> None:
    """Drop them."""
    for table in ("looks", "seen_objects", "delivery_counts", "kept_deliveries"):
        op.drop_table(table)
