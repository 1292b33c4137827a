"""The outbox: files, folded posts, who asked, and channels by their former names."""

import sqlalchemy as sa
from alembic import op

revision = "0007_outbox"
down_revision = "0006_codes"
branch_labels = None
depends_on = None

_waiting = sa.text("state = 'waiting'")
_folded = sa.text("fold IS NOT NULL")


def upgrade() -> None:
    """Add what a row says about its files, its fold and its cause."""
    with op.batch_alter_table("outbox") as outbox:
        outbox.add_column(sa.Column("unsure", sa.Boolean(), nullable=False, server_default=sa.false()))
        outbox.add_column(sa.Column("asker", sa.BigInteger()))
        outbox.add_column(sa.Column("cause", sa.String(300), nullable=False, server_default=""))
        outbox.add_column(sa.Column("uploaded", sa.Text(), nullable=False, server_default=""))
        outbox.add_column(sa.Column("folds", sa.Boolean(), nullable=False, server_default=sa.false()))
        outbox.add_column(sa.Column("fold", sa.BigInteger()))
    op.create_index(
        "outbox_urgent",
        "outbox",
        ["lane", "id", "conversation"],
        sqlite_where=_waiting,
        postgresql_where=_waiting,
    )
    op.create_index("outbox_folded", "outbox", ["fold"], sqlite_where=_folded, postgresql_where=_folded)
    op.create_table(
        "channel_names",
        sa.Column("name", sa.String(100), primary_key=True),
        sa.Column("channel_id", sa.BigInteger(), nullable=False),
    )


def downgrade() -> None:
    """Forget it."""
    op.drop_table("channel_names")
    op.drop_index("outbox_folded", "outbox")
    op.drop_index("outbox_urgent", "outbox")
    with op.batch_alter_table("outbox") as outbox:
        for name in ("fold", "folds", "uploaded", "cause", "asker", "unsure"):
            outbox.drop_column(name)
