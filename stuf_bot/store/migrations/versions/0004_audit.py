"""Nothing yet."""

revision = "0004_audit"
down_revision = "0003_conversation"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Change nothing."""


def downgrade() -> None:
    """Change nothing."""
