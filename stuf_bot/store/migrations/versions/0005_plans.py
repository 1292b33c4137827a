"""Nothing yet."""

revision = "0005_plans"
down_revision = "0004_audit"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Change nothing."""


def downgrade() -> None:
    """Change nothing."""
