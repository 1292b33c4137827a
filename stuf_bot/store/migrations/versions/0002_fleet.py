"""STUFs, their operations, personal data on its way to storage, announced uploads."""

import sqlalchemy as sa
from alembic import op

revision = "0002_fleet"
down_revision = "0001_chat"
branch_labels = None
depends_on = None

_moment = sa.DateTime(timezone=True)
_in_use = sa.text("state <> 'gone'")
_active = sa.text("state IN ('waiting', 'running')")


def upgrade() -> None:
    """Create the fleet's tables."""
    op.create_table(
        "stufs",
        sa.Column("id", sa.Integer(), primary_key=True),
        sa.Column("slug", sa.String(32), nullable=False),
        sa.Column("spec", sa.JSON(), nullable=False),
        sa.Column("owner_id", sa.BigInteger(), nullable=False),
        sa.Column("owner_name", sa.Text(), nullable=False),
        sa.Column("channel", sa.Text(), nullable=False),
        sa.Column("state", sa.String(16), nullable=False),
        sa.Column("outputs", sa.JSON()),
        sa.Column("created_at", _moment, nullable=False),
    )
    op.create_index(
        "uq_stufs_slug_in_use", "stufs", ["slug"], unique=True, sqlite_where=_in_use, postgresql_where=_in_use
    )
    op.create_table(
        "operations",
        sa.Column("number", sa.Integer(), primary_key=True),
        sa.Column("id", sa.String(16), nullable=False, unique=True),
        sa.Column("stuf_id", sa.Integer(), sa.ForeignKey("stufs.id"), nullable=False, index=True),
        sa.Column("kind", sa.String(16), nullable=False),
        sa.Column("state", sa.String(16), nullable=False),
        sa.Column("attempt", sa.Integer(), nullable=False),
        sa.Column("start_at", sa.String(32), nullable=False),
        sa.Column("steps", sa.JSON(), nullable=False),
        sa.Column("run_id", sa.BigInteger()),
        sa.Column("run_url", sa.Text()),
        sa.Column("dispatching", sa.Boolean(), nullable=False),
        sa.Column("adopt_files", sa.Boolean(), nullable=False),
        sa.Column("failure", sa.JSON()),
        sa.Column("person_id", sa.BigInteger(), nullable=False),
        sa.Column("person_name", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("started_at", _moment, nullable=False),
        sa.Column("ended_at", _moment),
        sa.Column("sequence", sa.Integer(), nullable=False),
    )
    op.create_index(
        "uq_operations_active",
        "operations",
        ["stuf_id"],
        unique=True,
        sqlite_where=_active,
        postgresql_where=_active,
    )
    op.create_table(
        "pending_participants",
        sa.Column("id", sa.Integer(), primary_key=True),
        sa.Column("stuf_id", sa.Integer(), sa.ForeignKey("stufs.id"), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("content_type", sa.String(64), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.UniqueConstraint("stuf_id", "key"),
    )
    op.create_table(
        "uploads_seen",
        sa.Column("id", sa.Integer(), primary_key=True),
        sa.Column("stuf_id", sa.Integer(), sa.ForeignKey("stufs.id"), nullable=False),
        sa.Column("upload_id", sa.String(64), nullable=False),
        sa.Column("verification", sa.Boolean(), nullable=False),
        sa.Column("seen_at", _moment, nullable=False),
        sa.UniqueConstraint("stuf_id", "upload_id"),
    )


def downgrade() -> None:
    """Drop them."""
    for table in ("uploads_seen", "pending_participants", "operations", "stufs"):
        op.drop_table(table)
