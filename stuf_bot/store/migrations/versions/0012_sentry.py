"""The Sentry project of a STUF."""

revision = "0012_sentry"
down_revision = "0011_deliveries"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Nothing yet."""


def downgrade() -> None:
    """Nothing yet."""
