"""The Sentry project of a STUF."""

import sqlalchemy as sa
from alembic import op

revision = "0012_sentry"
down_revision = "0011_deliveries"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Create the table."""
    op.create_table(
        "sentry_projects",
        sa.Column("id", sa.Integer(), primary_key=True),
        sa.Column("stuf_id", sa.Integer(), sa.ForeignKey("stufs.id"), nullable=False, unique=True),
        sa.Column("slug", sa.String(64), nullable=False, index=True),
        sa.Column("project_id", sa.String(32), index=True),
        sa.Column("dsn", sa.Text()),
        sa.Column("alerts", sa.Integer(), nullable=False),
        sa.Column("written", sa.Boolean(), nullable=False),
        sa.Column("begun_at", sa.DateTime(timezone=True), nullable=False),
    )


def downgrade() -> None:
    """Drop it."""
    op.drop_table("sentry_projects")
