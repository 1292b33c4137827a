"""Nothing yet."""

revision = "0006_codes"
down_revision = "0005_plans"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Change nothing."""


def downgrade() -> None:
    """Change nothing."""
