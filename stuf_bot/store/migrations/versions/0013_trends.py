"""Trends of a STUF."""

revision = "0013_trends"
down_revision = "0012_sentry"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Nothing yet."""


def downgrade() -> None:
    """Nothing yet."""
