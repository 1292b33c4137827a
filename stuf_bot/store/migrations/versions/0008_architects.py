"""Several Trust Architects a STUF."""

import sqlalchemy as sa
from alembic import op

revision = "0008_architects"
down_revision = "0007_outbox"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Create the table; who asked for a STUF is the first of its TAs."""
    op.create_table(
        "architects",
        sa.Column("id", sa.Integer(), primary_key=True),
        sa.Column("stuf_id", sa.Integer(), sa.ForeignKey("stufs.id"), nullable=False),
        sa.Column("user_id", sa.BigInteger(), nullable=False),
        sa.Column("added_by", sa.BigInteger(), nullable=False),
        sa.Column("added_at", sa.DateTime(timezone=True), nullable=False),
        sa.UniqueConstraint("stuf_id", "user_id"),
    )
    op.execute(
        "INSERT INTO architects (stuf_id, user_id, added_by, added_at) "
        "SELECT id, owner_id, owner_id, created_at FROM stufs"
    )


def downgrade() -> None:
    """Drop it."""
    op.drop_table("architects")
