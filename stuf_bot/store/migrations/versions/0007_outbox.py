"""Nothing yet."""

revision = "0007_outbox"
down_revision = "0006_codes"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Change nothing."""


def downgrade() -> None:
    """Change nothing."""
